import { dtypes, type TypedArray } from '../../core/dtype.ts';
import type { Strided } from '../../core/strided.ts';
import type { BinaryOp } from '../contract.ts';
import { forEachRun } from './runs.ts';

/** y[k] = f(a[i], b[j]) for `n` elements, `di`, `dj` and `dk` apart; a loop for each f, as in unary.ts. */
type BinaryLoop = (
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
  add: (a, i, di, b, j, dj, y, k, dk, n) => {
    for (; n > 0; n--, i += di, j += dj, k += dk) y[k] = a[i] + b[j];
  },
  sub: (a, i, di, b, j, dj, y, k, dk, n) => {
    for (; n > 0; n--, i += di, j += dj, k += dk) y[k] = a[i] - b[j];
  },
  mul: (a, i, di, b, j, dj, y, k, dk, n) => {
    for (; n > 0; n--, i += di, j += dj, k += dk) y[k] = a[i] * b[j];
  },
  div: (a, i, di, b, j, dj, y, k, dk, n) => {
    for (; n > 0; n--, i += di, j += dj, k += dk) y[k] = a[i] / b[j];
  },
  pow: (a, i, di, b, j, dj, y, k, dk, n) => {
    for (; n > 0; n--, i += di, j += dj, k += dk) y[k] = pow(a[i], b[j]);
  },
  minimum: (a, i, di, b, j, dj, y, k, dk, n) => {
    for (; n > 0; n--, i += di, j += dj, k += dk) y[k] = Math.min(a[i], b[j]);
  },
  maximum: (a, i, di, b, j, dj, y, k, dk, n) => {
    for (; n > 0; n--, i += di, j += dj, k += dk) y[k] = Math.max(a[i], b[j]);
  },
  remainder: (a, i, di, b, j, dj, y, k, dk, n) => {
    for (; n > 0; n--, i += di, j += dj, k += dk) y[k] = remainder(a[i], b[j]);
  },
  fmod: (a, i, di, b, j, dj, y, k, dk, n) => {
    for (; n > 0; n--, i += di, j += dj, k += dk) y[k] = a[i] % b[j];
  },
  floorDivide: (a, i, di, b, j, dj, y, k, dk, n) => {
    for (; n > 0; n--, i += di, j += dj, k += dk) y[k] = floorDivide(a[i], b[j]);
  },
  atan2: (a, i, di, b, j, dj, y, k, dk, n) => {
    for (; n > 0; n--, i += di, j += dj, k += dk) y[k] = Math.atan2(a[i], b[j]);
  },
  logaddexp: (a, i, di, b, j, dj, y, k, dk, n) => {
    for (; n > 0; n--, i += di, j += dj, k += dk) y[k] = logAddExp(a[i], b[j]);
  },
  bitwiseAnd: (a, i, di, b, j, dj, y, k, dk, n) => {
    for (; n > 0; n--, i += di, j += dj, k += dk) y[k] = a[i] & b[j];
  },
  bitwiseOr: (a, i, di, b, j, dj, y, k, dk, n) => {
    for (; n > 0; n--, i += di, j += dj, k += dk) y[k] = a[i] | b[j];
  },
  bitwiseXor: (a, i, di, b, j, dj, y, k, dk, n) => {
    for (; n > 0; n--, i += di, j += dj, k += dk) y[k] = a[i] ^ b[j];
  },
  reluBackward: (a, i, di, b, j, dj, y, k, dk, n) => {
    // b > 0, not b >= 0: the gradient at 0 must be 0.
    for (; n > 0; n--, i += di, j += dj, k += dk) y[k] = b[j] > 0 ? a[i] : 0;
  },
} satisfies Record<BinaryOp, BinaryLoop>;

/**
 * What integers do otherwise. The other loops are right for them as they are: float64 holds every sum, and
 * storing wraps. Division by zero, which callers refuse, stores NaN as 0.
 */
const integerLoops: Partial<Record<BinaryOp, BinaryLoop>> = {
  mul: (a, i, di, b, j, dj, y, k, dk, n) => {
    for (; n > 0; n--, i += di, j += dj, k += dk) y[k] = Math.imul(a[i], b[j]);
  },
  pow: (a, i, di, b, j, dj, y, k, dk, n) => {
    for (; n > 0; n--, i += di, j += dj, k += dk) y[k] = integerPow(a[i], b[j]);
  },
};

export function binary(op: BinaryOp, a: Strided, b: Strided, out: Strided): void {
  const loop: BinaryLoop = (dtypes[out.dtype].floating ? undefined : integerLoops[op]) ?? loops[op];
  forEachRun(out.shape, [a, b, out], (at, step, length) => {
    loop(a.memory, at[0], step[0], b.memory, at[1], step[1], out.memory, at[2], step[2], length);
  });
}

/** IEEE 754 and C have 1 for 1 to the NaN and for ±1 to the ±∞, where JavaScript has NaN. */
function pow(a: number, b: number): number {
  if (a === 1 || (a === -1 && Math.abs(b) === Infinity)) return 1;
  return a ** b;
}

/** aᵇ modulo 2³², by repeated squaring. Of a negative power only what is whole remains: of 1 and −1. */
function integerPow(a: number, b: number): number {
  if (b < 0) {
    if (a === 1) return 1;
    return a === -1 ? (b % 2 === 0 ? 1 : -1) : 0;
  }
  let power = 1;
  for (let square = a, bits = b; bits > 0; bits >>>= 1, square = Math.imul(square, square)) {
    if (bits % 2 === 1) power = Math.imul(power, square);
  }
  return power;
}

/** JavaScript's % is C's fmod and exact; where its sign is not b's, it is one b off. */
function remainder(a: number, b: number): number {
  const rest = a % b;
  return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest;
}

/**
 * As Python's `//`: a less its remainder is a multiple of b, so that dividing it is exact but for roundings,
 * which the nearest whole number undoes. (The floor of a / b is another where that was rounded up.)
 */
function floorDivide(a: number, b: number): number {
  if (b === 0) return a / b;
  const rest = a % b;
  const multiple = (a - rest) / b;
  const quotient = rest !== 0 && rest < 0 !== b < 0 ? multiple - 1 : multiple;
  if (quotient === 0) return 0 * (a / b); // a zero with the sign of a / b
  const floor = Math.floor(quotient);
  return quotient - floor > 0.5 ? floor + 1 : floor;
}

function logAddExp(a: number, b: number): number {
  if (a === b) return a + Math.LN2; // equal infinities have no difference
  return Math.max(a, b) + Math.log1p(Math.exp(-Math.abs(a - b)));
}
