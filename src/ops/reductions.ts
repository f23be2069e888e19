/** Many elements to one: over all dimensions, or over some, which vanish or stay with size 1. */

import type { DType, FloatDType } from '../core/dtype.ts';
import { allocateTensor, type Tensor } from '../core/tensor.ts';
import { kernels } from '../kernels/active.ts';
import type { ReduceOp } from '../kernels/contract.ts';
import { isfinite, ne } from './comparisons.ts';
import { abs, exp, pow, sub } from './elementwise.ts';
import { cast, checkFloating, checkTensor, describe, floatTypeOf } from './operands.ts';
import { checkNotEmpty, type Dims, type ReductionOptions, reduceWith } from './reducing.ts';

function accumulation(operation: ReduceOp & ('sum' | 'mean' | 'prod')) {
  return (x: Tensor, dims?: Dims, options?: ReductionOptions): Tensor<FloatDType> => {
    checkTensor(operation, x);
    if (operation === 'mean') checkFloating('mean', x);
    return reduceWith(operation, x, dims, options, floatTypeOf(x, 'float64'), (operand, result) =>
      kernels().reduce(operation, operand, result),
    );
  };
}

function extreme(operation: ReduceOp & ('amax' | 'amin')) {
  return <D extends DType>(x: Tensor<D>, dims?: Dims, options?: ReductionOptions): Tensor<D> => {
    checkTensor(operation, x);
    checkNotEmpty(operation, x, dims);
    return reduceWith(operation, x, dims, options, x.dtype, (operand, result) =>
      kernels().reduce(operation, operand, result),
    );
  };
}

/**
 * Σ x. Integers and booleans sum to float64, exact to 2^53. An empty sum is 0.
 *
 * @example
 * const x = tensor([[1, 2], [3, 4]]);
 * x.sum().item(); // 10
 * x.sum(0).toArray(); // [4, 6]
 * x.sum(1, { keepdim: true }).toArray(); // [[3], [7]]
 * x.sum([0, 1]).shape; // []
 */
export const sum = accumulation('sum');
/**
 * Σ x / n, of floats. The mean of nothing is NaN.
 *
 * @example
 * tensor([[1, 2], [3, 4]]).mean(1).toArray(); // [1.5, 3.5]
 */
export const mean = accumulation('mean');
/** Π x. Integers and booleans give float64. An empty product is 1. */
export const prod = accumulation('prod');
/** The largest element; NaN if any is. Of nothing there is none: RangeError. */
export const amax = extreme('amax');
/** The smallest element; NaN if any is. Of nothing there is none: RangeError. */
export const amin = extreme('amin');

export interface VarianceOptions extends ReductionOptions {
  /** Subtracted from n in the divisor: 1 (the default) estimates from a sample, 0 is of the whole. */
  readonly correction?: number | undefined;
}

function variance(operation: 'var' | 'std') {
  return (x: Tensor, dims?: Dims, options?: VarianceOptions): Tensor<FloatDType> => {
    checkTensor(operation, x);
    checkFloating(operation, x);
    const correction = options?.correction ?? 1;
    if (typeof correction !== 'number') {
      throw new TypeError(`${operation}: correction must be a number, got ${describe(correction)}`);
    }
    return reduceWith(operation, x, dims, options, floatTypeOf(x), (operand, result) =>
      kernels().variance(operand, correction, operation === 'std', result),
    );
  };
}

const var_ = variance('var');

export {
  /** Σ (x − mean)² / (n − correction), of floats. */
  var_ as var,
};
/**
 * The square root of `var`.
 *
 * @example
 * tensor([1, 2, 3, 4]).std().item(); // 1.290994
 * tensor([1, 2, 3, 4]).std(0, { correction: 0 }).item(); // 1.118034
 */
export const std = variance('std');

