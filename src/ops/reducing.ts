/** What reductions have in common: which dimensions vanish, and the shape that remains. */

import type { DType } from '../core/dtype.ts';
import { formatShape, normalizeDim } from '../core/shape.ts';
import { Tensor } from '../core/tensor.ts';
import { checkTensor, type OutOptions, resultTensor, touched, withoutOverlap } from './operands.ts';

/** The dimension or dimensions to reduce; all of them where there is none, and for an empty list (as PyTorch). */
export type Dims = number | readonly number[] | null | undefined;

export interface KeepdimOptions {
  /** Keep reduced dimensions, with size 1, so that the result broadcasts against the operand. */
  readonly keepdim?: boolean | undefined;
}

export interface ReductionOptions extends KeepdimOptions, OutOptions {}

/** The reduced dimensions as flags, each named once. */
function reducedDims(operation: string, x: Tensor, dims: Dims): boolean[] {
  const list = typeof dims === 'number' ? [dims] : [...(dims ?? [])];
  const flags = new Array<boolean>(x.ndim).fill(list.length === 0);
  for (const dim of list) {
    const d = normalizeDim(operation, dim, x.ndim);
    if (x.ndim === 0) continue;
    if (flags[d]) throw new RangeError(`${operation}: dimension ${d} appears twice in ${formatShape(list)}`);
    flags[d] = true;
  }
  return flags;
}

/** Where a result goes, and the same memory in the operand's rank: with size 1 where dimensions are reduced. */
interface Place<D extends DType> {
  readonly result: Tensor<D>;
  readonly kept: Tensor<D>;
}

function placeFor<D extends DType>(
  operation: string,
  x: Tensor,
  reduced: readonly boolean[],
  keepdim: boolean,
  dtype: D,
  out: Tensor | undefined,
): Place<D> {
  const keptShape = x.shape.map((size, d) => (reduced[d] ? 1 : size));
  const shape = keepdim ? keptShape : x.shape.filter((_, d) => !reduced[d]);
  const result = resultTensor(operation, shape, dtype, out);
  let at = 0;
  const keptStrides = keepdim ? result.strides : reduced.map((gone) => (gone ? 0 : result.strides[at++]));
  return { result, kept: new Tensor(result.base, keptShape, keptStrides, result.offset) };
}

/** Runs `kernel` on a result of x's rank, and gives it back in the shape that the user expects. */
export function reduceWith<D extends DType>(
  operation: string,
  x: Tensor,
  dims: Dims,
  options: ReductionOptions | undefined,
  dtype: D,
  kernel: (x: Tensor, keptResult: Tensor) => void,
): Tensor<D> {
  const { keepdim = false, out } = options ?? {};
  const reduced = reducedDims(operation, x, dims);
  checkTensor(operation, x); // again: reading options and dims may have run code that took its memory away
  const { result, kept } = placeFor(operation, x, reduced, keepdim, dtype, out);
  if (out === undefined) {
    kernel(x, kept);
    return result;
  }
  kernel(withoutOverlap(x, result), kept);
  return touched(result);
}

/** What picking along a dimension gives: the element of each slice, and where it was (int32). */
export interface ValuesAndIndices<out D extends DType = DType> {
  readonly values: Tensor<D>;
  readonly indices: Tensor<'int32'>;
}

/** Tensors that take values and indices. */
export interface OutPair {
  readonly values: Tensor;
  readonly indices: Tensor;
}

export interface PickOptions extends KeepdimOptions {
  /** Take the results: each of exactly its shape and dtype, and apart from each other in memory. */
  readonly out?: OutPair | undefined;
}

/** As `reduceWith`, along one dimension, for kernels that give elements of x and their indices. */
export function pickWith<D extends DType>(
  operation: string,
  x: Tensor<D>,
  dim: number,
  options: PickOptions | undefined,
  kernel: (x: Tensor, along: number, values: Tensor, indices: Tensor) => void,
): ValuesAndIndices<D> {
  const { keepdim = false, out } = options ?? {};
  const { values: outValues, indices: outIndices } = out ?? {};
  const along = normalizeDim(operation, dim, x.ndim);
  checkTensor(operation, x);
  const slices = atLeast1d(x);
  const reduced = slices.shape.map((_, d) => d === along);
  const keep = keepdim && x.ndim > 0;
  const values = placeFor(operation, slices, reduced, keep, x.dtype, outValues);
  const indices = placeFor(operation, slices, reduced, keep, 'int32', outIndices);
  const operand = withoutOverlap(withoutOverlap(slices, values.result), indices.result);
  kernel(operand, along, values.kept, indices.kept);
  return { values: touched(values.result), indices: touched(indices.result) };
}

/** A 0-d tensor as the one element of a dimension, which kernels want that go along one; others as they are. */
export function atLeast1d<D extends DType>(x: Tensor<D>): Tensor<D> {
  return x.ndim === 0 ? new Tensor(x.base, [1], [1], x.offset) : x;
}

/** Throws when a reduction over `dims` would have to find an element where there is none. */
export function checkNotEmpty(operation: string, x: Tensor, dims: Dims): void {
  const reduced = reducedDims(operation, x, dims);
  const emptied = x.shape.findIndex((size, d) => size === 0 && reduced[d]);
  if (emptied >= 0) {
    throw new RangeError(
      `${operation}: dimension ${emptied} of ${formatShape(x.shape)} is empty and has no such element`,
    );
  }
}
