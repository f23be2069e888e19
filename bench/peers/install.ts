/** Where the peers are. setup.sh installs them where they are no part of this project. */

import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** A file beside this one. */
export const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));

function installed(what: 'python' | 'node' | 'native'): string {
  return execFileSync(here('setup.sh'), [what], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  }).trim();
}

/** A Python that has PyTorch: HANDGRAD_PEER_PYTHON, or the one that is installed for it. */
export function pythonOfPeers(): string {
  return process.env['HANDGRAD_PEER_PYTHON'] ?? installed('python');
}

/** The folder whose node_modules hold what multiplies matrices in Node. */
export function nodeOfPeers(): string {
  return installed('node');
}

/** The folder with the programs of bench/peers/CMakeLists.txt: HANDGRAD_PEER_NATIVE, or where they are built. */
export function nativeOfPeers(): string {
  return process.env['HANDGRAD_PEER_NATIVE'] ?? installed('native');
}
