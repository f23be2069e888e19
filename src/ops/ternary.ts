/** Functions of three operands, element by element, each in one pass over memory; all broadcast to one shape. */

import { type DType, dtypes, type Promoted } from '../core/dtype.ts';
import type { Tensor } from '../core/tensor.ts';
import { kernels } from '../kernels/active.ts';
import type { BinaryOp, TernaryOp } from '../kernels/contract.ts';
import { checkTensor, describe, type Operand, type OutOptions } from './operands.ts';
import { defined, deliver, inPlace, type Prepare, type Prepared } from './pointwise.ts';
import { promoteAll } from './promotion.ts';

function running(operation: TernaryOp, scale = 1): Prepared['run'] {
  return ([a, b, c], out) => kernels().ternary(operation, a, b, c, scale, out);
}

/** A bound of `clamp`: null for none. */
export type Bound = Operand | null;
type Clamp = <D extends DType>(
  x: Tensor<D>,
  low: Bound,
  high?: Bound,
  options?: OutOptions,
) => Tensor<Promoted<D>>;

const betweenBounds = running('clamp');
const oneBound = (operation: BinaryOp): Prepared['run'] => {
  return ([x, bound], out) => kernels().binary(operation, x, bound, out);
};
const notBelow = oneBound('maximum');
const notAbove = oneBound('minimum');

const prepareClamp: Prepare<[x: Tensor, low?: Bound, high?: Bound]> = (name, x, low = null, high = null) => {
  checkTensor(name, x);
  if (low === null && high === null)
    throw new TypeError(`${name}: at least one of low and high must be given`);
  const operands = promoteAll(
    name,
    [x, low, high].filter((operand) => operand !== null),
  );
  const { dtype } = operands[0];
  if (low === null) return { operands, dtype, run: notAbove };
  return { operands, dtype, run: high === null ? notBelow : betweenBounds };
};

/**
 * x held between `low` and `high`; either may be null for no bound. Where low > high, high wins; where x or a
 * bound is NaN, the result is.
 *
 * @example
 * tensor([-2, 0.5, 7]).clamp(0, 1).toArray(); // [0, 0.5, 1]
 */
export const clamp: Clamp = defined(
  'clamp',
  prepareClamp,
  (x: Tensor, low: Bound, high: Bound = null, options?: OutOptions) =>
    deliver('clamp', options?.out, prepareClamp('clamp', x, low, high)),
);
/** `clamp`, stored in x. */
export const clamp_: <D extends DType>(x: Tensor<D>, low: Bound, high?: Bound) => Tensor<D> = inPlace(clamp);

type ClampOnce = <D extends DType>(x: Tensor<D>, bound: Operand, options?: OutOptions) => Tensor<Promoted<D>>;

function clampAt(name: string, prepare: Prepare<[x: Tensor, bound: Operand]>): ClampOnce {
  return defined(name, prepare, (x: Tensor, bound: Operand, options?: OutOptions) =>
    deliver(name, options?.out, prepare(name, x, bound)),
  );
}

/** x, but not below `low`: max(x, low). NaN stays NaN. */
export const clampMin = clampAt('clampMin', (name, x, low) => prepareClamp(name, x, low, null));
/** x, but not above `high`: min(x, high). NaN stays NaN. */
export const clampMax = clampAt('clampMax', (name, x, high) => prepareClamp(name, x, null, high));
/** `clampMin`, stored in x. */
export const clampMin_: <D extends DType>(x: Tensor<D>, low: Operand) => Tensor<D> = inPlace(clampMin);
/** `clampMax`, stored in x. */
export const clampMax_: <D extends DType>(x: Tensor<D>, high: Operand) => Tensor<D> = inPlace(clampMax);

type Lerp = <D extends DType>(
  a: Tensor<D>,
  b: Operand,
  weight: Operand,
  options?: OutOptions,
) => Tensor<Promoted<D>>;

const runLerp = running('lerp');
const prepareLerp: Prepare<[a: Tensor, b: Operand, weight: Operand]> = (name, a, b, weight) => {
  checkTensor(name, a);
  const operands = promoteAll(name, [a, b, weight]);
  checkFloat(name, operands[0].dtype);
  return { operands, dtype: operands[0].dtype, run: runLerp };
};

/**
 * a + weight · (b − a), of floats: a where the weight is 0, b where it is 1.
 *
 * @example
 * tensor([0, 10]).lerp(tensor([10, 20]), 0.25).toArray(); // [2.5, 12.5]
 */
export const lerp: Lerp = defined(
  'lerp',
  prepareLerp,
  (a: Tensor, b: Operand, weight: Operand, options?: OutOptions) =>
    deliver('lerp', options?.out, prepareLerp('lerp', a, b, weight)),
);
/** `lerp`, stored in a. */
export const lerp_: <D extends DType>(a: Tensor<D>, b: Operand, weight: Operand) => Tensor<D> = inPlace(lerp);

/** Options of `addcmul` and `addcdiv`. */
export interface ScaleOptions {
  /** What the product or quotient is multiplied by; 1 unless said otherwise. */
  readonly value?: number | undefined;
}

type Accumulate = <D extends DType>(
  x: Tensor<D>,
  a: Operand,
  b: Operand,
  options?: ScaleOptions & OutOptions,
) => Tensor<Promoted<D>>;
type AccumulateInPlace = <D extends DType>(
  x: Tensor<D>,
  a: Operand,
  b: Operand,
  options?: ScaleOptions,
) => Tensor<D>;

function accumulating(operation: 'addcmul' | 'addcdiv', floatOnly: boolean): Accumulate {
  const prepare: Prepare<[x: Tensor, a: Operand, b: Operand, options?: ScaleOptions]> = (
    name,
    x,
    a,
    b,
    options,
  ) => {
    const value = options?.value ?? 1;
    if (typeof value !== 'number')
      throw new TypeError(`${name}: value must be a number, got ${describe(value)}`);
    checkTensor(name, x);
    const operands = promoteAll(name, [x, a, b]);
    const { dtype } = operands[0];
    if (floatOnly) checkFloat(name, dtype);
    if (dtype === 'bool') throw new TypeError(`${name}: not defined for bool; convert it with to('int32')`);
    if (!dtypes[dtype].floating && !Number.isInteger(value)) {
      throw new TypeError(`${name}: value must be a whole number for ${dtype}, got ${value}`);
    }
    return { operands, dtype, run: running(operation, value) };
  };
  return defined(
    operation,
    prepare,
    (x: Tensor, a: Operand, b: Operand, options?: ScaleOptions & OutOptions) =>
      deliver(operation, options?.out, prepare(operation, x, a, b, options)),
  );
}

function checkFloat(name: string, dtype: DType): void {
  if (!dtypes[dtype].floating) {
    throw new TypeError(`${name}: only for floats, got ${dtype}; convert an operand with to('float32')`);
  }
}

/**
 * x + value · a · b.
 *
 * @example
 * tensor([1, 1]).addcmul(tensor([2, 3]), tensor([4, 5]), { value: 0.5 }).toArray(); // [5, 8.5]
 */
export const addcmul = accumulating('addcmul', false);
/** x + value · a / b, of floats. */
export const addcdiv = accumulating('addcdiv', true);
/** `addcmul`, stored in x. */
export const addcmul_: AccumulateInPlace = inPlace(addcmul);
/** `addcdiv`, stored in x. */
export const addcdiv_: AccumulateInPlace = inPlace(addcdiv);
