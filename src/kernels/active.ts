/** Which kernels run. The only file that knows both implementations. */

import type { Kernels } from './contract.ts';
import { type Addon, findAddon } from './native/addon.ts';
import { nativeKernels } from './native/kernels.ts';
import { typescriptKernels } from './typescript/kernels.ts';

/** What can be asked for: `native` is the best of the instruction sets after it that the machine has. */
export const kernelsNames = ['typescript', 'native', 'scalar', 'sse', 'avx2', 'avx512', 'neon'] as const;
export type KernelsName = (typeof kernelsNames)[number];

/** More threads than any machine has; the addon has the same limit. */
const MAX_THREADS = 1024;

type Native = { addon: Addon; kernels: Kernels; path: string } | { addon: null; reason: string };

let active: Kernels | undefined;
let native: Native | undefined;
let threads: number | undefined;

/**
 * The kernels in use. At the first use the environment chooses: HANDGRAD_KERNELS, else the addon where there is
 * one, else TypeScript with a warning.
 */
export function kernels(): Kernels {
  active ??= choose(process.env['HANDGRAD_KERNELS'] || undefined);
  return active;
}

/**
 * Selects the kernels that all operations use from now on.
 *
 * @throws RangeError for a name that is none of the known ones, or that this machine cannot run; it lists
 *   what can be had.
 */
export function setKernels(name: KernelsName): void {
  active = choose(name);
}

/** The names that `setKernels` takes here. */
export function availableKernels(): KernelsName[] {
  const { addon } = findNative();
  const found = addon === null ? [] : ['native', ...addon.info().isas];
  return kernelsNames.filter((name) => name === 'typescript' || found.includes(name));
}

/** How many threads a kernel may use; 1 on TypeScript kernels. */
export function getNumThreads(): number {
  return kernels().numThreads();
}

/**
 * How many threads a kernel may use, from 1 on. The start value is HANDGRAD_THREADS, else the number of cores
 * that the process may use. Results do not depend on it.
 */
export function setNumThreads(count: number): void {
  threads = checkThreads('setNumThreads: count', count);
  kernels().setNumThreads(threads);
}

/** What runs and what could, for people to look at. */
export interface KernelsInfo {
  /** As `kernels().name`: `native avx512`. */
  readonly name: string;
  readonly threads: number;
  readonly available: readonly KernelsName[];
  /** Features of the processor that native kernels use. */
  readonly cpu: readonly string[];
  /** Where the addon was found, or why there is none. */
  readonly addon: string;
}

export function kernelsInfo(): KernelsInfo {
  const found = findNative();
  return {
    name: kernels().name,
    threads: getNumThreads(),
    available: availableKernels(),
    cpu: found.addon === null ? [] : found.addon.info().cpu,
    addon: found.addon === null ? found.reason : found.path,
  };
}

/** The addon's functions that compute nothing for users. */
export type AddonTools = Pick<Addon, 'multiplyAdds' | 'readAll' | 'describePlan'>;

/** How the addon would compute a product of two matrices. */
export type MatmulPlan = ReturnType<AddonTools['describePlan']>;

/**
 * The addon's functions that compute nothing for users: they measure the machine and describe plans. The
 * instruction set is that of the kernels in use.
 *
 * @returns null where there is no addon
 */
export function addonTools(): AddonTools | null {
  return findNative().addon;
}

function choose(name: string | undefined): Kernels {
  const wantedThreads = threads ?? threadsFromEnvironment();
  const chosen = find(name);
  if (wantedThreads !== undefined) chosen.setNumThreads(wantedThreads);
  return chosen;
}

function find(name: string | undefined): Kernels {
  if (name === 'typescript') return typescriptKernels;
  const found = findNative();
  if (name === undefined && found.addon === null) {
    process.emitWarning(`handgrad runs on TypeScript kernels, which are slower: ${found.reason}`);
    return typescriptKernels;
  }
  const available = availableKernels();
  if (found.addon === null || (name !== undefined && !(available as string[]).includes(name))) {
    const known = (kernelsNames as readonly (string | undefined)[]).includes(name);
    throw new RangeError(
      `kernels '${name}' ${known ? 'cannot run here' : 'are not known'}; there are: ${available.join(', ')}`,
    );
  }
  found.addon.setIsa(name === undefined || name === 'native' ? (available.at(-1) as string) : name);
  return found.kernels;
}

/** Loads the addon once. */
function findNative(): Native {
  native ??= loadNative();
  return native;
}

function loadNative(): Native {
  const found = findAddon();
  if (found.addon === null) return found;
  try {
    return { ...found, kernels: nativeKernels(found.addon, typescriptKernels) };
  } catch (error) {
    return { addon: null, reason: `${found.path} is of another version: ${(error as Error).message}` };
  }
}

function threadsFromEnvironment(): number | undefined {
  const text = process.env['HANDGRAD_THREADS'];
  if (text === undefined || text === '') return undefined;
  return checkThreads('HANDGRAD_THREADS', /^\d+$/.test(text) ? Number(text) : text);
}

function checkThreads(name: string, count: unknown): number {
  if (typeof count === 'number' && Number.isInteger(count) && count >= 1 && count <= MAX_THREADS)
    return count;
  throw new RangeError(`${name} must be a whole number from 1 to ${MAX_THREADS}, got ${String(count)}`);
}
