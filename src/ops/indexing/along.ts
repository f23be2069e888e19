/** An index tensor that walks one dimension: checked, and as the kernels `gather` and `scatter` take it. */

import { ShapeError } from '../../core/errors.ts';
import { formatShape, type Shape } from '../../core/shape.ts';
import { Tensor } from '../../core/tensor.ts';
import type { IndexedDimension } from '../../kernels/contract.ts';
import { cast, checkTensor } from '../operands.ts';
import { outsideError, withTrailingAxes } from './plan.ts';

/** `value` as int32 positions. */
export function checkIndex(operation: string, value: Tensor): Tensor {
  const index = checkTensor(operation, value, 'index');
  if (index.dtype !== 'int32' && index.dtype !== 'uint8') {
    throw new TypeError(`${operation}: index must be int32 or uint8, got ${index.dtype}`);
  }
  return cast(index, 'int32');
}

/** `value` as int32 positions in one dimension. */
export function checkIndexVector(operation: string, value: Tensor): Tensor {
  const index = checkIndex(operation, value);
  if (index.ndim === 1) return index;
  throw new ShapeError(`${operation}: index must have 1 dimension, got ${formatShape(index.shape)}`);
}

/** Throws unless the walk's shape has the rank of another one, and exceeds it nowhere but along `dim` (null: nowhere). */
export function checkWalkShape(
  operation: string,
  shape: Shape,
  dim: number | null,
  name: string,
  bounds: Shape,
): void {
  const exceeds = shape.some((size, d) => d !== dim && size > bounds[d]);
  if (shape.length !== bounds.length || exceeds) {
    const where = dim === null ? '' : ` but along dimension ${dim}`;
    throw new ShapeError(
      `${operation}: index ${formatShape(shape)} must have as many dimensions as ${name} ${formatShape(bounds)}, ` +
        `and exceed it nowhere${where}`,
    );
  }
}

/** A dimension of x chosen from by an index: what the kernels take, and what messages name. */
export interface Walk {
  /** x in the shape of the walk: at each place what an index of 0 would pick. */
  readonly origin: Tensor;
  readonly indexed: IndexedDimension;
  /** The index as it was given, and the dimension. */
  readonly index: Tensor;
  readonly dim: number;
}

/** `index`, of the walk's shape, chooses along `dim` of x (already normalized), element by element. */
export function walkAlong(x: Tensor, dim: number, index: Tensor): Walk {
  // A 0-d tensor counts as one of one entry.
  const [size, step] = x.ndim === 0 ? [1, 0] : [x.shape[dim], x.strides[dim]];
  const strides = x.strides.map((stride, d) => (d === dim ? 0 : stride));
  const origin = new Tensor(x.base, index.shape, strides, x.offset);
  return { origin, indexed: { index, lowest: 0, size, step }, index, dim };
}

/** `index` [m] names slices of x along `dim`: the walk is over x's shape with m at `dim`. */
export function walkSlices(x: Tensor, dim: number, index: Tensor): Walk {
  const origin = new Tensor(x.base, x.shape.with(dim, index.shape[0]), x.strides.with(dim, 0), x.offset);
  const aligned = withTrailingAxes(index, x.ndim - dim - 1);
  const indexed = { index: aligned, lowest: 0, size: x.shape[dim], step: x.strides[dim] };
  return { origin, indexed, index, dim };
}

/** `index` names elements of `flat` (1-d), negative ones from the end. */
export function walkElements(flat: Tensor, index: Tensor): Walk {
  const still = index.shape.map(() => 0);
  const origin = new Tensor(flat.base, index.shape, still, flat.offset);
  const [size] = flat.shape;
  return { origin, indexed: { index, lowest: -size, size, step: flat.strides[0] }, index, dim: 0 };
}

/** The error for the first index of a walk that is out of its range. */
export function walkError(operation: string, { indexed, index, dim }: Walk): RangeError {
  const { lowest, size } = indexed;
  return outsideError(`${operation}: index`, index, lowest, size, dim);
}
