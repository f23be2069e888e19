import type { Strided } from '../../core/strided.ts';
import { forEachRun, strided } from './runs.ts';

export function median(x: Strided, dim: number, values: Strided, indices: Strided | null): void {
  const size = x.shape[dim];
  const step = x.strides[dim];
  const slice = new Float64Array(size);
  const results = indices === null ? [values] : [values, indices];
  const firsts = strided(x.dtype, x.memory, x.offset, values.shape, x.strides);
  forEachRun(values.shape, [firsts, ...results], (at, steps, length) => {
    for (let i = 0; i < length; i++) {
      const from = at[0] + i * steps[0];
      for (let k = 0; k < size; k++) slice[k] = x.memory[from + k * step];
      const missing = slice.findIndex(Number.isNaN);
      const value = missing >= 0 ? Number.NaN : smallest(slice, Math.ceil(size / 2) - 1);
      values.memory[at[1] + i * steps[1]] = value;
      if (indices === null) continue;
      let found = Math.max(missing, 0);
      if (missing < 0) while (x.memory[from + found * step] !== value) found++;
      indices.memory[at[2] + i * steps[2]] = found;
    }
  });
}

/**
 * The k-th smallest of `values` (from 0), which are reordered: C. A. R. Hoare, "Algorithm 65: Find", CACM 4
 * (1961), with the median of three as pivot, so that sorted data is not the worst case.
 */
function smallest(values: Float64Array, k: number): number {
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const pivot = middleOf(values[low], values[(low + high) >> 1], values[high]);
    let [i, j] = [low, high];
    while (i <= j) {
      while (values[i] < pivot) i++;
      while (values[j] > pivot) j--;
      if (i > j) break;
      const left = values[i];
      values[i++] = values[j];
      values[j--] = left;
    }
    // Now low…j ≤ pivot ≤ i…high, and what may lie between is the pivot.
    if (k <= j) high = j;
    else if (k >= i) low = i;
    else return values[k];
  }
  return values[k];
}

function middleOf(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}
