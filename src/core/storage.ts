import { type DType, dtypeOfArray, dtypes, type TypedArray } from './dtype.ts';
import { OutOfMemoryError } from './errors.ts';

/**
 * The memory that tensors are views of. Several tensors may share one; a write through any is seen by all.
 */
export class Storage {
  readonly dtype: DType;
  /** @internal The elements, as kernels take them. */
  readonly memory: TypedArray;
  /**
   * How often the elements were changed in place. A Module that keeps a tensor for its backward compares, so
   * that a gradient is never computed from values that have changed since.
   */
  version = 0;

  constructor(memory: TypedArray, dtype: DType = dtypeOfArray(memory)) {
    this.memory = memory;
    this.dtype = dtype;
  }

  /** Elements, not bytes. */
  get length(): number {
    return this.memory.length;
  }

  /** A copy of all elements, in the order in which they lie in memory. */
  toArray(): number[] {
    return Array.from(this.memory);
  }
}

/**
 * Fresh storage, all zero.
 *
 * @throws OutOfMemoryError naming the operation and the bytes that it asked for.
 */
export function allocate(operation: string, dtype: DType, length: number): Storage {
  const { array: TypedArrayOfDType, bytes } = dtypes[dtype];
  try {
    return new Storage(new TypedArrayOfDType(length), dtype);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new OutOfMemoryError(
      `${operation}: could not allocate ${length * bytes} bytes (${length} × ${dtype})`,
    );
  }
}
