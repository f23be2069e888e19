/** Tensors in memory that all threads see. */

import type { DType } from '../core/dtype.ts';
import { ShapeError, StateError } from '../core/errors.ts';
import { checkShape, formatShape, numelOf, type Shape } from '../core/shape.ts';
import { allocateShared, isSharedMemory, openShared } from '../core/sharedMemory.ts';
import { Tensor } from '../core/tensor.ts';
import { kernels } from '../kernels/active.ts';
import { checkTensor, describe } from './operands.ts';

/**
 * A tensor in shared memory, as it travels: `postMessage(x.handle())` and `workerData` take it, and copy only these
 * few numbers. `fromHandle` makes it a tensor again.
 */
export interface TensorHandle {
  readonly dtype: DType;
  readonly shape: Shape;
  /** In elements, as `stride()`. */
  readonly strides: readonly number[];
  /** In elements, as `storageOffset()`. */
  readonly offset: number;
  readonly buffer: SharedArrayBuffer;
}

/**
 * x in memory that all threads of the process see, as PyTorch's `share_memory_`: a contiguous copy, or x itself where
 * it is shared already. What one thread writes there the others see, without any order: a thread that reads while
 * another writes may find old and new elements side by side.
 */
export function share<D extends DType>(x: Tensor<D>): Tensor<D> {
  checkTensor('share', x);
  if (isSharedMemory(x.base.array)) return x;
  const result = new Tensor<D>(allocateShared('share', x.dtype, numelOf(x.shape)), x.shape);
  kernels().copy(x, result);
  return result;
}

/** Whether x is in memory that all threads see. */
export function isShared(x: Tensor): boolean {
  return isSharedMemory(checkTensor('isShared', x).base.array);
}

/**
 * What to post to another thread, which opens it with `fromHandle`. Views have handles too.
 *
 * @throws StateError unless x is in shared memory
 */
export function handle(x: Tensor): TensorHandle {
  checkTensor('handle', x);
  const { dtype, shape, strides, offset } = x;
  const { array } = x.base;
  if (!isSharedMemory(array)) {
    throw new StateError('handle: only tensors in shared memory have one; take that of x.share()');
  }
  const buffer = array.buffer as unknown as SharedArrayBuffer;
  return { dtype, shape: [...shape], strides: [...strides], offset, buffer };
}

/**
 * The tensor that a handle stands for, on the same memory.
 *
 * Versions are counted in each thread for itself: `backward` does not notice when another thread changes a tensor.
 *
 * @throws TypeError, RangeError or ShapeError for what is no handle, or reaches beyond its memory
 *
 * @example
 * const x = arange(4).share();
 * const there = fromHandle(structuredClone(x.handle()));
 * x.fill_(7);
 * there.toArray(); // [7, 7, 7, 7]
 */
export function fromHandle(given: TensorHandle): Tensor {
  if (typeof given !== 'object' || given === null) {
    throw new TypeError(`fromHandle: expected what handle() gives, got ${describe(given)}`);
  }
  // Each is read once: what is checked is what is used.
  const { dtype, shape: givenShape, strides: givenStrides, offset, buffer } = given;
  const base = openShared('fromHandle', buffer);
  if (dtype !== base.dtype) {
    throw new TypeError(`fromHandle: dtype is ${String(dtype)}, but the memory holds ${base.dtype}`);
  }
  const shape = checkShape('fromHandle', wholeNumbers('shape', givenShape));
  const strides = wholeNumbers('strides', givenStrides);
  if (strides.length !== shape.length) {
    throw new ShapeError(
      `fromHandle: there are ${strides.length} strides for shape ${formatShape(shape)}: ${formatShape(strides)}`,
    );
  }
  const first = wholeNumbers('offset', [offset])[0];
  let [low, high] = [first, first];
  for (const [d, size] of shape.entries()) {
    const reach = (size - 1) * strides[d];
    if (reach < 0) low += reach;
    else high += reach;
  }
  const empty = shape.includes(0);
  if (empty ? first < 0 || first > base.length : low < 0 || high >= base.length) {
    throw new RangeError(
      `fromHandle: shape ${formatShape(shape)} with strides ${formatShape(strides)} from offset ${first} on ` +
        `reaches beyond the memory's ${base.length} elements`,
    );
  }
  return new Tensor(base, shape, strides, first);
}

const MAX_RANK = 64;

/** A copy of a list of whole numbers, each looked at once. */
function wholeNumbers(name: string, given: readonly unknown[]): number[] {
  const length = Array.isArray(given) ? given.length : -1;
  if (length < 0 || length > MAX_RANK) {
    throw new TypeError(`fromHandle: ${name} must be an array of at most ${MAX_RANK} numbers`);
  }
  return Array.from({ length }, (_, i) => {
    const value = given[i];
    if (Number.isSafeInteger(value)) return (value as number) + 0; // turns -0 into 0
    throw new RangeError(`fromHandle: ${name} must be whole numbers, got ${describe(value)}`);
  });
}
