/** What the matrix products have in common: which shapes fit, and what comes out. */

import { type DType, dtypes, type FloatDType } from '../core/dtype.ts';
import { ShapeError } from '../core/errors.ts';
import { broadcastShapes, formatShape, type Shape } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { checkTensor, floatTypeOf } from './operands.ts';
import { promoteOperands } from './promotion.ts';
import { unsqueeze } from './views.ts';

/** A product as the kernel takes it. */
export interface ProductPlan {
  /** The operands as (batches of) matrices, of one dtype. */
  readonly left: Tensor;
  readonly right: Tensor;
  /** Of the result. */
  readonly shape: Shape;
  readonly dtype: FloatDType;
  /** A tensor of that shape as (a batch of) matrices. */
  readonly asMatrix: (result: Tensor) => Tensor;
}

/**
 * Checks and promotes the operands of `matmul`.
 *
 * @throws ShapeError when the inner sizes differ, or batches do not broadcast, or an operand is 0-d.
 */
export function planProduct(operation: string, a: Tensor, b: Tensor): ProductPlan {
  checkTensor(operation, a);
  checkTensor(operation, b, 'other');
  const [left, right] = promoteOperands(operation, a, b, dtypes[a.dtype].floating ? 'bool' : sumType(b));
  if (left.ndim === 0 || right.ndim === 0)
    throw sizesError(operation, 'operands need at least 1 dimension', a, b);
  // A vector becomes a matrix of one row (left) or one column (right); that dimension is dropped at the end.
  const x = left.ndim === 1 ? unsqueeze(left, 0) : left;
  const y = right.ndim === 1 ? unsqueeze(right, 1) : right;
  const rows = x.shape[x.ndim - 2];
  const columns = y.shape[y.ndim - 1];
  if (x.shape[x.ndim - 1] !== y.shape[y.ndim - 2]) throw sizesError(operation, 'inner sizes differ', a, b);
  const batch = batchShape(x, y);
  if (batch === null) throw sizesError(operation, 'batches do not broadcast', a, b);
  const shape = [...batch];
  if (left.ndim > 1) shape.push(rows);
  if (right.ndim > 1) shape.push(columns);
  const asMatrix = (result: Tensor): Tensor => {
    let matrix = result;
    if (right.ndim === 1) matrix = unsqueeze(matrix, -1);
    if (left.ndim === 1) matrix = unsqueeze(matrix, -2);
    return matrix;
  };
  return { left: x, right: y, shape, dtype: floatTypeOf(left), asMatrix };
}

/** What the dimensions before the last two broadcast to; null where they do not. */
function batchShape(x: Tensor, y: Tensor): Shape | null {
  if (x.ndim === 2 && y.ndim === 2) return [];
  try {
    return broadcastShapes('matmul', x.shape.slice(0, -2), y.shape.slice(0, -2));
  } catch (error) {
    if (error instanceof ShapeError) return null;
    throw error;
  }
}

/** Beside integers: the dtype in which their products are summed. */
function sumType(other: Tensor): DType {
  return dtypes[other.dtype].floating ? other.dtype : 'float64';
}

export function sizesError(operation: string, rule: string, a: Tensor, b: Tensor): ShapeError {
  return new ShapeError(`${operation}: ${rule}: ${formatShape(a.shape)} @ ${formatShape(b.shape)}`);
}
