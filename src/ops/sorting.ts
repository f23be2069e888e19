/** Elements in order along a dimension. NaN counts as the largest; equal elements keep their order. */

import type { DType } from '../core/dtype.ts';
import { normalizeDim } from '../core/shape.ts';
import { allocateTensor, type Tensor } from '../core/tensor.ts';
import { kernels } from '../kernels/active.ts';
import {
  checkTensor,
  checkWhole,
  type OutOptions,
  resultTensor,
  touched,
  withoutOverlap,
} from './operands.ts';
import { atLeast1d, type OutPair, type ValuesAndIndices } from './reducing.ts';
import { reshape } from './views.ts';

export interface ArgsortOptions extends OutOptions {
  /** The largest first, NaN before it. */
  readonly descending?: boolean | undefined;
}

export interface SortOptions {
  /** The largest first, NaN before it. */
  readonly descending?: boolean | undefined;
  /** Take the results: each of exactly its shape and dtype, and apart from each other in memory. */
  readonly out?: OutPair | undefined;
}

/**
 * The elements of each slice along `dim` in order, and where they were (int32). Always stable.
 *
 * @example
 * const { values, indices } = tensor([3, 1, 2]).sort();
 * values.toArray(); // [1, 2, 3]
 * indices.toArray(); // [1, 2, 0]
 */
export function sort<D extends DType>(
  x: Tensor<D>,
  dim = -1,
  options: SortOptions = {},
): ValuesAndIndices<D> {
  const { descending = false, out } = options;
  return ordered('sort', x, dim, undefined, out, (operand, along, values, indices) =>
    kernels().sort(operand, along, descending, values, indices),
  );
}

/** Where the elements of each slice along `dim` are found in order (int32). Always stable. */
export function argsort(x: Tensor, dim = -1, options: ArgsortOptions = {}): Tensor<'int32'> {
  const { descending = false, out } = options;
  checkTensor('argsort', x);
  const along = normalizeDim('argsort', dim, x.ndim);
  const indices = resultTensor('argsort', x.shape, 'int32', out);
  const operand = withoutOverlap(x, indices);
  kernels().sort(atLeast1d(operand), along, descending, null, atLeast1d(indices));
  return touched(indices);
}

export interface TopkOptions {
  /** The largest elements, largest first (the default); else the smallest, smallest first. */
  readonly largest?: boolean | undefined;
  /** Take the results: each of exactly its shape and dtype, and apart from each other in memory. */
  readonly out?: OutPair | undefined;
}

/**
 * The k largest elements of each slice along `dim`, in order, and where they were (int32): x [..., n, ...] →
 * [..., k, ...]. Of equal elements the first.
 *
 * @example
 * tensor([3, 1, 2]).topk(2).values.toArray(); // [3, 2]
 *
 * @throws RangeError unless k is a whole number from 0 to n.
 */
export function topk<D extends DType>(
  x: Tensor<D>,
  k: number,
  dim = -1,
  options: TopkOptions = {},
): ValuesAndIndices<D> {
  const { largest = true, out } = options;
  checkTensor('topk', x);
  const size = atLeast1d(x).shape[normalizeDim('topk', dim, x.ndim)];
  checkWhole('topk', 'k', k, 0, size);
  return ordered('topk', x, dim, k, out, (operand, along, values, indices) =>
    kernels().topk(operand, along, largest, values, indices),
  );
}

/** Runs a kernel that puts slices in order; `count` of each remain, or all. */
function ordered<D extends DType>(
  operation: string,
  x: Tensor<D>,
  dim: number,
  count: number | undefined,
  out: OutPair | undefined,
  kernel: (x: Tensor, along: number, values: Tensor, indices: Tensor) => void,
): ValuesAndIndices<D> {
  const { values: outValues, indices: outIndices } = out ?? {};
  checkTensor(operation, x);
  const along = normalizeDim(operation, dim, x.ndim);
  const slices = atLeast1d(x);
  const kept = count === undefined ? slices.shape : slices.shape.with(along, count);
  const shape = x.ndim === 0 && count !== 0 ? [] : kept;
  const values = resultTensor(operation, shape, x.dtype, outValues);
  const indices = resultTensor(operation, shape, 'int32', outIndices);
  const operand = withoutOverlap(withoutOverlap(slices, values), indices);
  kernel(operand, along, atLeast1d(values), atLeast1d(indices));
  return { values: touched(values), indices: touched(indices) };
}

/** What else `unique` can tell; asking for either gives an object of all. */
export interface UniqueOptions {
  readonly returnInverse?: boolean | undefined;
  readonly returnCounts?: boolean | undefined;
}

export interface UniqueElements<out D extends DType = DType> {
  /** Each different element once, ascending. */
  readonly values: Tensor<D>;
  /** Where each element of x is found in `values`; int32 of x's shape. */
  readonly inverse: Tensor<'int32'>;
  /** How often each value occurs in x; int32. */
  readonly counts: Tensor<'int32'>;
}

/**
 * Each different element of x once, ascending, in one dimension. NaN equals nothing, so each NaN remains.
 *
 * @example
 * tensor([2, 1, 2]).unique().toArray(); // [1, 2]
 * tensor([2, 1, 2]).unique({ returnCounts: true }).counts.toArray(); // [1, 2]
 */
export function unique<D extends DType>(x: Tensor<D>, options: UniqueOptions): UniqueElements<D>;
export function unique<D extends DType>(x: Tensor<D>): Tensor<D>;
export function unique(x: Tensor, options?: UniqueOptions): Tensor | UniqueElements {
  checkTensor('unique', x);
  const sorted = sort(reshape(x, [-1]));
  const [elements, places] = [sorted.values.memory, sorted.indices.memory];
  const inverse = allocateTensor('unique', x.shape, 'int32');
  const firsts: number[] = []; // where in `elements` each value begins
  for (let i = 0; i < elements.length; i++) {
    if (i === 0 || elements[i] !== elements[i - 1]) firsts.push(i);
    inverse.memory[places[i]] = firsts.length - 1;
  }
  const values = allocateTensor('unique', [firsts.length], x.dtype);
  const counts = allocateTensor('unique', [firsts.length], 'int32');
  firsts.forEach((first, i) => {
    values.memory[i] = elements[first];
    counts.memory[i] = (firsts[i + 1] ?? elements.length) - first;
  });
  const { returnInverse = false, returnCounts = false } = options ?? {};
  return returnInverse || returnCounts ? { values, inverse, counts } : values;
}
