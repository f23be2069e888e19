// Made by `scripts/notebook.ts export` from lessons/01-matmul.ts: edit it there.

/** Seconds that one call of `run` takes: the quickest of several samples, each of at least `sample` seconds. */
export function timeit(run: () => unknown, { samples = 5, sample = 0.02 } = {}): number {
  const elapsed = (count: number) => {
    const start = performance.now();
    for (let i = 0; i < count; i++) run();
    return (performance.now() - start) / 1000;
  };
  let count = 1;
  let seconds = elapsed(1); // which also lets the compiler see the code
  while (seconds < sample) {
    count = Math.ceil(count * Math.min(10, Math.max(1.5, sample / Math.max(seconds, 1e-9))));
    seconds = elapsed(count);
  }
  let best = seconds / count;
  for (let i = 1; i < samples; i++) best = Math.min(best, elapsed(count) / count);
  return best;
}

/** Seconds for people: 18.2 µs, 1.39 ms, 2.1 s. */
export function readable(seconds: number): string {
  if (seconds >= 1) return `${seconds.toPrecision(3)} s`;
  return seconds >= 1e-3 ? `${(seconds * 1e3).toPrecision(3)} ms` : `${(seconds * 1e6).toPrecision(3)} µs`;
}

/** A table in characters: the first column to the left, the others to the right. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0].map((_, j) => Math.max(...rows.map((row) => row[j].length)));
  const pad = (cell: string, j: number) => (j === 0 ? cell.padEnd(widths[j]) : cell.padStart(widths[j]));
  return rows.map((row) => row.map(pad).join('   ').trimEnd()).join('\n');
}

/** The message of the error that `run` throws; '' where it throws none. */
export function errorOf(run: () => unknown): string {
  try {
    run();
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}
