/**
 * What the machine can do at most, measured beside what is compared with it: multiply-adds a second, and bytes a
 * second from wherever operands of a size lie. Both on as many threads as kernels may use.
 */

import { performance } from 'node:perf_hooks';
import { addonTools, getNumThreads } from '../kernels/active.ts';

/** More than any operand is, and than the caches of a core. */
export const memoryBytes = 256 * 2 ** 20;

/** Several times the L2 cache of a core. (The L3 cache of a large server is shared, and cannot be emptied so.) */
const evictedBytes = 16 * 2 ** 20;

/** The best of measurements that together take about this long, in seconds. */
const measuringTime = 0.02;

/** About 50 µs of one core. */
const rounds = 10_000;

/** What one measurement of a bandwidth should read at least. */
const bytesRead = 8 * 2 ** 20;

/** Bytes a second that can be read, by the size of what is read again and again. */
export interface Bandwidth {
  of(bytes: number): number;
}

/** Floating-point operations a second, out of registers, with the instruction set in use; null without the addon. */
export function measurePeak(): number | null {
  const tools = addonTools();
  return tools === null ? null : bestRate(() => tools.multiplyAdds(rounds));
}

/** Measures it with the instruction set in use; null without the addon. */
export function measureBandwidth(): Bandwidth | null {
  const tools = addonTools();
  if (tools === null) return null;
  const rates = new Map<number, number>();
  for (let size = 2 ** 14; size <= memoryBytes; size *= 2) {
    const part = largeMemory().subarray(0, size / 4);
    const passes = Math.ceil(bytesRead / size);
    const rate = bestRate(() => {
      tools.readAll(part, passes);
      return size * passes;
    });
    rates.set(size, rate);
  }
  return {
    of: (bytes) => rates.get(2 ** Math.ceil(Math.log2(Math.min(Math.max(bytes, 2 ** 14), memoryBytes)))) ?? 0,
  };
}

/** Walks through so much memory that nothing else stays in the caches of the cores. */
export function evictCaches(): void {
  // Each thread walks through a part of its own.
  const bytes = Math.min(getNumThreads() * evictedBytes, memoryBytes);
  addonTools()?.readAll(largeMemory().subarray(0, bytes / 4), 1);
}

let memory: Float32Array | undefined;

function largeMemory(): Float32Array {
  memory ??= new Float32Array(memoryBytes / 4).fill(1);
  return memory;
}

/** Units a second: the best of several runs, each of which returns how many units it did. */
function bestRate(run: () => number): number {
  let best = 0;
  const end = performance.now() + measuringTime * 1000;
  do {
    const start = performance.now();
    const units = run();
    best = Math.max(best, (units * 1000) / (performance.now() - start));
  } while (performance.now() < end);
  return best;
}
