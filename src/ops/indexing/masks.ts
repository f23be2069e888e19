/** Elements chosen by what they are, or by a mask of booleans. */

import type { DType } from '../../core/dtype.ts';
import { ShapeError } from '../../core/errors.ts';
import { broadcastShapes, formatShape, shapesEqual } from '../../core/shape.ts';
import { allocateTensor, type Tensor } from '../../core/tensor.ts';
import { kernels } from '../../kernels/active.ts';
import {
  cast,
  checkTensor,
  checkWritable,
  type Operand,
  resultTensor,
  touched,
  withoutOverlap,
} from '../operands.ts';
import { storedOperand } from '../promotion.ts';
import { expand } from '../views.ts';
import { coordinatesOf } from './plan.ts';

function checkMask(operation: string, mask: Tensor): void {
  checkTensor(operation, mask, 'mask');
  if (mask.dtype !== 'bool') {
    throw new TypeError(`${operation}: mask must be bool, got ${mask.dtype}; compare it, as in ne(mask, 0)`);
  }
}

/**
 * The coordinates of all elements that differ from 0, in row-major order: int32 [count, ndim]. NaN differs.
 * `x.nonzero().unbind(1)` gives an index array for each dimension.
 *
 * @example
 * tensor([[0, 5], [6, 0]]).nonzero().toArray(); // [[0, 1], [1, 0]]
 */
export function nonzero(x: Tensor): Tensor<'int32'> {
  return coordinatesOf('nonzero', checkTensor('nonzero', x));
}

/**
 * The elements of x where mask (bool) is true, in row-major order: [count]. x and mask broadcast.
 *
 * @example
 * const x = tensor([3, -1, 2]);
 * x.maskedSelect(x.gt(0)).toArray(); // [3, 2]
 */
export function maskedSelect<D extends DType>(x: Tensor<D>, mask: Tensor): Tensor<D> {
  checkTensor('maskedSelect', x);
  checkMask('maskedSelect', mask);
  const shape = broadcastShapes('maskedSelect', x.shape, mask.shape);
  const everywhere = expand(mask, shape);
  const result = allocateTensor('maskedSelect', [kernels().nonzero(everywhere, null)], x.dtype);
  kernels().maskedSelect(expand(x, shape), everywhere, result);
  return result;
}

/**
 * x with `value` (a number or 0-d tensor, converted to x's dtype) where mask (bool) is true. x and mask broadcast.
 *
 * @example
 * const x = tensor([3, -1, 2]);
 * x.maskedFill(x.lt(0), 0).toArray(); // [3, 0, 2]
 */
export function maskedFill<D extends DType>(x: Tensor<D>, mask: Tensor, value: Operand): Tensor<D> {
  checkTensor('maskedFill', x);
  checkMask('maskedFill', mask);
  const shape = broadcastShapes('maskedFill', x.shape, mask.shape);
  const result = resultTensor('maskedFill', shape, x.dtype, undefined);
  kernels().where(mask, fillValue('maskedFill', value, x), x, result);
  return result;
}

/** Sets x to `value` (a number or 0-d tensor, converted to x's dtype) where mask (bool, broadcast to x) is true. */
export function maskedFill_<D extends DType>(x: Tensor<D>, mask: Tensor, value: Operand): Tensor<D> {
  checkTensor('maskedFill_', x);
  checkMask('maskedFill_', mask);
  checkWritable('maskedFill_', x);
  if (!shapesEqual(broadcastShapes('maskedFill_', x.shape, mask.shape), x.shape)) {
    throw new ShapeError(
      `maskedFill_: a mask of shape ${formatShape(mask.shape)} does not broadcast into ${formatShape(x.shape)}`,
    );
  }
  kernels().where(withoutOverlap(mask, x), withoutOverlap(fillValue('maskedFill_', value, x), x), x, x);
  return touched(x);
}

function fillValue(operation: string, value: Operand, x: Tensor): Tensor {
  const stored = storedOperand(operation, value, x.dtype);
  if (stored.ndim !== 0) {
    throw new ShapeError(
      `${operation}: value must be a number or a 0-d tensor, got shape ${formatShape(stored.shape)}; use where`,
    );
  }
  return cast(stored, x.dtype);
}
