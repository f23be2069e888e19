/** Copies and conversions between dtypes and layouts. */

import { checkDType, type DType } from '../core/dtype.ts';
import { ShapeError } from '../core/errors.ts';
import { broadcastShapes, formatShape, shapesEqual } from '../core/shape.ts';
import { allocateTensor, type Tensor } from '../core/tensor.ts';
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
 */
export function to(x: Tensor, dtype: DType): Tensor {
  return cast(checkTensor('to', x), checkDType('to', dtype));
}

/** x as float32. */
export function float(x: Tensor): Tensor {
  return to(x, 'float32');
}

/** x as float64. */
export function double(x: Tensor): Tensor {
  return to(x, 'float64');
}

/** x as int32. */
export function int(x: Tensor): Tensor {
  return to(x, 'int32');
}

/** Whether each element differs from 0. */
export function bool(x: Tensor): Tensor {
  return to(x, 'bool');
}

/** A contiguous copy in memory of its own. */
export function clone(x: Tensor): Tensor {
  return copyOf(checkTensor('clone', x));
}

/** x where its elements lie in row-major order without gaps, else a copy where they do. */
export function contiguous(x: Tensor): Tensor {
  checkTensor('contiguous', x);
  return x.isContiguous() ? x : copyOf(x);
}

/** Takes over the elements of `source`, broadcast to x's shape and converted to its dtype. */
export function copy_(x: Tensor, source: Operand): Tensor {
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
export function fill_(x: Tensor, value: number | boolean): Tensor {
  checkTensor('fill_', x);
  checkWritable('fill_', x);
  if (typeof value !== 'number' && typeof value !== 'boolean') {
    throw new TypeError(`fill_: value must be a number, got ${describe(value)}`);
  }
  kernels().fill(Number(value), x);
  return touched(x);
}

/** Sets every element to 0. */
export function zero_(x: Tensor): Tensor {
  return fill_(x, 0);
}

/** Whether a and b have one shape and the same elements (NaN equals nothing). */
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

/** Whether |a − b| ≤ atol + rtol · |b| for every pair of elements, broadcast; equal infinities are close. */
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
