export function load(name: string): unknown;
export function resolve(name: string): string;
