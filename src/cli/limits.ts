/**
 * What the machine can do at most, measured beside what is compared with it: multiply-adds a second, and bytes a
 * second from wherever operands of a size lie.
 */

import { performance } from 'node:perf_hooks';
import { addonTools, getNumThreads } from '../kernels/active.ts';

/** The limits of the instruction set and of the number of threads that are chosen when it is made. */
export interface Limits {
  /** Floating-point operations a second, out of registers. */
  readonly flops: number;
  /** Bytes a second that can be read from operands of `bytes` bytes, after they have been read before. */
  bandwidth(bytes: number): number;
  /** Seconds that work takes at least: the arithmetic, or moving `bytes` that lie among `resident` bytes. */
  atLeast(flops: number, bytes: number, resident?: number): number;
}

/** More than any operand is, and than the caches of a core. */
export const memoryBytes = 256 * 2 ** 20;

/** The best of measurements that together take about this long, in seconds. */
const measuringTime = 0.02;

/** About 50 µs of one core. */
const rounds = 10_000;

/** What one reading of all passes should move at least. */
const bytesRead = 8 * 2 ** 20;

let memory: Float32Array | undefined;

/** Measures the limits of the kernels in use; null where they are not the addon's. */
export function measureLimits(): Limits | null {
  const tools = addonTools();
  if (tools === null) return null;
  const flops = bestRate(() => tools.multiplyAdds(rounds));
  const rates = new Map<number, number>();
  const bandwidth = (bytes: number) => {
    const size = 2 ** Math.ceil(Math.log2(Math.min(Math.max(bytes, 2 ** 14), memoryBytes)));
    let rate = rates.get(size);
    if (rate === undefined) {
      const part = largeMemory().subarray(0, size / 4);
      const passes = Math.ceil(bytesRead / size);
      rate = bestRate(() => {
        tools.readAll(part, passes);
        return size * passes;
      });
      rates.set(size, rate);
    }
    return rate;
  };
  return {
    flops,
    bandwidth,
    atLeast: (work, bytes, resident = bytes) => Math.max(work / flops, bytes / bandwidth(resident)),
  };
}

/** Walks through so much memory that nothing else stays in the caches of the cores. */
export function evictCaches(): void {
  const threads = getNumThreads();
  // Each thread walks through a part; each core's cache is to be filled.
  addonTools()?.readAll(largeMemory().subarray(0, (Math.min(threads, 8) * evictedBytes) / 4), 1);
}

/** Several times the L2 cache of a core. (The L3 cache of a large server is shared, and cannot be emptied so.) */
const evictedBytes = 16 * 2 ** 20;

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
