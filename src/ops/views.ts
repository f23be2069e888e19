/** The same elements seen through another shape: views, which share the storage and copy nothing. */

import type { DType } from '../core/dtype.ts';
import { ShapeError } from '../core/errors.ts';
import {
  checkShape,
  contiguousStrides,
  formatShape,
  normalizeDim,
  numelOf,
  type Shape,
} from '../core/shape.ts';
import { Tensor } from '../core/tensor.ts';
import { checkTensor, copyOf, movedView, type SizeArguments, sizesOf } from './operands.ts';

/** The shape with its one -1 replaced by what the other sizes leave. */
function inferShape(operation: string, x: Tensor, wanted: readonly number[]): number[] {
  const unknown = wanted.indexOf(-1);
  const known = checkShape(operation, unknown < 0 ? wanted : wanted.toSpliced(unknown, 1));
  const [have, product] = [x.numel(), numelOf(known)];
  if (unknown >= 0 && product > 0 && have % product === 0) known.splice(unknown, 0, have / product);
  else if (unknown >= 0 || product !== have) {
    throw new ShapeError(
      `${operation}: shape ${formatShape(wanted)} does not fit the ${have} elements of ${formatShape(x.shape)}`,
    );
  }
  return known;
}

/**
 * Strides that show x's elements in `shape` without a copy, or null where none do: each run of new
 * dimensions must lie within old dimensions that merge into one.
 */
function stridesForView(x: Tensor, shape: Shape): number[] | null {
  if (x.isContiguous() || x.numel() === 0) return contiguousStrides(shape);
  const strides = new Array<number>(shape.length);
  let to = shape.length - 1;
  let runSize = 1; // elements of old dimensions that merge with each other
  let runStride = 1;
  for (let d = x.shape.length - 1; d >= 0; d--) {
    if (runSize === 1) runStride = x.strides[d];
    runSize *= x.shape[d];
    const ends = d === 0 || (x.shape[d - 1] !== 1 && x.strides[d - 1] !== runSize * runStride);
    if (!ends) continue;
    let filled = 1;
    while (to >= 0 && (filled < runSize || shape[to] === 1)) {
      strides[to] = filled * runStride;
      filled *= shape[to--];
    }
    if (filled !== runSize) return null;
    runSize = 1;
  }
  return strides;
}

/**
 * The same elements in another shape, sharing memory; one size may be -1 and is worked out.
 *
 * @example
 * const x = arange(6);
 * x.view(2, -1).shape; // [2, 3]
 * x.view(2, 3).t().view(6); // throws ShapeError
 *
 * @throws ShapeError when the number of elements differs, or when only a copy could have that shape
 *   (`reshape` makes one).
 */
export function view<D extends DType>(x: Tensor<D>, ...sizes: SizeArguments): Tensor<D> {
  checkTensor('view', x);
  const shape = inferShape('view', x, sizesOf(sizes));
  const strides = stridesForView(x, shape);
  if (strides === null) {
    throw new ShapeError(
      `view: ${formatShape(x.shape)} with strides ${formatShape(x.strides)} cannot be seen as ` +
        `${formatShape(shape)} without a copy; use reshape, which makes one`,
    );
  }
  return new Tensor(x.base, shape, strides, x.offset);
}

/**
 * The same elements in another shape: a view where one exists, else a copy. One size may be -1.
 *
 * @example
 * arange(6).view(2, 3).t().reshape(6).toArray(); // [0, 3, 1, 4, 2, 5]
 */
export function reshape<D extends DType>(x: Tensor<D>, ...sizes: SizeArguments): Tensor<D> {
  checkTensor('reshape', x);
  const shape = inferShape('reshape', x, sizesOf(sizes));
  const strides = stridesForView(x, shape);
  return strides === null ? view(copyOf(x), shape) : new Tensor(x.base, shape, strides, x.offset);
}

/**
 * Dimensions from `startDim` to `endDim`, both included, merged into one; a view where possible.
 *
 * @example
 * zeros([2, 3, 4]).flatten(1).shape; // [2, 12]
 */
