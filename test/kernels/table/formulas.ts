/** The contract's formulas for single elements, as directly as float64 can say them. */

import type { BinaryOp, CompareOp, UnaryOp } from '../../../src/kernels/contract.ts';

export interface Formula<F = unknown> {
  readonly of: F;
  /** How many representable numbers the result may be off; 0 is exact. */
  readonly ulps: { readonly float32: number; readonly float64: number };
  /** Whether −0 and +0 are told apart. */
  readonly signedZero: boolean;
  /** The size of a term of a sum that may cancel: then its ULPs count. */
  readonly term?: F;
}

const exact = { ulps: { float32: 0, float64: 0 }, signedZero: true };
const exactButZero = { ulps: { float32: 0, float64: 0 }, signedZero: false };
/** In float64 the formulas themselves may be off by an ULP or two. */
const within = (ulps: number, more = 2) => ({
  ulps: { float32: ulps, float64: ulps + more },
  signedZero: false,
});

export const unaryFormulas: Record<UnaryOp, Formula<(x: number) => number>> = {
  neg: { of: (x) => -x, ...exact },
  abs: { of: (x) => (x < 0 || Object.is(x, -0) ? -x : x), ...exact },
  sign: { of: (x) => (x > 0 ? 1 : x < 0 ? -1 : x), ...exactButZero },
  square: { of: (x) => x * x, ...exact },
  relu: { of: (x) => (x > 0 || Number.isNaN(x) ? x : 0), ...exactButZero },
  floor: { of: Math.floor, ...exact },
  ceil: { of: Math.ceil, ...exact },
  round: { of: (x) => (x < 0 || Object.is(x, -0) ? -roundPositive(-x) : roundPositive(x)), ...exact },
  trunc: { of: Math.trunc, ...exact },
  sqrt: { of: Math.sqrt, ...exact },
  rsqrt: { of: (x) => 1 / Math.sqrt(x), ...within(1) },
  reciprocal: { of: (x) => 1 / x, ...exact },
  exp: { of: Math.exp, ...within(1) },
  expm1: { of: Math.expm1, ...within(4) },
  log: { of: Math.log, ...within(4) },
  log1p: { of: Math.log1p, ...within(4) },
  sin: { of: Math.sin, ...within(4) },
  cos: { of: Math.cos, ...within(4) },
  tanh: { of: Math.tanh, ...within(4) },
  // Below −40 the 1 is lost beside exp(−x), which would overflow.
  sigmoid: { of: (x) => (x < -40 ? Math.exp(x) : 1 / (1 + Math.exp(-x))), ...within(4) },
  erf: { of: erf, ...within(4, 6) },
  log2: { of: Math.log2, ...within(4) },
  log10: { of: Math.log10, ...within(4) },
  tan: { of: Math.tan, ...within(4) },
  asin: { of: Math.asin, ...within(4) },
  acos: { of: Math.acos, ...within(4) },
  atan: { of: Math.atan, ...within(4) },
  sinh: { of: Math.sinh, ...within(4) },
  cosh: { of: Math.cosh, ...within(4) },
};

export const binaryFormulas: Record<BinaryOp, Formula<(a: number, b: number) => number>> = {
  add: { of: (a, b) => a + b, ...exact },
  sub: { of: (a, b) => a - b, ...exact },
  mul: { of: (a, b) => a * b, ...exact },
  div: { of: (a, b) => a / b, ...exact },
  pow: { of: pow, ...within(4) },
  minimum: { of: (a, b) => Math.min(a, b), ...exactButZero },
  maximum: { of: (a, b) => Math.max(a, b), ...exactButZero },
  remainder: { of: remainder, ...exactButZero },
  fmod: { of: (a, b) => a % b, ...exactButZero },
  floorDivide: { of: floorDivide, ...exactButZero },
  atan2: { of: Math.atan2, ...within(4) },
  logaddexp: { of: logAddExp, ...within(1, 1), term: (a, b) => Math.abs(Math.max(a, b)) },
  bitwiseAnd: { of: (a, b) => a & b, ...exact },
  bitwiseOr: { of: (a, b) => a | b, ...exact },
  bitwiseXor: { of: (a, b) => a ^ b, ...exact },
  reluBackward: { of: (a, b) => (b > 0 ? a : 0), ...exact },
};

