/** One element picked out of many, and where it is: the largest, the smallest, the median. */

import { type DType, dtypes, type Promoted } from '../core/dtype.ts';
import { normalizeDim } from '../core/shape.ts';
import { allocateTensor, type Tensor } from '../core/tensor.ts';
import { kernels } from '../kernels/active.ts';
import type { ArgReduceOp } from '../kernels/contract.ts';
import { maximum, minimum } from './elementwise.ts';
import { checkTensor } from './operands.ts';
import {
  checkNotEmpty,
  type PickOptions,
  pickWith,
  type ReductionOptions,
  reduceWith,
  type ValuesAndIndices,
} from './reducing.ts';
import { reshape } from './views.ts';

function argReduction(operation: ArgReduceOp) {
  return (x: Tensor, dim?: number | null, options?: ReductionOptions): Tensor<'int32'> => {
    checkTensor(operation, x);
    checkNotEmpty(operation, x, dim);
    if (x.ndim > 0 && typeof dim === 'number') {
      const along = normalizeDim(operation, dim, x.ndim);
      return reduceWith(operation, x, along, options, 'int32', (operand, result) =>
        kernels().argReduce(operation, operand, along, result),
      );
    }
    // Without a dimension the index counts in row-major order, so the elements must lie in it.
    return reduceWith(operation, x, null, options, 'int32', (operand, result) =>
      kernels().argReduce(operation, reshape(operand, [-1]), 0, reshape(result, [1])),
    );
  };
}

/**
 * The index of the first largest element along `dim`, or in row-major order; the first NaN counts as largest. int32.
 *
 * @example
 * tensor([[1, 9], [8, 2]]).argmax(1).toArray(); // [1, 0]
 * tensor([[1, 9], [8, 2]]).argmax().item(); // 1
 */
export const argmax = argReduction('argmax');
/** The index of the first smallest element along `dim`, or in row-major order; the first NaN counts as smallest. int32. */
export const argmin = argReduction('argmin');

function extreme(operation: 'max' | 'min') {
  const [extremeOf, placeOf, pairwise] =
    operation === 'max' ? (['amax', 'argmax', maximum] as const) : (['amin', 'argmin', minimum] as const);
  function reduceOrPair<D extends DType>(
    x: Tensor<D>,
    dim: number,
    options?: PickOptions,
  ): ValuesAndIndices<D>;
  function reduceOrPair<D extends DType>(x: Tensor<D>, other?: Tensor): Tensor<Promoted<D>>;
  function reduceOrPair(
    x: Tensor,
    dimOrOther?: number | Tensor,
    options?: PickOptions,
  ): Tensor | ValuesAndIndices {
    checkTensor(operation, x);
    if (dimOrOther === undefined) {
      checkNotEmpty(operation, x, null);
      return reduceWith(operation, x, null, undefined, x.dtype, (operand, value) =>
        kernels().reduce(extremeOf, operand, value),
      );
    }
    if (typeof dimOrOther !== 'number') return pairwise(x, checkTensor(operation, dimOrOther, 'other'));
    checkNotEmpty(operation, x, dimOrOther);
    return pickWith(operation, x, dimOrOther, options, (operand, along, values, indices) => {
      kernels().reduce(extremeOf, operand, values);
      kernels().argReduce(placeOf, operand, along, indices);
    });
  }
  return reduceOrPair;
}

/**
 * The largest element; with `dim` {values, indices} along it; with a second tensor `maximum`.
 *
 * @example
 * const x = tensor([[1, 9], [8, 2]]);
 * x.max().item(); // 9
 * const { values, indices } = x.max(1);
 * values.toArray(); // [9, 8]
 * indices.toArray(); // [1, 0]
 */
export const max = extreme('max');
/** The smallest element; with `dim` {values, indices} along it; with a second tensor `minimum`. */
export const min = extreme('min');

/**
 * The lower median, the ⌈n / 2⌉-th smallest of n elements; NaN if any is. With `dim` {values, indices} along it,
 * the index being that of the first such element. Of nothing NaN, which only floats have; along an empty
 * dimension there is none: RangeError.
 */
export function median<D extends DType>(
  x: Tensor<D>,
  dim: number,
  options?: PickOptions,
): ValuesAndIndices<D>;
export function median<D extends DType>(x: Tensor<D>): Tensor<D>;
export function median(x: Tensor, dim?: number, options?: PickOptions): Tensor | ValuesAndIndices {
  checkTensor('median', x);
  if (dim === undefined) {
    if (!dtypes[x.dtype].floating || x.numel() > 0) checkNotEmpty('median', x, null);
    const value = allocateTensor('median', [1], x.dtype);
    if (x.numel() === 0) kernels().fill(Number.NaN, value);
    else kernels().median(reshape(x, [-1]), 0, value, null);
    return reshape(value, []);
  }
  checkNotEmpty('median', x, dim);
  return pickWith('median', x, dim, options, (operand, along, values, indices) =>
    kernels().median(operand, along, values, indices),
  );
}