export function flatten<D extends DType>(x: Tensor<D>, startDim = 0, endDim = -1): Tensor<D> {
  checkTensor('flatten', x);
  const start = normalizeDim('flatten', startDim, x.ndim);
  const end = normalizeDim('flatten', endDim, x.ndim);
  if (start > end) throw new RangeError(`flatten: startDim ${startDim} comes after endDim ${endDim}`);
  return reshape(x, [
    ...x.shape.slice(0, start),
    numelOf(x.shape.slice(start, end + 1)),
    ...x.shape.slice(end + 1),
  ]);
}

/**
 * Dimensions in another order: `dims[i]` is the old place of new dimension i.
 *
 * @example
 * zeros([2, 3, 4]).permute(2, 0, 1).shape; // [4, 2, 3]
 */
export function permute<D extends DType>(x: Tensor<D>, ...dims: SizeArguments): Tensor<D> {
  checkTensor('permute', x);
  const order = sizesOf(dims).map((dim) => normalizeDim('permute', dim, x.ndim));
  if (order.length !== x.ndim || new Set(order).size !== x.ndim) {
    throw new RangeError(
      `permute: dims ${formatShape(sizesOf(dims))} must name each of ${x.ndim} dimensions once`,
    );
  }
  return new Tensor(
    x.base,
    order.map((d) => x.shape[d]),
    order.map((d) => x.strides[d]),
    x.offset,
  );
}

/**
 * Two dimensions exchanged.
 *
 * @example
 * zeros([2, 3, 4]).transpose(0, -1).shape; // [4, 3, 2]
 */
export function transpose<D extends DType>(x: Tensor<D>, dim0: number, dim1: number): Tensor<D> {
  checkTensor('transpose', x);
  const order = x.shape.map((_, d) => d);
  const first = normalizeDim('transpose', dim0, x.ndim);
  const second = normalizeDim('transpose', dim1, x.ndim);
  if (x.ndim === 0) return x;
  order[first] = second;
  order[second] = first;
  return permute(x, order);
}

/** Two dimensions exchanged: `transpose` under NumPy's name. */
export function swapaxes<D extends DType>(x: Tensor<D>, axis0: number, axis1: number): Tensor<D> {
  return transpose(x, axis0, axis1);
}

/** Dimensions `source` moved to the places `destination`; the others keep their order. */
export function movedim<D extends DType>(
  x: Tensor<D>,
  source: number | readonly number[],
  destination: number | readonly number[],
): Tensor<D> {
  checkTensor('movedim', x);
  const [from, to] = [source, destination].map((dims) =>
    [dims].flat().map((dim) => normalizeDim('movedim', dim, x.ndim)),
  );
  const listed = `source ${formatShape([source].flat())} and destination ${formatShape([destination].flat())}`;
  if (from.length !== to.length) throw new RangeError(`movedim: ${listed} differ in length`);
  if (new Set(from).size !== from.length || new Set(to).size !== to.length) {
    throw new RangeError(`movedim: ${listed} must not name a dimension twice`);
  }
  const others = x.shape.map((_, d) => d).filter((d) => !from.includes(d));
  return permute(
    x,
    x.shape.map((_, d) => (to.includes(d) ? from[to.indexOf(d)] : (others.shift() as number))),
  );
}

/**
 * x [rows, columns] → its transpose [columns, rows]; tensors of fewer dimensions as they are.
 *
 * @example
 * tensor([[1, 2], [3, 4]]).t().toArray(); // [[1, 3], [2, 4]]
 */
export function t<D extends DType>(x: Tensor<D>): Tensor<D> {
  checkTensor('t', x);
  if (x.ndim > 2) {
    throw new ShapeError(
      `t: needs at most 2 dimensions, got ${formatShape(x.shape)}; use transpose or permute`,
    );
  }
  return x.ndim === 2 ? transpose(x, 0, 1) : x;
}

/**
 * A new dimension of size 1 before dimension `dim` (from -ndim - 1 to ndim).
 *
 * @example
 * tensor([1, 2]).unsqueeze(1).toArray(); // [[1], [2]]
 */
export function unsqueeze<D extends DType>(x: Tensor<D>, dim: number): Tensor<D> {
  checkTensor('unsqueeze', x);
  const at = normalizeDim('unsqueeze', dim, x.ndim + 1);
  const step = at < x.ndim ? x.shape[at] * x.strides[at] : 1;
  return new Tensor(x.base, x.shape.toSpliced(at, 0, 1), x.strides.toSpliced(at, 0, step), x.offset);
}