function truth(operation: 'any' | 'all') {
  return (x: Tensor, dims?: Dims, options?: ReductionOptions): Tensor<'bool'> => {
    checkTensor(operation, x);
    return reduceWith(operation, cast(x, 'bool'), dims, options, 'bool', (flags, result) => {
      if (flags.numel() === 0) kernels().fill(operation === 'all' ? 1 : 0, result);
      else kernels().reduce(operation === 'all' ? 'amin' : 'amax', flags, result);
    });
  };
}

/**
 * Whether any element differs from 0, as bool. NaN differs. Of nothing: false.
 *
 * @example
 * tensor([[0, 1], [0, 0]]).any(1).toArray(); // [true, false]
 */
export const any = truth('any');
/** Whether all elements differ from 0, as bool. Of nothing: true. */
export const all = truth('all');

/** How many elements differ from 0, as int32. NaN differs. */
export function countNonzero(x: Tensor, dims?: Dims, options?: ReductionOptions): Tensor<'int32'> {
  checkTensor('countNonzero', x);
  return reduceWith('countNonzero', cast(x, 'bool'), dims, options, 'int32', (flags, result) => {
    const counts = allocateTensor('countNonzero', result.shape, 'float64');
    kernels().reduce('sum', flags, counts);
    kernels().copy(counts, result);
  });
}

export interface NormOptions extends ReductionOptions {
  /** The order: 2 (Euclid, Frobenius) unless said otherwise; Infinity for the largest |x|, 1 for Σ |x|. */
  readonly p?: number | undefined;
}

/**
 * (Σ |x|^p)^(1/p), of floats; for p = 0 how many differ from 0, for ±∞ the largest and smallest |x|.
 *
 * @example
 * tensor([3, 4]).norm().item(); // 5
 * tensor([3, -4]).norm(0, { p: 1 }).item(); // 7
 */
export function norm(x: Tensor, dims?: Dims, options: NormOptions = {}): Tensor<FloatDType> {
  checkTensor('norm', x);
  checkFloating('norm', x);
  const { p = 2, ...rest } = options;
  if (typeof p !== 'number') throw new TypeError(`norm: p must be a number, got ${describe(p)}`);
  if (Number.isNaN(p)) throw new RangeError('norm: p must be a number, got NaN');
  if (Math.abs(p) === Infinity) checkNotEmpty('norm', x, dims);
  return reduceWith('norm', x, dims, rest, floatTypeOf(x), (operand, result) => {
    if (p === 1 || p === 2) kernels().reduce(p === 1 ? 'norm1' : 'norm2', operand, result);
    else if (p === Infinity) kernels().reduce('amax', abs(operand), result);
    else if (p === -Infinity) kernels().reduce('amin', abs(operand), result);
    else if (p === 0) kernels().reduce('sum', cast(ne(operand, 0), x.dtype), result);
    else {
      const power = allocateTensor('norm', result.shape, x.dtype);
      kernels().reduce('sum', pow(abs(operand), p), power);
      pow(power, 1 / p, { out: result });
    }
  });
}

/**
 * log Σ exp(x), without overflow: the largest element is taken out of the sum, and added at the end. Integers
 * and booleans give float32. Of nothing: −∞.
 */
export function logsumexp(x: Tensor, dims?: Dims, options?: ReductionOptions): Tensor<FloatDType> {
  checkTensor('logsumexp', x);
  const operand = cast(x, floatTypeOf(x));
  return reduceWith('logsumexp', operand, dims, options, operand.dtype, (terms, result) => {
    const largest = allocateTensor('logsumexp', result.shape, terms.dtype);
    const zero = allocateTensor('logsumexp', [], terms.dtype);
    if (terms.numel() > 0) {
      kernels().reduce('amax', terms, largest);
      // ∞ − ∞ would be NaN; the exponentials of infinities and NaN are right as they are.
      kernels().where(isfinite(largest), largest, zero, largest);
    }
    const shifted = sub(terms, largest);
    kernels().reduce('sum', exp(shifted, { out: shifted }), result);
    kernels().unary('log', result, result);
    kernels().binary('add', result, largest, result);
  });
}
