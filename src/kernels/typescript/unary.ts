import { dtypes, type TypedArray } from '../../core/dtype.ts';
import type { Strided } from '../../core/strided.ts';
import type { UnaryOp } from '../contract.ts';
import { erf } from './erf.ts';
import { forEachRun } from './runs.ts';

/**
 * y[j], y[j + dj], … = f(x[i]), f(x[i + di]), …: `n` elements.
 *
 * Every operation has a loop of its own. V8 compiles a loop for what it has seen run there, so that one loop
 * to which the function were handed would end up calling it for each element, and box each result.
 *
 * JavaScript computes in float64, and storing in a Float32Array rounds. For +, −, ·, / and √ that gives the
 * same float32 as rounding once would: float64 has more than 2 · 24 + 1 bits (Figueroa 1995, "When is double
 * rounding innocuous?").
 */
type UnaryLoop = (
  x: TypedArray,
  i: number,
  di: number,
  y: TypedArray,
  j: number,
  dj: number,
  n: number,
) => void;

const loops = {
  neg: (x, i, di, y, j, dj, n) => {
    for (; n > 0; n--, i += di, j += dj) y[j] = -x[i];
  },
  abs: (x, i, di, y, j, dj, n) => {
    for (; n > 0; n--, i += di, j += dj) y[j] = Math.abs(x[i]);
  },
  sign: (x, i, di, y, j, dj, n) => {
    for (; n > 0; n--, i += di, j += dj) y[j] = Math.sign(x[i]);
  },
  square: (x, i, di, y, j, dj, n) => {
    for (; n > 0; n--, i += di, j += dj) y[j] = x[i] * x[i];
  },
  relu: (x, i, di, y, j, dj, n) => {
    // Math.max, unlike x > 0 ? x : 0, lets NaN through.
    for (; n > 0; n--, i += di, j += dj) y[j] = Math.max(x[i], 0);
  },
  floor: (x, i, di, y, j, dj, n) => {
    for (; n > 0; n--, i += di, j += dj) y[j] = Math.floor(x[i]);
  },
  ceil: (x, i, di, y, j, dj, n) => {
    for (; n > 0; n--, i += di, j += dj) y[j] = Math.ceil(x[i]);
  },
  round: (x, i, di, y, j, dj, n) => {
    for (; n > 0; n--, i += di, j += dj) y[j] = roundHalfToEven(x[i]);
  },
  trunc: (x, i, di, y, j, dj, n) => {
    for (; n > 0; n--, i += di, j += dj) y[j] = Math.trunc(x[i]);
  },
  sqrt: (x, i, di, y, j, dj, n) => {
    for (; n > 0; n--, i += di, j += dj) y[j] = Math.sqrt(x[i]);
  },
  rsqrt: (x, i, di, y, j, dj, n) => {
    for (; n > 0; n--, i += di, j += dj) y[j] = 1 / Math.sqrt(x[i]);
  },
  reciprocal: (x, i, di, y, j, dj, n) => {
    for (; n > 0; n--, i += di, j += dj) y[j] = 1 / x[i];
  },
  exp: (x, i, di, y, j, dj, n) => {
    for (; n > 0; n--, i += di, j += dj) y[j] = Math.exp(x[i]);
  },
  expm1: (x, i, di, y, j, dj, n) => {
    for (; n > 0; n--, i += di, j += dj) y[j] = Math.expm1(x[i]);
  },
  log: (x, i, di, y, j, dj, n) => {
    for (; n > 0; n--, i += di, j += dj) y[j] = Math.log(x[i]);
  },
  log1p: (x, i, di, y, j, dj, n) => {
    for (; n > 0; n--, i += di, j += dj) y[j] = Math.log1p(x[i]);
  },
  sin: (x, i, di, y, j, dj, n) => {
    for (; n > 0; n--, i += di, j += dj) y[j] = Math.sin(x[i]);
  },
  cos: (x, i, di, y, j, dj, n) => {
    for (; n > 0; n--, i += di, j += dj) y[j] = Math.cos(x[i]);
  },
  tanh: (x, i, di, y, j, dj, n) => {
    for (; n > 0; n--, i += di, j += dj) y[j] = Math.tanh(x[i]);
  },
  sigmoid: (x, i, di, y, j, dj, n) => {
    for (; n > 0; n--, i += di, j += dj) y[j] = sigmoid(x[i]);
  },
  erf: (x, i, di, y, j, dj, n) => {
    for (; n > 0; n--, i += di, j += dj) y[j] = erf(x[i]);
  },
  log2: (x, i, di, y, j, dj, n) => {
    for (; n > 0; n--, i += di, j += dj) y[j] = Math.log2(x[i]);
  },
  log10: (x, i, di, y, j, dj, n) => {
    for (; n > 0; n--, i += di, j += dj) y[j] = Math.log10(x[i]);
  },
  tan: (x, i, di, y, j, dj, n) => {
    for (; n > 0; n--, i += di, j += dj) y[j] = Math.tan(x[i]);
  },
  asin: (x, i, di, y, j, dj, n) => {
    for (; n > 0; n--, i += di, j += dj) y[j] = Math.asin(x[i]);
  },
  acos: (x, i, di, y, j, dj, n) => {
    for (; n > 0; n--, i += di, j += dj) y[j] = Math.acos(x[i]);
  },
  atan: (x, i, di, y, j, dj, n) => {
    for (; n > 0; n--, i += di, j += dj) y[j] = Math.atan(x[i]);
  },
  sinh: (x, i, di, y, j, dj, n) => {
    for (; n > 0; n--, i += di, j += dj) y[j] = Math.sinh(x[i]);
  },
  cosh: (x, i, di, y, j, dj, n) => {
    for (; n > 0; n--, i += di, j += dj) y[j] = Math.cosh(x[i]);
  },
} satisfies Record<UnaryOp, UnaryLoop>;

/** What integers do otherwise: a product of two int32 needs more bits than float64 has. */
const integerLoops: Partial<Record<UnaryOp, UnaryLoop>> = {
  square: (x, i, di, y, j, dj, n) => {
    for (; n > 0; n--, i += di, j += dj) y[j] = Math.imul(x[i], x[i]);
  },
};

export function unary(op: UnaryOp, x: Strided, out: Strided): void {
  const loop: UnaryLoop = (dtypes[out.dtype].floating ? undefined : integerLoops[op]) ?? loops[op];
  forEachRun(out.shape, [x, out], (at, step, length) => {
    loop(x.memory, at[0], step[0], out.memory, at[1], step[1], length);
  });
}

/** Math.round takes halves up: those that it took to an odd number belong one lower. */
function roundHalfToEven(x: number): number {
  const up = Math.round(x);
  return up - x === 0.5 && up % 2 !== 0 ? up - 1 : up;
}

/** With exp of negative numbers only, which cannot overflow: small results keep all their digits. */
function sigmoid(x: number): number {
  const e = Math.exp(-Math.abs(x));
  return x >= 0 ? 1 / (1 + e) : e / (1 + e);
}