/** What only floats have. */
export type FloatOp = 'div' | 'atan2' | 'logaddexp';

export function isFloatOp(op: BinaryOp): op is FloatOp {
  return op === 'div' || op === 'atan2' || op === 'logaddexp';
}

/** Of whole numbers, before they wrap. */
export const integerFormulas: Record<Exclude<BinaryOp, FloatOp>, (a: bigint, b: bigint) => bigint> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  pow: (a, b) => (b >= 0n ? a ** b : a === 1n ? 1n : a === -1n ? a ** -b : 0n),
  minimum: (a, b) => BigInt(Math.min(Number(a), Number(b))),
  maximum: (a, b) => BigInt(Math.max(Number(a), Number(b))),
  remainder: (a, b) => (b === 0n ? 0n : ((a % b) + b) % b),
  fmod: (a, b) => (b === 0n ? 0n : a % b),
  floorDivide: (a, b) => (b === 0n ? 0n : (a - (((a % b) + b) % b)) / b),
  bitwiseAnd: (a, b) => a & b,
  bitwiseOr: (a, b) => a | b,
  bitwiseXor: (a, b) => a ^ b,
  reluBackward: (a, b) => (b > 0n ? a : 0n),
};

export const compareFormulas: Record<CompareOp, (a: number, b: number) => boolean> = {
  eq: (a, b) => a === b,
  ne: (a, b) => a !== b,
  lt: (a, b) => a < b,
  le: (a, b) => a <= b,
  gt: (a, b) => a > b,
  ge: (a, b) => a >= b,
};

function roundPositive(x: number): number {
  const floor = Math.floor(x);
  const above = x - floor;
  if (above === 0.5) return floor % 2 === 0 ? floor : floor + 1;
  return above < 0.5 ? floor : floor + 1;
}

/** As C has it, where JavaScript gives NaN: 1 to any power is 1, and so is −1 to an infinite one. */
function pow(a: number, b: number): number {
  if (a === 1) return 1;
  if (a === -1 && (b === Infinity || b === -Infinity)) return 1;
  return a ** b;
}

/** As Python has it: a less its remainder is a multiple of b; the division is then off by less than a half. */
function floorDivide(a: number, b: number): number {
  if (b === 0) return a / b;
  const rest = a % b;
  const quotient = (a - rest) / b - (rest !== 0 && rest < 0 !== b < 0 ? 1 : 0);
  const floor = Math.floor(quotient);
  return quotient - floor > 0.5 ? floor + 1 : floor;
}

function logAddExp(a: number, b: number): number {
  const [low, high] = a < b ? [a, b] : [b, a];
  return low === high ? low + Math.LN2 : high + Math.log1p(Math.exp(low - high));
}

/** As Python has it: the remainder whose sign is that of b. */
function remainder(a: number, b: number): number {
  const rest = a % b;
  if (b > 0 && rest < 0) return rest + b;
  if (b < 0 && rest > 0) return rest + b;
  return rest;
}

/** Abramowitz and Stegun 7.1.6, a series of positive terms, and from 2 on the continued fraction 7.1.14. */
function erf(x: number): number {
  const size = Math.abs(x);
  if (!(size < 6)) return Math.sign(x);
  if (size < 2) {
    let sum = 0;
    let term = x;
    for (let n = 0; n < 60; n++) {
      sum += term;
      term *= (2 * x * x) / (2 * n + 3);
    }
    return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
  }
  let fraction = size;
  for (let n = 120; n > 0; n--) fraction = size + n / 2 / fraction;
  return Math.sign(x) * (1 - Math.exp(-x * x) / Math.sqrt(Math.PI) / fraction);
}
