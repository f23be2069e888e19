/** Copies and conversions between dtypes and layouts. */

import {
  checkDType,
  type DType,
  dtypes,
  type FloatDType,
  type Known,
  type TypedArrayOf,
} from '../core/dtype.ts';
import { ShapeError } from '../core/errors.ts';
import { broadcastShapes, formatShape, shapesEqual } from '../core/shape.ts';
import { Storage } from '../core/storage.ts';
import { allocateTensor, Tensor } from '../core/tensor.ts';
import { kernels } from '../kernels/active.ts';
import {
  cast,
  checkTensor,
  checkWritable,
  copyOf,
  describe,
  type Operand,
  touched,
  withoutOverlap,
} from './operands.ts';
import { promoteOperands } from './promotion.ts';

/**
 * x in another dtype; x itself where it has it. Floats to integers truncate toward zero and wrap; everything
 * but 0 becomes true.
 *
 * @example
 * tensor([1.7, -1.7]).to('int32').toArray(); // [1, -1]
 * tensor([0, 0.5]).to('bool').toArray(); // [false, true]
 */
export function to<D extends DType>(x: Tensor, dtype: D): Tensor<Known<D>> {
  checkDType('to', dtype);
  return cast(checkTensor('to', x), dtype as Known<D>);
}

/** x as float32. */
export function float(x: Tensor): Tensor<FloatDType> {
  return to(x, 'float32');
}

/** x as float64. */
export function double(x: Tensor): Tensor<FloatDType> {
  return to(x, 'float64');
}

/** x as int32. */
export function int(x: Tensor): Tensor<'int32'> {
  return to(x, 'int32');
}

/** Whether each element differs from 0. */
export function bool(x: Tensor): Tensor<'bool'> {
  return to(x, 'bool');
}

/**
 * The elements in row-major order in a typed array of their own, converted to `dtype` where one is given:
 * Float32Array, Float64Array, Int32Array, or Uint8Array for uint8 and bool. Always a copy; `fromTypedArray` is
 * the way back, without one.
 *
 * @example
 * tensor([[1, 2], [3, 4]]).t().toTypedArray('int32'); // new Int32Array([1, 3, 2, 4])
 */
export function toTypedArray<D extends DType = DType>(x: Tensor, dtype?: D): TypedArrayOf<D> {
  checkTensor('toTypedArray', x);
  const type = dtype === undefined ? x.dtype : checkDType('toTypedArray', dtype);
  const elements = new dtypes[type].array(x.numel());
  kernels().copy(x, new Tensor(new Storage(elements, type), x.shape));
  return elements;
}

/** A contiguous copy in memory of its own. */
export function clone<D extends DType>(x: Tensor<D>): Tensor<D> {
  checkTensor('clone', x);
  return copyOf(x);
}

/** x where its elements lie in row-major order without gaps, else a copy where they do. */
export function contiguous<D extends DType>(x: Tensor<D>): Tensor<D> {
  checkTensor('contiguous', x);
  return x.isContiguous() ? x : copyOf(x);
}

/**
 * Takes over the elements of `source`, broadcast to x's shape and converted to its dtype.
 *
 * @example
 * zeros([2, 2]).copy_(tensor([1, 2])).toArray(); // [[1, 2], [1, 2]]
 */
export function copy_<D extends DType>(x: Tensor<D>, source: Operand): Tensor<D> {
  checkTensor('copy_', x);
  checkWritable('copy_', x);
  if (typeof source === 'number' || typeof source === 'boolean') return fill_(x, source);
  checkTensor('copy_', source, 'source');
  if (!shapesEqual(broadcastShapes('copy_', x.shape, source.shape), x.shape)) {
    throw new ShapeError(
      `copy_: ${formatShape(source.shape)} does not broadcast into ${formatShape(x.shape)}`,
    );
  }
  kernels().copy(withoutOverlap(source, x), x);
  return touched(x);
}

/** Sets every element. */
export function fill_<D extends DType>(x: Tensor<D>, value: number | boolean): Tensor<D> {
  checkTensor('fill_', x);
  checkWritable('fill_', x);
  if (typeof value !== 'number' && typeof value !== 'boolean') {
    throw new TypeError(`fill_: value must be a number, got ${describe(value)}`);
  }
  kernels().fill(Number(value), x);
  return touched(x);
}

/** Sets every element to 0. */
export function zero_<D extends DType>(x: Tensor<D>): Tensor<D> {
  return fill_(x, 0);
}

/**
 * Whether a and b have one shape and the same elements (NaN equals nothing).
 *
 * @example
 * equal(tensor([1, 2]), tensor([1, 2])); // true
 */
export function equal(a: Tensor, b: Tensor): boolean {
  checkTensor('equal', a);
  checkTensor('equal', b, 'other');
  if (!shapesEqual(a.shape, b.shape)) return false;
  const [left, right] = promoteOperands('equal', a, b);
  const [p, q] = [copyOf(left).memory, copyOf(right).memory];
  return p.every((value, i) => value === q[i]);
}

/** Tolerances of `allclose`. */
export interface ClosenessOptions {
  /** Relative to |b|; 1e-5 unless said otherwise. */
  readonly rtol?: number | undefined;
  /** Absolute; 1e-8 unless said otherwise. */
  readonly atol?: number | undefined;
  /** Whether NaN counts as close to NaN. */
  readonly equalNan?: boolean | undefined;
}

/**
 * Whether |a − b| ≤ atol + rtol · |b| for every pair of elements, broadcast; equal infinities are close.
 *
 * @example
 * allclose(tensor([0.1]).add(0.2), tensor([0.3])); // true
 */
export function allclose(a: Tensor, b: Tensor, options: ClosenessOptions = {}): boolean {
  const { rtol = 1e-5, atol = 1e-8, equalNan = false } = options;
  checkTensor('allclose', a);
  checkTensor('allclose', b, 'other');
  const shape = broadcastShapes('allclose', a.shape, b.shape);
  const [p, q] = [a, b].map((x) => {
    const everything = allocateTensor('allclose', shape, 'float64');
    kernels().copy(x, everything);
    return everything.memory;
  });
  return p.every((value, i) => {
    const other = q[i];
    if (Number.isNaN(value) || Number.isNaN(other))
      return equalNan && Number.isNaN(value) && Number.isNaN(other);
    return (
      value === other ||
      (Math.abs(other) !== Infinity && Math.abs(value - other) <= atol + rtol * Math.abs(other))
    );
  });
}
