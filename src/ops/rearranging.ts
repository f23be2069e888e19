/** The elements of a tensor repeated, turned round or cut off: copies. */

import type { DType } from '../core/dtype.ts';
import { ShapeError } from '../core/errors.ts';
import { checkShape, formatShape, normalizeDim } from '../core/shape.ts';
import { allocateTensor, type Tensor } from '../core/tensor.ts';
import { kernels } from '../kernels/active.ts';
import { checkTensor, copyOf, describe, movedView, type SizeArguments, sizesOf } from './operands.ts';
import { narrow, reshape, view } from './views.ts';

/**
 * x put down `repeats[d]` times along each dimension; more repeats than dimensions add some in front.
 *
 * @example
 * tensor([1, 2]).repeat(2, 2).toArray(); // [[1, 2, 1, 2], [1, 2, 1, 2]]
 */
export function repeat<D extends DType>(x: Tensor<D>, ...repeats: SizeArguments): Tensor<D> {
  checkTensor('repeat', x);
  const counts = checkShape('repeat', sizesOf(repeats));
  if (counts.length < x.ndim) {
    throw new ShapeError(
      `repeat: needs a count for each dimension of ${formatShape(x.shape)}, got ${formatShape(counts)}`,
    );
  }
  return repeated('repeat', x, counts);
}

/** As `repeat`, but fewer counts than dimensions are for the last ones. */
export function tile<D extends DType>(x: Tensor<D>, ...repeats: SizeArguments): Tensor<D> {
  checkTensor('tile', x);
  const counts = checkShape('tile', sizesOf(repeats));
  return repeated('tile', x, [...new Array<number>(Math.max(0, x.ndim - counts.length)).fill(1), ...counts]);
}

/** Every dimension of n entries, c times: a result seen as [c, n] takes x as [1, n], broadcast, in one copy. */
function repeated<D extends DType>(operation: string, x: Tensor<D>, counts: readonly number[]): Tensor<D> {
  const added = counts.length - x.ndim;
  const sizes = counts.map((_, d) => (d < added ? 1 : x.shape[d - added]));
  const shape = checkShape(
    operation,
    counts.map((count, d) => count * sizes[d]),
  );
  const result = allocateTensor(operation, shape, x.dtype);
  const source = reshape(
    x,
    counts.flatMap((_, d) => [1, sizes[d]]),
  );
  kernels().copy(
    source,
    view(
      result,
      counts.flatMap((count, d) => [count, sizes[d]]),
    ),
  );
  return result;
}

/**
 * x backwards along the given dimensions: `flip(0)`, `flip(0, 1)`. A copy; `index('::-1')` is the view.
 *
 * @example
 * tensor([[1, 2], [3, 4]]).flip(1).toArray(); // [[2, 1], [4, 3]]
 */
export function flip<D extends DType>(x: Tensor<D>, ...dims: SizeArguments): Tensor<D> {
  checkTensor('flip', x);
  const turned = checkDims('flip', x, sizesOf(dims));
  const last = turned.reduce((sum, d) => sum + Math.max(0, x.shape[d] - 1) * x.strides[d], 0);
  const strides = x.strides.map((stride, d) => (turned.includes(d) ? -stride : stride));
  return copyOf(movedView(x, x.shape, strides, last));
}

/**
 * Elements moved on by `shifts` along `dims`; those that leave at the end come back at the start. Without
 * dims the tensor is rolled in row-major order.
 *
 * @example
 * arange(4).roll(1).toArray(); // [3, 0, 1, 2]
 */
export function roll<D extends DType>(
  x: Tensor<D>,
  shifts: number | readonly number[],
  dims?: number | readonly number[],
): Tensor<D> {
  checkTensor('roll', x);
  const distances = [shifts].flat();
  for (const distance of distances) {
    if (typeof distance !== 'number')
      throw new TypeError(`roll: shifts must be numbers, got ${describe(distance)}`);
    if (!Number.isSafeInteger(distance))
      throw new RangeError(`roll: shifts must be whole numbers, got ${distance}`);
  }
  if (dims === undefined) {
    if (distances.length !== 1) throw new RangeError('roll: several shifts need as many dims');
    return reshape(rolled(reshape(x, [x.numel()]), 0, distances[0]), x.shape);
  }
  const places = [dims].flat().map((dim) => normalizeDim('roll', dim, x.ndim));
  if (places.length !== distances.length) {
    throw new RangeError(`roll: ${distances.length} shifts for ${places.length} dims`);
  }
  if (x.ndim === 0) return copyOf(x);
  return places.reduce((result, d, i) => rolled(result, d, distances[i]), x);
}

function rolled<D extends DType>(x: Tensor<D>, dim: number, distance: number): Tensor<D> {
  const size = x.shape[dim];
  if (size === 0) return copyOf(x);
  const shift = ((distance % size) + size) % size;
  const result = allocateTensor('roll', x.shape, x.dtype);
  kernels().copy(narrow(x, dim, 0, size - shift), narrow(result, dim, shift, size - shift));
  kernels().copy(narrow(x, dim, size - shift, shift), narrow(result, dim, 0, shift));
  return result;
}

/**
 * x [..., rows, columns] with zeros above diagonal `diagonal` (0 the main one, positive ones above it).
 *
 * @example
 * ones([2, 2]).tril().toArray(); // [[1, 0], [1, 1]]
 */
export function tril<D extends DType>(x: Tensor<D>, diagonal = 0): Tensor<D> {
  return triangle('tril', x, diagonal);
}

/** x [..., rows, columns] with zeros below diagonal `diagonal` (0 the main one, positive ones above it). */
export function triu<D extends DType>(x: Tensor<D>, diagonal = 0): Tensor<D> {
  return triangle('triu', x, diagonal);
}

function triangle<D extends DType>(operation: 'tril' | 'triu', x: Tensor<D>, diagonal: number): Tensor<D> {
  checkTensor(operation, x);
  if (x.ndim < 2)
    throw new ShapeError(`${operation}: needs at least 2 dimensions, got ${formatShape(x.shape)}`);
  if (!Number.isSafeInteger(diagonal))
    throw new RangeError(`${operation}: diagonal must be a whole number, got ${String(diagonal)}`);
  const [rows, columns] = x.shape.slice(-2);
  const keep = allocateTensor(operation, [rows, columns], 'bool');
  for (let row = 0; row < rows; row++) {
    // The first column above the diagonal, where tril ends; triu starts one before.
    const above = Math.min(Math.max(row + diagonal + (operation === 'tril' ? 1 : 0), 0), columns);
    const [from, to] = operation === 'tril' ? [0, above] : [above, columns];
    keep.memory.fill(1, row * columns + from, row * columns + to);
  }
  const result = allocateTensor(operation, x.shape, x.dtype);
  kernels().where(keep, x, allocateTensor(operation, [], x.dtype), result);
  return result;
}

function checkDims(operation: string, x: Tensor, dims: readonly number[]): number[] {
  const normalized = dims.map((dim) => normalizeDim(operation, dim, x.ndim));
  if (new Set(normalized).size !== normalized.length) {
    throw new RangeError(`${operation}: dims ${formatShape(dims)} must not name a dimension twice`);
  }
  return x.ndim === 0 ? [] : normalized;
}
