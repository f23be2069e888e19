import { dtypes, type TypedArray } from '../../core/dtype.ts';
import type { Strided } from '../../core/strided.ts';
import type { TernaryOp } from '../contract.ts';
import { forEachRun } from './runs.ts';

/** y[l] = f(a[i], b[j], c[k]) for `n` elements, `di`, `dj`, `dk` and `dl` apart; a loop for each f, as in unary.ts. */
type TernaryLoop = (
  a: TypedArray,
  i: number,
  di: number,
  b: TypedArray,
  j: number,
  dj: number,
  c: TypedArray,
  k: number,
  dk: number,
  scale: number,
  y: TypedArray,
  l: number,
  dl: number,
  n: number,
) => void;

const loops = {
  clamp: (a, i, di, b, j, dj, c, k, dk, _, y, l, dl, n) => {
    for (; n > 0; n--, i += di, j += dj, k += dk, l += dl) y[l] = Math.min(Math.max(a[i], b[j]), c[k]);
  },
  lerp: (a, i, di, b, j, dj, c, k, dk, _, y, l, dl, n) => {
    for (; n > 0; n--, i += di, j += dj, k += dk, l += dl) {
      const difference = b[j] - a[i];
      y[l] = Math.abs(c[k]) < 0.5 ? a[i] + c[k] * difference : b[j] - (1 - c[k]) * difference;
    }
  },
  addcmul: (a, i, di, b, j, dj, c, k, dk, scale, y, l, dl, n) => {
    for (; n > 0; n--, i += di, j += dj, k += dk, l += dl) y[l] = a[i] + scale * b[j] * c[k];
  },
  addcdiv: (a, i, di, b, j, dj, c, k, dk, scale, y, l, dl, n) => {
    for (; n > 0; n--, i += di, j += dj, k += dk, l += dl) y[l] = a[i] + (scale * b[j]) / c[k];
  },
} satisfies Record<TernaryOp, TernaryLoop>;

/** What integers do otherwise, so that products wrap. */
const integerLoops: Partial<Record<TernaryOp, TernaryLoop>> = {
  addcmul: (a, i, di, b, j, dj, c, k, dk, scale, y, l, dl, n) => {
    for (; n > 0; n--, i += di, j += dj, k += dk, l += dl)
      y[l] = a[i] + Math.imul(Math.imul(scale, b[j]), c[k]);
  },
};

export function ternary(
  op: TernaryOp,
  a: Strided,
  b: Strided,
  c: Strided,
  scale: number,
  out: Strided,
): void {
  const loop: TernaryLoop = (dtypes[out.dtype].floating ? undefined : integerLoops[op]) ?? loops[op];
  forEachRun(out.shape, [a, b, c, out], (at, step, length) => {
    loop(
      a.memory,
      at[0],
      step[0],
      b.memory,
      at[1],
      step[1],
      c.memory,
      at[2],
      step[2],
      scale,
      out.memory,
      at[3],
      step[3],
      length,
    );
  });
}
