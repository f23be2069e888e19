/** How often values occur. */

import { ShapeError } from '../core/errors.ts';
import { formatShape, shapesEqual } from '../core/shape.ts';
import { allocateTensor, type Tensor } from '../core/tensor.ts';
import { kernels } from '../kernels/active.ts';
import { cast, checkFloating, checkTensor, checkWhole, describe } from './operands.ts';
import { amax, amin } from './reductions.ts';

export interface HistcOptions {
  /** The lower end of the first bin. */
  readonly min?: number | undefined;
  /** The upper end of the last bin, included. Where it equals `min`, both come from the elements. */
  readonly max?: number | undefined;
}

/**
 * How many elements of x, of floats, lie in each of `bins` equal parts of [min, max]; those outside, and NaN, are
 * not counted. Where min equals max (the default, 0) they are the smallest and the largest element; where those
 * are equal, too, the parts reach from 1 below to 1 above.
 *
 * x of any shape → [bins], of x's dtype
 *
 * @example
 * tensor([0, 1, 1, 4]).histc(2, { min: 0, max: 4 }).toArray(); // [3, 1]
 *
 * @throws RangeError when bins is no whole number from 1, when min > max, or when a limit is not finite.
 */
export function histc(x: Tensor, bins = 100, options: HistcOptions = {}): Tensor {
  let { min: low = 0, max: high = 0 } = options;
  checkTensor('histc', x);
  checkFloating('histc', x);
  checkWhole('histc', 'bins', bins, 1);
  if (low === high && x.numel() > 0) {
    low = Number(amin(x).item());
    high = Number(amax(x).item());
  }
  for (const [name, value] of Object.entries({ min: low, max: high }))
    if (typeof value !== 'number')
      throw new TypeError(`histc: ${name} must be a number, got ${describe(value)}`);
  if (!Number.isFinite(low) || !Number.isFinite(high) || low > high) {
    throw new RangeError(`histc: min and max must be finite and min ≤ max, got ${low} and ${high}`);
  }
  if (low === high) [low, high] = [low - 1, high + 1];
  const counts = allocateTensor('histc', [bins], x.dtype);
  kernels().histogram(x, low, high, counts);
  return counts;
}

export interface BincountOptions {
  /** What each element counts for, 1 unless given: of x's shape. The result is then of their float dtype. */
  readonly weights?: Tensor | undefined;
  /** The least length of the result. */
  readonly minlength?: number | undefined;
}

/**
 * How often each whole number from 0 occurs in x, or the sum of its weights: x [n] of int32 or uint8 →
 * [max(x) + 1], int32, or the weights' float dtype (float64 for other weights).
 *
 * @example
 * tensor([0, 2, 2], { dtype: 'int32' }).bincount().toArray(); // [1, 0, 2]
 *
 * @throws RangeError when an element is negative, naming its position.
 */
export function bincount(x: Tensor, options: BincountOptions = {}): Tensor {
  const { weights, minlength = 0 } = options;
  checkTensor('bincount', x);
  if (x.ndim !== 1)
    throw new ShapeError(`bincount: input must have 1 dimension, got ${formatShape(x.shape)}`);
  if (x.dtype !== 'int32' && x.dtype !== 'uint8')
    throw new TypeError(`bincount: input must be int32 or uint8, got ${x.dtype}`);
  checkWhole('bincount', 'minlength', minlength, 0);
  if (weights !== undefined) {
    checkTensor('bincount', weights, 'weights');
    if (!shapesEqual(weights.shape, x.shape)) {
      throw new ShapeError(
        `bincount: weights must have the input's shape ${formatShape(x.shape)}, got ${formatShape(weights.shape)}`,
      );
    }
  }
  const { memory, offset } = x;
  const step = x.strides[0];
  let largest = -1;
  for (let i = 0; i < x.shape[0]; i++) {
    const value = memory[offset + i * step];
    if (value < 0)
      throw new RangeError(`bincount: elements must not be negative, got ${value} at position ${i}`);
    if (value > largest) largest = value;
  }
  const length = Math.max(largest + 1, minlength);
  const weight = weights && (weights.dtype === 'float32' ? weights : cast(weights, 'float64'));
  const counts = allocateTensor('bincount', [length], weight?.dtype ?? 'int32');
  for (let i = 0; i < x.shape[0]; i++) {
    counts.memory[memory[offset + i * step]] +=
      weight === undefined ? 1 : weight.memory[weight.offset + i * weight.strides[0]];
  }
  return counts;
}
