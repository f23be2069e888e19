/** Products of matrices, and of matrices with vectors. */

import type { DType, FloatDType, Promoted } from '../core/dtype.ts';
import { ShapeError } from '../core/errors.ts';
import { broadcastShapes, formatShape, shapesEqual } from '../core/shape.ts';
import { allocateResult, Tensor } from '../core/tensor.ts';
import { kernels } from '../kernels/active.ts';
import { add, mul } from './elementwise.ts';
import { planProduct, sizesError } from './matrixProduct.ts';
import { checkTensor, describe, type OutOptions, resultTensor, touched, withoutOverlap } from './operands.ts';

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
  if (isPlain(a, b)) {
    if (out === undefined) {
      const result = allocateResult(operation, [a.shape[0], b.shape[1]], a.dtype as FloatDType);
      kernels().matmul(a, b, result, false);
      return result;
    }
    if (isPlace(out, a, b)) {
      kernels().matmul(a, b, out, false);
      return touched(out);
    }
  }
  const { left, right, shape, dtype, asMatrix } = planProduct(operation, a, b);
  const result = resultTensor(operation, shape, dtype, out);
  if (out === undefined) {
    kernels().matmul(left, right, asMatrix(result), false);
    return result;
  }
  kernels().matmul(withoutOverlap(left, result), withoutOverlap(right, result), asMatrix(result), false);
  return touched(result);
}

/** Two matrices of one float dtype that fit: what matters is then done without a detour. */
function isPlain(a: Tensor, b: Tensor): boolean {
  return (
    a.shape.length === 2 &&
    b.shape.length === 2 &&
    a.shape[1] === b.shape[0] &&
    a.dtype === b.dtype &&
    (a.dtype === 'float32' || a.dtype === 'float64')
  );
}

/** Whether out is what their product goes into as it is: a matrix of its own, of its shape and dtype. */
function isPlace(out: unknown, a: Tensor, b: Tensor): out is Tensor<FloatDType> {
  if (!(out instanceof Tensor)) return false;
  const { base, shape, strides } = out;
  return (
    shape.length === 2 &&
    shape[0] === a.shape[0] &&
    shape[1] === b.shape[1] &&
    out.dtype === a.dtype &&
    strides[1] === 1 &&
    strides[0] === shape[1] &&
    base.isAlone &&
    base !== a.base &&
    base !== b.base
  );
}

function checkRanks(operation: string, a: Tensor, rankA: number, b: Tensor, rankB: number): void {
  checkTensor(operation, a);
  checkTensor(operation, b, 'other');
  if (a.ndim !== rankA || b.ndim !== rankB)
    throw sizesError(operation, `needs ${rankA} and ${rankB} dimensions`, a, b);
}
