export function loadAddon(): { addon: unknown; path: string; failures: string[] };
