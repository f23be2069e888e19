/** Timing for the benchmarks: several samples of each variant, taken in turns. */

import { performance } from 'node:perf_hooks';

export interface Timing {
  /** Seconds of one run: the best sample, which the rest of the machine disturbed least. */
  readonly best: number;
  readonly median: number;
}

export interface MeasureOptions {
  /** Samples of each variant. */
  readonly samples: number;
  /** How long one sample should last at least, in seconds: short runs are repeated within it. */
  readonly sampleSeconds: number;
}

/**
 * Times each variant in turns, a b c a b c, so that a machine whose speed drifts drifts for all of them. Each
 * runs once beforehand, to warm caches and compilers.
 *
 * @param variants prepare themselves (select kernels, say) and return the code to time
 */
export function measureInTurns(
  variants: Readonly<Record<string, () => () => void>>,
  { samples, sampleSeconds }: MeasureOptions,
): Record<string, Timing> {
  const names = Object.keys(variants);
  const repeats: Record<string, number> = {};
  const seconds: Record<string, number[]> = {};
  for (const name of names) {
    const run = variants[name]();
    run();
    repeats[name] = repeatsFor(run, sampleSeconds);
    seconds[name] = [];
  }
  for (let sample = 0; sample < samples; sample++) {
    for (const name of names) {
      const run = variants[name]();
      seconds[name].push(timeRuns(run, repeats[name]) / repeats[name]);
    }
  }
  return Object.fromEntries(names.map((name) => [name, summarize(seconds[name])]));
}

/** Seconds that `count` runs take. */
function timeRuns(run: () => void, count: number): number {
  const start = performance.now();
  for (let i = 0; i < count; i++) run();
  return (performance.now() - start) / 1000;
}

function repeatsFor(run: () => void, sampleSeconds: number): number {
  let count = 1;
  for (;;) {
    const seconds = timeRuns(run, count);
    if (seconds >= sampleSeconds) return count;
    count = Math.ceil(count * Math.min(Math.max((1.2 * sampleSeconds) / Math.max(seconds, 1e-9), 2), 100));
  }
}

function summarize(seconds: number[]): Timing {
  const sorted = seconds.toSorted((a, b) => a - b);
  return { best: sorted[0], median: sorted[Math.floor(sorted.length / 2)] };
}

/** `1.42 ms`: three significant digits in the unit that fits. */
export function formatSeconds(seconds: number): string {
  const units = [
    [1, 's'],
    [1e-3, 'ms'],
    [1e-6, 'µs'],
  ] as const;
  const [size, unit] = units.find(([scale]) => seconds >= scale) ?? [1e-9, 'ns'];
  return `${(seconds / size).toPrecision(3)} ${unit}`;
}
