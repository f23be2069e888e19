import type { Strided } from '../../core/strided.ts';
import { forEachRun } from './runs.ts';

export function nonzero(x: Strided, out: Strided | null): number {
  const { memory, shape } = x;
  let position = 0; // in row-major order
  let found = 0;
  forEachRun(shape, [x], (at, step, length) => {
    let i = at[0];
    for (let n = length; n > 0; n--, i += step[0], position++) {
      if (memory[i] === 0) continue;
      if (out !== null) writeCoordinates(position, shape, out, found);
      found++;
    }
  });
  return found;
}

function writeCoordinates(position: number, shape: readonly number[], out: Strided, row: number): void {
  const [rowStep, columnStep] = out.strides;
  let rest = position;
  for (let d = shape.length - 1; d >= 0; d--) {
    const outer = Math.floor(rest / shape[d]);
    out.memory[out.offset + row * rowStep + d * columnStep] = rest - outer * shape[d];
    rest = outer;
  }
}

export function maskedSelect(x: Strided, mask: Strided, out: Strided): void {
  const from = x.memory;
  const chooser = mask.memory;
  const to = out.memory;
  let k = out.offset;
  const dk = out.strides[0];
  forEachRun(x.shape, [x, mask], (at, [di, dj], length) => {
    let [i, j] = at;
    for (let n = length; n > 0; n--, i += di, j += dj) {
      if (chooser[j] === 0) continue;
      to[k] = from[i];
      k += dk;
    }
  });
}
