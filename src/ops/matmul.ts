/** Products of matrices, and of matrices with vectors. */

import { type DType, dtypes, type FloatDType, type Promoted } from '../core/dtype.ts';
import { ShapeError } from '../core/errors.ts';
import { broadcastShapes, formatShape, type Shape, shapesEqual } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { kernels } from '../kernels/active.ts';
import { add, mul } from './elementwise.ts';
import {
  checkTensor,
  describe,
  floatTypeOf,
  type OutOptions,
  resultTensor,
  touched,
  withoutOverlap,
} from './operands.ts';
import { promoteOperands } from './promotion.ts';
import { unsqueeze } from './views.ts';

/**
 * The matrix product.
 *
 *     a [m, k] @ b [k, n] → [m, n]              a [k] @ b [k] → []
 *     a [m, k] @ b [k] → [m]                    a [k] @ b [k, n] → [n]
 *     a [batch…, m, k] @ b [batch…, k, n] → [batch…, m, n]      batches broadcast
 *
 * Operands may be transposed or otherwise strided views; none is copied for that. They promote to one dtype; two
 * of integers or booleans give float64, as `sum` does.
 *
 * @example
 * const a = tensor([[1, 2], [3, 4]]);
 * a.matmul(a).toArray(); // [[7, 10], [15, 22]]
 * a.matmul(tensor([1, 1])).toArray(); // [3, 7]
 * zeros([5, 1, 2, 3]).matmul(zeros([4, 3, 6])).shape; // [5, 4, 2, 6]
 * matmul(zeros([2, 3]), zeros([2, 3])); // throws ShapeError
 *
 * @throws ShapeError when the inner sizes differ, or batches do not broadcast, or an operand is 0-d.
 */
export function matmul<D extends DType>(a: Tensor<D>, b: Tensor, options?: OutOptions): Tensor<Promoted<D>> {
  return matrixProduct('matmul', a, b, options?.out);
}

/** The product of two matrices: a [m, k] @ b [k, n] → [m, n]. `matmul` that refuses other ranks. */
export function mm<D extends DType>(a: Tensor<D>, b: Tensor, options?: OutOptions): Tensor<Promoted<D>> {
  checkRanks('mm', a, 2, b, 2);
  return matrixProduct('mm', a, b, options?.out);
}

/** The products of two batches of matrices: a [batch, m, k] @ b [batch, k, n] → [batch, m, n]. No broadcasting. */
export function bmm<D extends DType>(a: Tensor<D>, b: Tensor, options?: OutOptions): Tensor<Promoted<D>> {
  checkRanks('bmm', a, 3, b, 3);
  if (a.shape[0] !== b.shape[0]) throw sizesError('bmm', 'batch sizes differ', a, b);
  return matrixProduct('bmm', a, b, options?.out);
}

/** The product of a matrix and a vector: a [m, k] @ b [k] → [m]. */
export function mv<D extends DType>(a: Tensor<D>, b: Tensor, options?: OutOptions): Tensor<Promoted<D>> {
  checkRanks('mv', a, 2, b, 1);
  return matrixProduct('mv', a, b, options?.out);
}

/** The scalar product of two vectors: a [k] · b [k] → []. */
export function dot(a: Tensor, b: Tensor, options?: OutOptions): Tensor<FloatDType> {
  checkRanks('dot', a, 1, b, 1);
  return matrixProduct('dot', a, b, options?.out);
}

export interface AddmmOptions extends OutOptions {
  /** What x is multiplied by; 1 unless said otherwise. With 0 its elements are not looked at. */
  readonly beta?: number | undefined;
  /** What the product is multiplied by; 1 unless said otherwise. */
  readonly alpha?: number | undefined;
}

/**
 * beta · x + alpha · (a @ b): a [m, k] · b [k, n] · x, which broadcasts to [m, n] → [m, n].
 *
 * @example
 * addmm(tensor([1, 2]), eye(2), eye(2)).toArray(); // [[2, 2], [1, 3]]
 */
export function addmm<D extends DType>(
  x: Tensor<D>,
  a: Tensor,
  b: Tensor,
  options: AddmmOptions = {},
): Tensor<Promoted<D>> {
  const { beta = 1, alpha = 1, out } = options;
  for (const [name, value] of Object.entries({ beta, alpha }))
    if (typeof value !== 'number')
      throw new TypeError(`addmm: ${name} must be a number, got ${describe(value)}`);
  checkTensor('addmm', x);
  checkRanks('addmm', a, 2, b, 2);
  const shape = [a.shape[0], b.shape[1]];
  if (!shapesEqual(broadcastShapes('addmm', x.shape, shape), shape)) {
    throw new ShapeError(
      `addmm: ${formatShape(x.shape)} does not broadcast to the product's shape ${formatShape(shape)}`,
    );
  }
  const product = matrixProduct('addmm', a, b, undefined);
  const scaled = alpha === 1 ? product : mul(product, alpha, { out: product });
  if (beta !== 0) return add(scaled, beta === 1 ? x : mul(x, beta), { out });
  return out === undefined ? scaled : add(scaled, 0, { out });
}

/** The product in all its ranks, for operations that differ in what they refuse. */
function matrixProduct(operation: string, a: Tensor, b: Tensor, out: Tensor | undefined): Tensor<FloatDType> {
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
  const result = resultTensor(operation, shape, floatTypeOf(left), out);
  let matrix = result;
  if (right.ndim === 1) matrix = unsqueeze(matrix, -1);
  if (left.ndim === 1) matrix = unsqueeze(matrix, -2);
  if (out === undefined) {
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

/** Beside integers: the dtype in which their products are summed. */
function sumType(other: Tensor): DType {
  return dtypes[other.dtype].floating ? other.dtype : 'float64';
}

function checkRanks(operation: string, a: Tensor, rankA: number, b: Tensor, rankB: number): void {
  checkTensor(operation, a);
  checkTensor(operation, b, 'other');
  if (a.ndim !== rankA || b.ndim !== rankB)
    throw sizesError(operation, `needs ${rankA} and ${rankB} dimensions`, a, b);
}

function sizesError(operation: string, rule: string, a: Tensor, b: Tensor): ShapeError {
  return new ShapeError(`${operation}: ${rule}: ${formatShape(a.shape)} @ ${formatShape(b.shape)}`);
}
