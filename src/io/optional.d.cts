export function load(name: string): unknown;
