/** Entries picked by an index tensor. */

import type { DType } from '../../core/dtype.ts';
import { ShapeError } from '../../core/errors.ts';
import { normalizeDim } from '../../core/shape.ts';
import type { Tensor } from '../../core/tensor.ts';
import { kernels } from '../../kernels/active.ts';
import { checkTensor, type OutOptions, resultTensor, touched, withoutOverlap } from '../operands.ts';
import { reshape } from '../views.ts';
import {
  checkIndex,
  checkIndexVector,
  checkWalkShape,
  type Walk,
  walkAlong,
  walkElements,
  walkError,
} from './along.ts';

/**
 * The slices of x along `dim` that `index` names, copied in its order: x [..., n, ...] · index [m] of whole
 * numbers from 0 → [..., m, ...]
 *
 * @example
 * const index = tensor([2, 0], { dtype: 'int32' });
 * tensor([[1, 2, 3], [4, 5, 6]]).indexSelect(1, index).toArray(); // [[3, 1], [6, 4]]
 *
 * @throws RangeError when an index is outside the dimension, naming its position.
 */
export function indexSelect<D extends DType>(
  x: Tensor<D>,
  dim: number,
  index: Tensor,
  options?: OutOptions,
): Tensor<D> {
  checkTensor('indexSelect', x);
  const positions = checkIndexVector('indexSelect', index);
  if (x.ndim === 0) throw new ShapeError('indexSelect: a 0-d tensor has no dimension to select from');
  const along = normalizeDim('indexSelect', dim, x.ndim);
  const shape = x.shape.with(along, positions.shape[0]);
  const result = resultTensor('indexSelect', shape, x.dtype, options?.out);
  kernels().indexSelect(withoutOverlap(x, result), along, withoutOverlap(positions, result), result);
  return options?.out === undefined ? result : touched(result);
}

/**
 * Element by element along `dim`, in the shape of `index` (whole numbers from 0):
 *
 *     result[i][j][k] = x[i][index[i][j][k]][k]        for dim 1
 *
 * index has x's number of dimensions, and no dimension but `dim` larger than x's.
 *
 * @example
 * const index = tensor([[2], [0]], { dtype: 'int32' });
 * tensor([[1, 2, 3], [4, 5, 6]]).gather(1, index).toArray(); // [[3], [4]]
 */
export function gather<D extends DType>(
  x: Tensor<D>,
  dim: number,
  index: Tensor,
  options?: OutOptions,
): Tensor<D> {
  checkTensor('gather', x);
  const along = normalizeDim('gather', dim, x.ndim);
  const positions = checkIndex('gather', index);
  checkWalkShape('gather', positions.shape, along, 'input', x.shape);
  const result = resultTensor('gather', positions.shape, x.dtype, options?.out);
  const [source, apart] = [withoutOverlap(x, result), withoutOverlap(positions, result)];
  gatherWalk('gather', walkAlong(source, along, apart), result);
  return options?.out === undefined ? result : touched(result);
}

/**
 * Elements of x by their place in row-major order, negative ones from the end, in the shape of `index`.
 *
 * @example
 * tensor([[1, 2], [3, 4]]).take(tensor([0, -1], { dtype: 'int32' })).toArray(); // [1, 4]
 */
export function take<D extends DType>(x: Tensor<D>, index: Tensor, options?: OutOptions): Tensor<D> {
  checkTensor('take', x);
  const positions = checkIndex('take', index);
  const result = resultTensor('take', positions.shape, x.dtype, options?.out);
  const flat = reshape(withoutOverlap(x, result), [x.numel()]);
  gatherWalk('take', walkElements(flat, withoutOverlap(positions, result)), result);
  return options?.out === undefined ? result : touched(result);
}

function gatherWalk(operation: string, walk: Walk, result: Tensor): void {
  if (!kernels().gather(walk.origin, [walk.indexed], result)) throw walkError(operation, walk);
}
