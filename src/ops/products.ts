/** Products along chosen dimensions, and the trace. */

import type { DType, FloatDType, Promoted } from '../core/dtype.ts';
import { ShapeError } from '../core/errors.ts';
import { broadcastShapes, formatShape, normalizeDim } from '../core/shape.ts';
import { Tensor } from '../core/tensor.ts';
import { einsum } from './einsum/einsum.ts';
import { mul } from './elementwise.ts';
import { checkTensor, describe, type OutOptions } from './operands.ts';
import { sum } from './reductions.ts';
import { expand, transpose, unsqueeze } from './views.ts';

/**
 * All products of two vectors: a [m] · b [n] → [m, n].
 *
 * @example
 * outer(tensor([1, 2]), tensor([3, 4])).toArray(); // [[3, 4], [6, 8]]
 */
export function outer<D extends DType>(a: Tensor<D>, b: Tensor, options?: OutOptions): Tensor<Promoted<D>> {
  checkTensor('outer', a);
  checkTensor('outer', b, 'other');
  if (a.ndim !== 1 || b.ndim !== 1) {
    throw new ShapeError(
      `outer: needs 1 and 1 dimensions: ${formatShape(a.shape)} and ${formatShape(b.shape)}`,
    );
  }
  return mul(unsqueeze(a, 1), unsqueeze(b, 0), options);
}

/** The scalar products of the vectors that lie along `dim`: [..., k, ...] · [..., k, ...] → [..., ...], broadcast. */
export function vecdot(a: Tensor, b: Tensor, dim = -1): Tensor {
  checkTensor('vecdot', a);
  checkTensor('vecdot', b, 'other');
  const shape = broadcastShapes('vecdot', a.shape, b.shape);
  if (shape.length === 0) throw new ShapeError('vecdot: operands need at least 1 dimension');
  const along = normalizeDim('vecdot', dim, shape.length);
  const [left, right] = [a, b].map((x) => transpose(expand(x, shape), along, -1));
  return einsum('...k,...k->...', left, right);
}

/** Dimensions to contract: so many, the last ones of a with the first ones of b; or lists, pairwise. */
export type TensordotDims = number | readonly [readonly number[], readonly number[]];

/**
 * Σ of products over pairs of dimensions; the result has the other dimensions of a, then those of b:
 * a [i, j, k] · b [k, j, l], dims [[1, 2], [1, 0]] → [i, l].
 *
 * @example
 * tensordot(ones([2, 3, 4]), ones([4, 3, 5]), [[1, 2], [1, 0]]).shape; // [2, 5]
 *
 * @throws ShapeError when paired sizes differ (a size of 1 broadcasts), RangeError for dimensions that are not there.
 */
export function tensordot(a: Tensor, b: Tensor, dims: TensordotDims = 2): Tensor {
  checkTensor('tensordot', a);
  checkTensor('tensordot', b, 'other');
  const [ofA, ofB] = pairedDims(a, b, dims);
  ofA.forEach((d, i) => {
    const [size, other] = [a.shape[d], b.shape[ofB[i]]];
    if (size !== other && size !== 1 && other !== 1) {
      throw new ShapeError(
        `tensordot: sizes ${size} and ${other} of dimensions ${d} and ${ofB[i]} differ: ` +
          `${formatShape(a.shape)} and ${formatShape(b.shape)}`,
      );
    }
  });
  // As an equation: a's letters in order, and for b those that it shares, or the next ones.
  const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
  if (a.ndim + b.ndim > letters.length)
    throw new ShapeError(`tensordot: more than ${letters.length} dimensions`);
  const lettersA = letters.slice(0, a.ndim);
  const lettersB = b.shape
    .map((_, d) => letters[ofB.includes(d) ? ofA[ofB.indexOf(d)] : a.ndim + d])
    .join('');
  const freeA = [...lettersA].filter((_, d) => !ofA.includes(d)).join('');
  const freeB = [...lettersB].filter((_, d) => !ofB.includes(d)).join('');
  return einsum(`${lettersA},${lettersB}->${freeA}${freeB}`, a, b);
}

function pairedDims(a: Tensor, b: Tensor, dims: TensordotDims): [ofA: number[], ofB: number[]] {
  if (typeof dims === 'number') {
    if (!Number.isInteger(dims) || dims < 0 || dims > Math.min(a.ndim, b.ndim)) {
      throw new RangeError(
        `tensordot: dims must be a whole number from 0 to ${Math.min(a.ndim, b.ndim)}, got ${dims}`,
      );
    }
    const count = Array.from({ length: dims }, (_, i) => i);
    return [count.map((i) => a.ndim - dims + i), count];
  }
  if (!Array.isArray(dims) || !dims.every(Array.isArray) || dims.length !== 2)
    throw new TypeError(`tensordot: dims must be a number or two lists, got ${describe(dims)}`);
  const [ofA, ofB] = [a, b].map((x, i) => {
    const list = [...dims[i]].map((dim) => normalizeDim('tensordot', dim, x.ndim));
    const twice = list.find((d, at) => list.indexOf(d) !== at);
    if (twice !== undefined || (x.ndim === 0 && list.length > 0))
      throw new RangeError(`tensordot: dimension ${twice ?? 0} appears twice, or is not there`);
    return list;
  });
  if (ofA.length !== ofB.length) {
    throw new RangeError(
      `tensordot: the lists of dims must have one length, got ${formatShape(ofA)} and ${formatShape(ofB)}`,
    );
  }
  return [ofA, ofB];
}

/** Σ of the diagonal of a matrix: x [rows, columns] → []. */
export function trace(x: Tensor): Tensor<FloatDType> {
  checkTensor('trace', x);
  if (x.ndim !== 2) throw new ShapeError(`trace: needs 2 dimensions, got ${formatShape(x.shape)}`);
  const step = x.strides[0] + x.strides[1];
  return sum(new Tensor(x.base, [Math.min(...x.shape)], [step], x.offset));
}
