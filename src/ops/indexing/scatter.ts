/** Entries named by an index tensor, written in place. */

import type { DType } from '../../core/dtype.ts';
import { ShapeError } from '../../core/errors.ts';
import { formatShape, normalizeDim, shapesEqual } from '../../core/shape.ts';
import type { Tensor } from '../../core/tensor.ts';
import { kernels } from '../../kernels/active.ts';
import { mul } from '../elementwise.ts';
import {
  cast,
  checkSameDType,
  checkTensor,
  checkWritable,
  type Operand,
  touched,
  withoutOverlap,
} from '../operands.ts';
import { storedOperand } from '../promotion.ts';
import { narrow } from '../views.ts';
import {
  checkIndex,
  checkIndexVector,
  checkWalkShape,
  type Walk,
  walkAlong,
  walkError,
  walkSlices,
} from './along.ts';

/**
 * The inverse of `gather`: writes `source` to where `index` (whole numbers from 0) points along `dim`:
 *
 *     x[i][index[i][j][k]][k] = source[i][j][k]        for dim 1
 *
 * index has the number of dimensions of x and of source; no dimension is larger than source's, none but `dim`
 * larger than x's. A number stands for a source of it everywhere. Of several writes to one place the last in
 * row-major order stays.
 *
 * @example
 * const labels = tensor([[1], [2]], { dtype: 'int32' });
 * zeros([2, 3]).scatter_(1, labels, 1).toArray(); // [[0, 1, 0], [0, 0, 1]]
 */
export function scatter_<D extends DType>(
  x: Tensor<D>,
  dim: number,
  index: Tensor,
  source: Operand,
): Tensor<D> {
  return scatterAlong('scatter_', false, x, dim, index, source);
}

/**
 * As `scatter_`, but adds: x[i][index[i][j][k]][k] += source[i][j][k] for dim 1, as often as a place is named.
 *
 * @example
 * const index = tensor([0, 1, 0], { dtype: 'int32' });
 * zeros([2]).scatterAdd_(0, index, tensor([1, 2, 3])).toArray(); // [4, 2]
 */
export function scatterAdd_<D extends DType>(
  x: Tensor<D>,
  dim: number,
  index: Tensor,
  source: Tensor,
): Tensor<D> {
  return scatterAlong('scatterAdd_', true, x, dim, index, checkTensor('scatterAdd_', source, 'source'));
}

function scatterAlong<D extends DType>(
  operation: string,
  accumulate: boolean,
  x: Tensor<D>,
  dim: number,
  index: Tensor,
  value: Operand,
): Tensor<D> {
  checkTensor(operation, x);
  const along = normalizeDim(operation, dim, x.ndim);
  const positions = checkIndex(operation, index);
  checkWalkShape(operation, positions.shape, along, 'input', x.shape);
  let source = storedOperand(operation, value, x.dtype);
  if (source === value) {
    checkWalkShape(operation, positions.shape, null, 'source', source.shape);
    positions.shape.forEach((size, d) => {
      source = narrow(source, d, 0, size);
    });
  }
  const apart = withoutOverlap(positions, x);
  return scatterWalk(operation, x, walkAlong(x, along, apart), source, accumulate);
}

export interface IndexAddOptions {
  /** What the source is multiplied by first; 1 unless said otherwise. */
  readonly alpha?: number | undefined;
}

/**
 * Adds the slices of `source` along `dim` to those of x that `index` [m] names: x[index[j]] += alpha · source[j].
 *
 * @example
 * const index = tensor([0, 0], { dtype: 'int32' });
 * zeros([2, 2]).indexAdd_(0, index, tensor([[1, 2], [3, 4]])).toArray(); // [[4, 6], [0, 0]]
 */
export function indexAdd_<D extends DType>(
  x: Tensor<D>,
  dim: number,
  index: Tensor,
  source: Tensor,
  options: IndexAddOptions = {},
): Tensor<D> {
  const { alpha = 1 } = options;
  const walk = checkedSlices('indexAdd_', x, dim, index);
  checkSlices('indexAdd_', source, walk);
  return scatterWalk('indexAdd_', x, walk, alpha === 1 ? source : mul(source, alpha), true);
}

/** Copies the slices of `source` along `dim` to those of x that `index` [m] names: x[index[j]] = source[j]. */
export function indexCopy_<D extends DType>(
  x: Tensor<D>,
  dim: number,
  index: Tensor,
  source: Tensor,
): Tensor<D> {
  const walk = checkedSlices('indexCopy_', x, dim, index);
  checkSlices('indexCopy_', source, walk);
  return scatterWalk('indexCopy_', x, walk, source, false);
}

/** Sets the slices of x along `dim` that `index` [m] names to `value`, a number or a 0-d tensor. */
export function indexFill_<D extends DType>(
  x: Tensor<D>,
  dim: number,
  index: Tensor,
  value: Operand,
): Tensor<D> {
  const walk = checkedSlices('indexFill_', x, dim, index);
  const stored = storedOperand('indexFill_', value, x.dtype);
  if (stored.ndim !== 0) {
    throw new ShapeError(
      `indexFill_: value must be a number or a 0-d tensor, got shape ${formatShape(stored.shape)}`,
    );
  }
  return scatterWalk('indexFill_', x, walk, cast(stored, x.dtype), false);
}

function checkedSlices(operation: string, x: Tensor, dim: number, index: Tensor): Walk {
  checkTensor(operation, x);
  const positions = checkIndexVector(operation, index);
  if (x.ndim === 0) throw new ShapeError(`${operation}: a 0-d tensor has no dimension to index`);
  return walkSlices(x, normalizeDim(operation, dim, x.ndim), withoutOverlap(positions, x));
}

function checkSlices(operation: string, source: Tensor, { origin }: Walk): void {
  checkTensor(operation, source, 'source');
  if (!shapesEqual(source.shape, origin.shape)) {
    throw new ShapeError(
      `${operation}: source must have shape ${formatShape(origin.shape)}, got ${formatShape(source.shape)}`,
    );
  }
}

function scatterWalk<D extends DType>(
  operation: string,
  x: Tensor<D>,
  walk: Walk,
  source: Tensor,
  accumulate: boolean,
): Tensor<D> {
  checkSameDType(operation, { input: x, source });
  checkWritable(operation, x);
  if (!kernels().scatter(withoutOverlap(source, x), [walk.indexed], accumulate, walk.origin)) {
    throw walkError(operation, walk);
  }
  return touched(x);
}
