/** The matrix product, in all its ranks. */

import { ShapeError } from '../core/errors.ts';
import { broadcastShapes, formatShape, type Shape } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { kernels } from '../kernels/active.ts';
import {
  checkFloating,
  checkTensor,
  type OutOptions,
  promoteOperands,
  resultTensor,
  touched,
  withoutOverlap,
} from './operands.ts';
import { unsqueeze } from './views.ts';

/**
 * The matrix product.
 *
 *     a [m, k] @ b [k, n] → [m, n]              a [k] @ b [k] → []
 *     a [m, k] @ b [k] → [m]                    a [k] @ b [k, n] → [n]
 *     a [batch…, m, k] @ b [batch…, k, n] → [batch…, m, n]      batches broadcast
 *
 * Operands may be transposed or otherwise strided views; none is copied for that.
 *
 * @throws ShapeError when the inner sizes differ, or batches do not broadcast, or an operand is 0-d.
 */
export function matmul(a: Tensor, b: Tensor, options?: OutOptions): Tensor {
  checkTensor('matmul', a);
  checkTensor('matmul', b, 'other');
  const [left, right] = promoteOperands('matmul', a, b);
  checkFloating('matmul', left);
  if (left.ndim === 0 || right.ndim === 0) throw sizesError('operands need at least 1 dimension', a, b);
  // A vector becomes a matrix of one row (left) or one column (right); that dimension is dropped at the end.
  const x = left.ndim === 1 ? unsqueeze(left, 0) : left;
  const y = right.ndim === 1 ? unsqueeze(right, 1) : right;
  const [rows, inner] = x.shape.slice(-2);
  const columns = y.shape[y.ndim - 1];
  if (inner !== y.shape[y.ndim - 2]) throw sizesError('inner sizes differ', a, b);
  const batch = batchShape(x, y);
  if (batch === null) throw sizesError('batches do not broadcast', a, b);
  const shape = [...batch];
  if (left.ndim > 1) shape.push(rows);
  if (right.ndim > 1) shape.push(columns);
  const result = resultTensor('matmul', shape, left.dtype, options?.out);
  let matrix = result;
  if (right.ndim === 1) matrix = unsqueeze(matrix, -1);
  if (left.ndim === 1) matrix = unsqueeze(matrix, -2);
  if (options?.out === undefined) {
    kernels().matmul(x, y, matrix, false);
    return result;
  }
  kernels().matmul(withoutOverlap(x, result), withoutOverlap(y, result), matrix, false);
  return touched(result);
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

function sizesError(rule: string, a: Tensor, b: Tensor): ShapeError {
  return new ShapeError(`matmul: ${rule}: ${formatShape(a.shape)} @ ${formatShape(b.shape)}`);
}
