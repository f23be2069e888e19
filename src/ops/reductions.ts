/** Many elements to one: over all dimensions, or over some, which vanish or stay with size 1. */

import { dtypes } from '../core/dtype.ts';
import { formatShape, normalizeDim } from '../core/shape.ts';
import { Tensor } from '../core/tensor.ts';
import { kernels } from '../kernels/active.ts';
import type { ArgReduceOp, ReduceOp } from '../kernels/contract.ts';
import { abs, maximum, minimum, mul, ne, pow, sqrt } from './elementwise.ts';
import {
  cast,
  checkFloating,
  checkTensor,
  type OutOptions,
  resultTensor,
  touched,
  withoutOverlap,
} from './operands.ts';
import { reshape } from './views.ts';

/** The dimension or dimensions to reduce; all of them where none is named, be it by an empty list (as in PyTorch). */
export type Dims = number | readonly number[] | null | undefined;

export interface KeepdimOptions {
  /** Keep reduced dimensions, with size 1, so that the result broadcasts against the operand. */
  readonly keepdim?: boolean | undefined;
}

export interface ReductionOptions extends KeepdimOptions, OutOptions {}

/** The reduced dimensions as flags, each named once. */
function reducedDims(operation: string, x: Tensor, dims: Dims): boolean[] {
  const named = dims === undefined || dims === null ? [] : typeof dims === 'number' ? [dims] : dims;
  const flags = new Array<boolean>(x.ndim).fill(named.length === 0);
  for (const dim of named) {
    const d = normalizeDim(operation, dim, x.ndim);
    if (x.ndim === 0) continue;
    if (flags[d]) throw new RangeError(`${operation}: dimension ${d} appears twice in ${formatShape(named)}`);
    flags[d] = true;
  }
  return flags;
}

/** Runs `kernel` on a result of x's rank, and gives it back in the shape that the user expects. */
function reduceWith(
  operation: string,
  x: Tensor,
  dims: Dims,
  options: ReductionOptions | undefined,
  dtype: Tensor['dtype'],
  kernel: (x: Tensor, keptResult: Tensor) => void,
): Tensor {
  const reduced = reducedDims(operation, x, dims);
  const keptShape = x.shape.map((size, d) => (reduced[d] ? 1 : size));
  const shape = options?.keepdim ? keptShape : x.shape.filter((_, d) => !reduced[d]);
  const result = resultTensor(operation, shape, dtype, options?.out);
  let at = 0;
  const keptStrides = options?.keepdim
    ? result.strides
    : reduced.map((gone) => (gone ? 0 : result.strides[at++]));
  const kept = new Tensor(result.base, keptShape, keptStrides, result.offset);
  kernel(options?.out === undefined ? x : withoutOverlap(x, result), kept);
  return options?.out === undefined ? result : touched(result);
}

function checkNotEmpty(operation: string, x: Tensor, dims: Dims): void {
  const reduced = reducedDims(operation, x, dims);
  const emptied = x.shape.findIndex((size, d) => size === 0 && reduced[d]);
  if (emptied >= 0) {
    throw new RangeError(
      `${operation}: dimension ${emptied} of ${formatShape(x.shape)} is empty and has no such element`,
    );
  }
}

function reduction(operation: ReduceOp) {
  return (x: Tensor, dims?: Dims, options?: ReductionOptions): Tensor => {
    checkTensor(operation, x);
    const { floating } = dtypes[x.dtype];
    if (operation === 'mean') checkFloating('mean', x);
    if (operation === 'amax' || operation === 'amin') checkNotEmpty(operation, x, dims);
    const accumulates = operation === 'sum' || operation === 'prod';
    const dtype = accumulates && !floating ? 'float64' : x.dtype;
    return reduceWith(operation, x, dims, options, dtype, (operand, result) =>
      kernels().reduce(operation, operand, result),
    );
  };
}

/** Σ x. Integers and booleans sum to float64, exact to 2^53. An empty sum is 0. */
export const sum = reduction('sum');
/** Σ x / n, of floats. The mean of nothing is NaN. */
export const mean = reduction('mean');
/** Π x. Integers and booleans give float64. An empty product is 1. */
export const prod = reduction('prod');
/** The largest element; NaN if any is. Of nothing there is none: RangeError. */
export const amax = reduction('amax');
/** The smallest element; NaN if any is. Of nothing there is none: RangeError. */
export const amin = reduction('amin');

export interface VarianceOptions extends ReductionOptions {
  /** Subtracted from n in the divisor: 1 (the default) estimates from a sample, 0 is of the whole. */
  readonly correction?: number | undefined;
}

function variance(operation: 'var' | 'std') {
  return (x: Tensor, dims?: Dims, options?: VarianceOptions): Tensor => {
    checkTensor(operation, x);
    checkFloating(operation, x);
    const correction = options?.correction ?? 1;
    return reduceWith(operation, x, dims, options, x.dtype, (operand, result) =>
      kernels().variance(operand, correction, operation === 'std', result),
    );
  };
}

