/** Slices picked by number. */

import { ShapeError } from '../core/errors.ts';
import { formatShape, normalizeDim } from '../core/shape.ts';
import type { Tensor } from '../core/tensor.ts';
import { kernels } from '../kernels/active.ts';
import { cast, checkTensor, type OutOptions, resultTensor, touched, withoutOverlap } from './operands.ts';

/**
 * The slices of x along `dim` that `index` names, copied in its order: x [..., n, ...] · index [m] of whole
 * numbers from 0 → [..., m, ...]
 *
 * @throws RangeError when an index is outside the dimension, naming its position.
 */
export function indexSelect(x: Tensor, dim: number, index: Tensor, options?: OutOptions): Tensor {
  checkTensor('indexSelect', x);
  checkTensor('indexSelect', index, 'index');
  if (index.ndim !== 1)
    throw new ShapeError(`indexSelect: index must have 1 dimension, got ${formatShape(index.shape)}`);
  if (index.dtype !== 'int32' && index.dtype !== 'uint8') {
    throw new TypeError(`indexSelect: index must be int32 or uint8, got ${index.dtype}`);
  }
  if (x.ndim === 0) throw new ShapeError('indexSelect: a 0-d tensor has no dimension to select from');
  const along = normalizeDim('indexSelect', dim, x.ndim);
  const result = resultTensor('indexSelect', x.shape.with(along, index.shape[0]), x.dtype, options?.out);
  kernels().indexSelect(
    withoutOverlap(x, result),
    along,
    withoutOverlap(cast(index, 'int32'), result),
    result,
  );
  return options?.out === undefined ? result : touched(result);
}
