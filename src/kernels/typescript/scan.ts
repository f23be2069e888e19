import { dtypes, type TypedArray } from '../../core/dtype.ts';
import type { Strided } from '../../core/strided.ts';
import type { ScanOp } from '../contract.ts';
import { forEachRun, strided, without } from './runs.ts';

/** y[j] = acc ⊕ x[i], y[j + dj] = acc ⊕ x[i] ⊕ x[i + di], …: `n` elements of one slice. */
type ScanLoop = (
  x: TypedArray,
  i: number,
  di: number,
  y: TypedArray,
  j: number,
  dj: number,
  n: number,
) => void;

const loops = {
  cumsum: (x, i, di, y, j, dj, n) => {
    let total = 0;
    for (; n > 0; n--, i += di, j += dj) y[j] = total += x[i];
  },
  cumprod: (x, i, di, y, j, dj, n) => {
    let product = 1;
    for (; n > 0; n--, i += di, j += dj) y[j] = product *= x[i];
  },
} satisfies Record<ScanOp, ScanLoop>;

/** What integers do otherwise: they know one 0, and −0 + 0 is that. */
const integerLoops: Partial<Record<ScanOp, ScanLoop>> = {
  cumprod: (x, i, di, y, j, dj, n) => {
    let product = 1;
    for (; n > 0; n--, i += di, j += dj) y[j] = product = product * x[i] + 0;
  },
};

export function scan(op: ScanOp, x: Strided, dim: number, out: Strided): void {
  const loop: ScanLoop = (dtypes[x.dtype].floating ? undefined : integerLoops[op]) ?? loops[op];
  const slices = without(x.shape, dim);
  const from = strided(x.dtype, x.memory, x.offset, slices, without(x.strides, dim));
  const to = strided(out.dtype, out.memory, out.offset, slices, without(out.strides, dim));
  forEachRun(slices, [from, to], ([i, j], [di, dj], length) => {
    for (let slice = 0; slice < length; slice++) {
      const [at, into] = [i + slice * di, j + slice * dj];
      loop(x.memory, at, x.strides[dim], out.memory, into, out.strides[dim], x.shape[dim]);
    }
  });
}