/** Σ (x − mean)² / (n − correction), of floats. */
const var_ = variance('var');

export { var_ as var };
/** The square root of `var`. */
export const std = variance('std');

function argReduction(operation: ArgReduceOp) {
  return (x: Tensor, dim?: number, options?: ReductionOptions): Tensor => {
    checkTensor(operation, x);
    checkNotEmpty(operation, x, dim);
    const search = (along: number) => (operand: Tensor, result: Tensor) =>
      kernels().argReduce(operation, operand, along, result);
    if (dim !== undefined && x.ndim > 0) {
      const along = normalizeDim(operation, dim, x.ndim);
      return reduceWith(operation, x, along, options, 'int32', search(along));
    }
    // Without a dimension the index counts in row-major order, so the elements must lie in it.
    const shape = options?.keepdim ? x.shape.map(() => 1) : [];
    const result = resultTensor(operation, shape, 'int32', options?.out);
    const flat = reshape(x, -1);
    search(0)(withoutOverlap(flat, result), new Tensor(result.base, [1], [1], result.offset));
    return options?.out === undefined ? result : touched(result);
  };
}

/** The index of the first largest element along `dim`, or in row-major order; the first NaN counts as largest. int32. */
export const argmax = argReduction('argmax');
/** The index of the first smallest element along `dim`, or in row-major order; the first NaN counts as smallest. int32. */
export const argmin = argReduction('argmin');

/** What `max(x, dim)` and `min(x, dim)` give: the extreme of each slice, and where it is. */
export interface ValuesAndIndices {
  readonly values: Tensor;
  readonly indices: Tensor;
}

function extreme(operation: 'max' | 'min') {
  const [valuesOf, indicesOf, pairwise] =
    operation === 'max' ? [amax, argmax, maximum] : [amin, argmin, minimum];
  function reduceOrPair(x: Tensor, dim: number, options?: KeepdimOptions): ValuesAndIndices;
  function reduceOrPair(x: Tensor, other?: Tensor): Tensor;
  function reduceOrPair(
    x: Tensor,
    dimOrOther?: number | Tensor,
    options: KeepdimOptions = {},
  ): Tensor | ValuesAndIndices {
    checkTensor(operation, x);
    if (dimOrOther === undefined) {
      checkNotEmpty(operation, x, undefined);
      return valuesOf(x);
    }
    if (typeof dimOrOther !== 'number') return pairwise(x, dimOrOther);
    checkNotEmpty(operation, x, dimOrOther);
    const { keepdim } = options;
    return { values: valuesOf(x, dimOrOther, { keepdim }), indices: indicesOf(x, dimOrOther, { keepdim }) };
  }
  return reduceOrPair;
}

/** The largest element; with `dim` {values, indices} along it; with a second tensor `maximum`. */
export const max = extreme('max');
/** The smallest element; with `dim` {values, indices} along it; with a second tensor `minimum`. */
export const min = extreme('min');

/** Whether any element differs from 0, as bool. NaN differs. Of nothing: false. */
export function any(x: Tensor, dims?: Dims, options?: ReductionOptions): Tensor {
  return truth('any', x, dims, options);
}

/** Whether all elements differ from 0, as bool. Of nothing: true. */
export function all(x: Tensor, dims?: Dims, options?: ReductionOptions): Tensor {
  return truth('all', x, dims, options);
}

function truth(
  operation: 'any' | 'all',
  x: Tensor,
  dims: Dims,
  options: ReductionOptions | undefined,
): Tensor {
  checkTensor(operation, x);
  const flags = x.dtype === 'bool' ? x : ne(x, 0);
  return reduceWith(operation, flags, dims, options, 'bool', (operand, result) => {
    if (operand.numel() === 0) kernels().fill(operation === 'all' ? 1 : 0, result);
    else kernels().reduce(operation === 'all' ? 'amin' : 'amax', operand, result);
  });
}

export interface NormOptions extends ReductionOptions {
  /** The order: 2 (Euclid, Frobenius) unless said otherwise; Infinity for the largest |x|, 1 for Σ |x|. */
  readonly p?: number | undefined;
}

/** (Σ |x|^p)^(1/p), of floats. */
export function norm(x: Tensor, dims?: Dims, options: NormOptions = {}): Tensor {
  checkTensor('norm', x);
  checkFloating('norm', x);
  const { p = 2, ...rest } = options;
  if (typeof p !== 'number' || Number.isNaN(p))
    throw new RangeError(`norm: p must be a number, got ${String(p)}`);
  if (p === Infinity) return amax(abs(x), dims, rest);
  if (p === -Infinity) return amin(abs(x), dims, rest);
  if (p === 0) return sum(cast(ne(x, 0), x.dtype), dims, rest);
  if (p === 1) return sum(abs(x), dims, rest);
  if (p === 2) return sqrt(sum(mul(x, x), dims, { keepdim: rest.keepdim }), { out: rest.out });
  return pow(sum(pow(abs(x), p), dims, { keepdim: rest.keepdim }), 1 / p, { out: rest.out });
}
