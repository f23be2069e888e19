import type { Strided } from '../../core/strided.ts';
import { copy } from './copy.ts';
import { forEachRun, strided } from './runs.ts';

export function histogram(x: Strided, low: number, high: number, out: Strided): void {
  const parts = out.shape[0];
  // In float64: float32 stops counting at 2²⁴.
  const counts = new Float64Array(parts);
  const round = x.dtype === 'float32' ? Math.fround : (value: number) => value;
  const width = round(high - low);
  forEachRun(x.shape, [x], (at, step, length) => {
    let i = at[0];
    for (let n = length; n > 0; n--, i += step[0]) {
      const value = x.memory[i];
      if (value >= low && value <= high) {
        const part = Math.floor(round(round(round(value - low) * parts) / width));
        counts[Math.min(part, parts - 1)]++;
      }
    }
  });
  copy(strided('float64', counts, 0, out.shape), out);
}
