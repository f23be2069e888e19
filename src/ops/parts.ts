/** A tensor taken apart: views of its pieces. */

import type { DType } from '../core/dtype.ts';
import { ShapeError } from '../core/errors.ts';
import { formatShape, normalizeDim } from '../core/shape.ts';
import { Tensor } from '../core/tensor.ts';
import { checkTensor, describe, movedView } from './operands.ts';
import { narrow, select } from './views.ts';

function checkDimension(operation: string, x: Tensor, dim: number): number {
  checkTensor(operation, x);
  if (x.ndim === 0) throw new ShapeError(`${operation}: a 0-d tensor has no dimension`);
  return normalizeDim(operation, dim, x.ndim);
}

function checkCount(operation: string, name: string, value: number, least: number): number {
  if (typeof value !== 'number')
    throw new TypeError(`${operation}: ${name} must be a number, got ${describe(value)}`);
  if (!Number.isSafeInteger(value) || value < least)
    throw new RangeError(`${operation}: ${name} must be a whole number from ${least}, got ${value}`);
  return value;
}

/**
 * Consecutive pieces along `dim`: of `size` entries each, the last one perhaps smaller, or of the sizes listed,
 * which must add up to the dimension.
 *
 * @example
 * arange(5).split(2).map((part) => part.toArray()); // [[0, 1], [2, 3], [4]]
 * arange(5).split([1, 4])[1].toArray(); // [1, 2, 3, 4]
 */
export function split<D extends DType>(x: Tensor<D>, size: number | readonly number[], dim = 0): Tensor<D>[] {
  const along = checkDimension('split', x, dim);
  const whole = x.shape[along];
  if (!Array.isArray(size)) return piecesOf(x, along, checkCount('split', 'size', size as number, 1));
  const sizes = Array.from(size as readonly number[], (entry) => checkCount('split', 'size', entry, 0));
  const total = sizes.reduce((sum, entry) => sum + entry, 0);
  if (total !== whole) {
    throw new RangeError(
      `split: sizes ${formatShape(sizes)} add up to ${total}, but dimension ${along} has ${whole}`,
    );
  }
  let start = 0;
  return sizes.map((length) => {
    start += length;
    return narrow(x, along, start - length, length);
  });
}

function piecesOf<D extends DType>(x: Tensor<D>, dim: number, size: number): Tensor<D>[] {
  const whole = x.shape[dim];
  // An empty dimension still makes one piece.
  const count = Math.max(1, Math.ceil(whole / size));
  return Array.from({ length: count }, (_, i) => narrow(x, dim, i * size, Math.min(size, whole - i * size)));
}

/**
 * At most `count` pieces along `dim`, all of one size but perhaps the last; fewer where they would be empty.
 *
 * @example
 * arange(5).chunk(2).map((part) => part.toArray()); // [[0, 1, 2], [3, 4]]
 */
export function chunk<D extends DType>(x: Tensor<D>, count: number, dim = 0): Tensor<D>[] {
  const along = checkDimension('chunk', x, dim);
  checkCount('chunk', 'count', count, 1);
  const whole = x.shape[along];
  if (whole === 0) return Array.from({ length: count }, () => narrow(x, along, 0, 0));
  return piecesOf(x, along, Math.ceil(whole / count));
}

/**
 * The slices along `dim`, each without it.
 *
 * @example
 * const [first, second] = tensor([[1, 2], [3, 4]]).unbind();
 * second.toArray(); // [3, 4]
 */
export function unbind<D extends DType>(x: Tensor<D>, dim = 0): Tensor<D>[] {
  const along = checkDimension('unbind', x, dim);
  return Array.from({ length: x.shape[along] }, (_, i) => select(x, along, i));
}

/**
 * The diagonals in the planes of dimensions dim1 and dim2, along a new last dimension; `offset` counts above
 * the main diagonal (negative: below it). A view.
 *
 * @example
 * tensor([[1, 2], [3, 4]]).diagonal().toArray(); // [1, 4]
 * tensor([[1, 2], [3, 4]]).diagonal(1).toArray(); // [2]
 */
export function diagonal<D extends DType>(x: Tensor<D>, offset = 0, dim1 = 0, dim2 = 1): Tensor<D> {
  const rows = checkDimension('diagonal', x, dim1);
  const columns = normalizeDim('diagonal', dim2, x.ndim);
  if (rows === columns) throw new RangeError(`diagonal: dim1 and dim2 must differ, got ${dim1} and ${dim2}`);
  if (!Number.isSafeInteger(offset))
    throw new RangeError(`diagonal: offset must be a whole number, got ${String(offset)}`);
  const [down, right] = [Math.max(-offset, 0), Math.max(offset, 0)];
  const length = Math.max(0, Math.min(x.shape[rows] - down, x.shape[columns] - right));
  const [rowStep, columnStep] = [x.strides[rows], x.strides[columns]];
  const others = (values: readonly number[]) => values.filter((_, d) => d !== rows && d !== columns);
  return movedView(
    x,
    [...others(x.shape), length],
    [...others(x.strides), rowStep + columnStep],
    down * rowStep + right * columnStep,
  );
}

/**
 * All windows of `size` entries along `dim`, `step` apart, overlapping where step < size: the windows lie along
 * `dim`, their entries along a new last dimension. A view.
 *
 * @example
 * arange(5).unfold(0, 3, 1).toArray(); // [[0, 1, 2], [1, 2, 3], [2, 3, 4]]
 */
export function unfold<D extends DType>(x: Tensor<D>, dim: number, size: number, step: number): Tensor<D> {
  const along = checkDimension('unfold', x, dim);
  checkCount('unfold', 'size', size, 0);
  checkCount('unfold', 'step', step, 1);
  const [whole, stride] = [x.shape[along], x.strides[along]];
  if (size > whole)
    throw new RangeError(`unfold: windows of ${size} do not fit dimension ${along} of size ${whole}`);
  const count = Math.floor((whole - size) / step) + 1;
  return new Tensor(
    x.base,
    [...x.shape.with(along, count), size],
    [...x.strides.with(along, stride * step), stride],
    x.offset,
  );
}
