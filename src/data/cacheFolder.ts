import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/**
 * Where this system keeps what can be fetched again: `$XDG_CACHE_HOME` wherever it is set (XDG Base Directory
 * Specification 0.8), else `~/Library/Caches` on macOS, `%LOCALAPPDATA%` on Windows, `~/.cache` elsewhere; in it a
 * folder `handgrad`. Nothing is created.
 */
export function cacheFolder(
  platform: NodeJS.Platform = process.platform,
  env: NodeJS.ProcessEnv = process.env,
  home: () => string = homedir,
): string {
  // the specification says to ignore relative paths
  const candidates = [env.XDG_CACHE_HOME, platform === 'win32' ? env.LOCALAPPDATA : undefined];
  const set = candidates.find((path) => path !== undefined && isAbsolute(path));
  const usual = platform === 'darwin' ? ['Library', 'Caches'] : ['.cache'];
  return join(set ?? join(home(), ...usual), 'handgrad');
}