/**
 * Without dimension `dim` if its size is 1; without `dim`, without all dimensions of size 1.
 *
 * @example
 * zeros([1, 3, 1]).squeeze().shape; // [3]
 * zeros([1, 3, 1]).squeeze(-1).shape; // [1, 3]
 */
export function squeeze<D extends DType>(x: Tensor<D>, dim?: number): Tensor<D> {
  checkTensor('squeeze', x);
  const only = dim === undefined ? -1 : normalizeDim('squeeze', dim, x.ndim);
  const stays = (_: number, d: number) => x.shape[d] !== 1 || (dim !== undefined && d !== only);
  return new Tensor(x.base, x.shape.filter(stays), x.strides.filter(stays), x.offset);
}

/**
 * Dimensions of size 1 repeated to the given sizes without a copy (stride 0); -1 keeps a size; new dimensions
 * may be added in front.
 *
 * @example
 * tensor([[1], [2]]).expand(-1, 3).toArray(); // [[1, 1, 1], [2, 2, 2]]
 * tensor([1, 2]).expand(3, 2).stride(); // [0, 1]
 */
export function expand<D extends DType>(x: Tensor<D>, ...sizes: SizeArguments): Tensor<D> {
  checkTensor('expand', x);
  const wanted = sizesOf(sizes);
  const added = wanted.length - x.ndim;
  const fail = (rule: string) =>
    new ShapeError(`expand: ${rule}: ${formatShape(x.shape)} to ${formatShape(wanted)}`);
  if (added < 0) throw fail('cannot drop dimensions');
  const shape = wanted.map((size, d) => (size === -1 && d >= added ? x.shape[d - added] : size));
  checkShape('expand', shape);
  const strides = shape.map((size, d) => {
    if (d < added) return 0;
    const own = x.shape[d - added];
    if (own === size) return x.strides[d - added];
    if (own === 1) return 0;
    throw fail(`only sizes of 1 can be repeated, dimension ${d - added} has ${own}`);
  });
  return new Tensor(x.base, shape, strides, x.offset);
}

/** `expand` to the shape of `other`. */
export function expandAs<D extends DType>(x: Tensor<D>, other: Tensor): Tensor<D> {
  return expand(x, checkTensor('expandAs', other, 'other').shape);
}

/**
 * The elements from `start` on, `length` of them, along `dim`.
 *
 * @example
 * arange(5).narrow(0, 1, 3).toArray(); // [1, 2, 3]
 */
export function narrow<D extends DType>(x: Tensor<D>, dim: number, start: number, length: number): Tensor<D> {
  checkTensor('narrow', x);
  if (x.ndim === 0) throw new ShapeError('narrow: a 0-d tensor has no dimension to narrow');
  const at = normalizeDim('narrow', dim, x.ndim);
  const size = x.shape[at];
  const from = start < 0 ? start + size : start;
  if (
    !Number.isInteger(from) ||
    !Number.isInteger(length) ||
    from < 0 ||
    length < 0 ||
    from + length > size
  ) {
    throw new RangeError(
      `narrow: start ${start} and length ${length} leave dimension ${dim} of size ${size}`,
    );
  }
  return movedView(x, x.shape.with(at, length), x.strides, from * x.strides[at]);
}

/** The slice at `index` (negative: from the end) of dimension `dim`, which vanishes. */
export function select<D extends DType>(x: Tensor<D>, dim: number, index: number): Tensor<D> {
  checkTensor('select', x);
  if (x.ndim === 0) throw new ShapeError('select: a 0-d tensor cannot be indexed');
  const at = normalizeDim('select', dim, x.ndim);
  const size = x.shape[at];
  if (!Number.isInteger(index) || index < -size || index >= size) {
    throw new RangeError(
      `select: index must be from ${-size} to ${size - 1} at dimension ${at}, got ${index}`,
    );
  }
  const steps = (index < 0 ? index + size : index) * x.strides[at];
  return movedView(x, x.shape.toSpliced(at, 1), x.strides.toSpliced(at, 1), steps);
}
