import type { TypedArray } from '../../core/dtype.ts';
import type { Strided } from '../../core/strided.ts';
import type { CompareOp } from '../contract.ts';
import { forEachRun } from './runs.ts';

/** y[k] = a[i] ? b[j] for `n` elements, `di`, `dj` and `dk` apart; a loop for each comparison, as in unary.ts. */
type CompareLoop = (
  a: TypedArray,
  i: number,
  di: number,
  b: TypedArray,
  j: number,
  dj: number,
  y: TypedArray,
  k: number,
  dk: number,
  n: number,
) => void;

const loops = {
  eq: (a, i, di, b, j, dj, y, k, dk, n) => {
    for (; n > 0; n--, i += di, j += dj, k += dk) y[k] = a[i] === b[j] ? 1 : 0;
  },
  ne: (a, i, di, b, j, dj, y, k, dk, n) => {
    for (; n > 0; n--, i += di, j += dj, k += dk) y[k] = a[i] !== b[j] ? 1 : 0;
  },
  lt: (a, i, di, b, j, dj, y, k, dk, n) => {
    for (; n > 0; n--, i += di, j += dj, k += dk) y[k] = a[i] < b[j] ? 1 : 0;
  },
  le: (a, i, di, b, j, dj, y, k, dk, n) => {
    for (; n > 0; n--, i += di, j += dj, k += dk) y[k] = a[i] <= b[j] ? 1 : 0;
  },
  gt: (a, i, di, b, j, dj, y, k, dk, n) => {
    for (; n > 0; n--, i += di, j += dj, k += dk) y[k] = a[i] > b[j] ? 1 : 0;
  },
  ge: (a, i, di, b, j, dj, y, k, dk, n) => {
    for (; n > 0; n--, i += di, j += dj, k += dk) y[k] = a[i] >= b[j] ? 1 : 0;
  },
} satisfies Record<CompareOp, CompareLoop>;

export function compare(op: CompareOp, a: Strided, b: Strided, out: Strided): void {
  const loop: CompareLoop = loops[op];
  forEachRun(out.shape, [a, b, out], (at, step, length) => {
    loop(a.memory, at[0], step[0], b.memory, at[1], step[1], out.memory, at[2], step[2], length);
  });
}

export function where(condition: Strided, a: Strided, b: Strided, out: Strided): void {
  const chooser = condition.memory;
  const yes = a.memory;
  const no = b.memory;
  const y = out.memory;
  forEachRun(out.shape, [condition, a, b, out], (at, [dc, di, dj, dk], length) => {
    let [c, i, j, k] = at;
    for (let n = length; n > 0; n--, c += dc, i += di, j += dj, k += dk)
      y[k] = chooser[c] !== 0 ? yes[i] : no[j];
  });
}
