import type { TypedArray } from '../../core/dtype.ts';
import type { Strided } from '../../core/strided.ts';
import type { ArgReduceOp } from '../contract.ts';
import { forEachRun, strided } from './runs.ts';

/** The position of the first extreme among x[i], x[i + di], …: `n` elements, at least one. */
type Search = (x: TypedArray, i: number, di: number, n: number) => number;

const searches = {
  argmax: (x, i, di, n) => {
    let best = x[i];
    let found = 0;
    // Nothing exceeds NaN, so that the first one, once found, stays.
    for (let position = 1; position < n && !Number.isNaN(best); position++) {
      const value = x[i + position * di];
      if (value > best || Number.isNaN(value)) {
        best = value;
        found = position;
      }
    }
    return found;
  },
  argmin: (x, i, di, n) => {
    let best = x[i];
    let found = 0;
    for (let position = 1; position < n && !Number.isNaN(best); position++) {
      const value = x[i + position * di];
      if (value < best || Number.isNaN(value)) {
        best = value;
        found = position;
      }
    }
    return found;
  },
} satisfies Record<ArgReduceOp, Search>;

/** x → int32 out with size 1 at dim. */
export function argReduce(op: ArgReduceOp, x: Strided, dim: number, out: Strided): void {
  const search: Search = searches[op];
  const firsts = strided(x.dtype, x.memory, x.offset, out.shape, x.strides);
  forEachRun(out.shape, [firsts, out], ([from, to], [xStep, outStep], length) => {
    for (let i = 0; i < length; i++) {
      out.memory[to + i * outStep] = search(x.memory, from + i * xStep, x.strides[dim], x.shape[dim]);
    }
  });
}
