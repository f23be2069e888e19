import { type DType, dtypeOfArray, dtypes, type TypedArray } from './dtype.ts';
import { OutOfMemoryError } from './errors.ts';
import { Block, blockFor, type Home, slabFor } from './pools.ts';

/** What a storage has in the place of its elements when it has given them back. */
const GONE = new Uint8Array(0);

/**
 * The memory that tensors are views of. Several tensors may share one; a write through any is seen by all.
 *
 * The elements of a small one are a part of a larger array, a slab (pools.ts). `array` and `start` say where, for
 * native code, which walks from there; `memory` is a typed array of just these elements, made when JavaScript asks.
 */
export class Storage {
  readonly dtype: DType;
  /** Elements, not bytes. */
  readonly length: number;
  /** @internal The array that the elements lie in. */
  array: TypedArray;
  /** @internal The place of the first one in it. */
  start: number;
  /**
   * How often the elements were changed in place. A Module that keeps a tensor for its backward compares, so
   * that a gradient is never computed from values that have changed since.
   */
  version = 0;
  /** @internal How many need it beyond the scope that it was made in. */
  keepers = 0;
  #window: TypedArray | null = null;
  #home: Home | null;

  constructor(
    array: TypedArray,
    dtype: DType = dtypeOfArray(array),
    start = 0,
    length = array.length,
    home: Home | null = null,
  ) {
    this.array = array;
    this.dtype = dtype;
    this.start = start;
    this.length = length;
    this.#home = home;
  }

  /** @internal Just the elements. */
  get memory(): TypedArray {
    this.#window ??=
      this.start === 0 && this.length === this.array.length
        ? this.array
        : this.array.subarray(this.start, this.start + this.length);
    return this.#window;
  }

  /** A copy of all elements, in the order in which they lie in memory. */
  toArray(): number[] {
    return Array.from(this.memory);
  }

  /** @internal Whether the elements were given back. */
  get isGone(): boolean {
    return this.array === GONE;
  }

  /** @internal Whether no other storage can have these elements: they never left the library. */
  get isAlone(): boolean {
    return this.#home !== null;
  }

  /**
   * @internal Gives the elements back, for other tensors to be made of. From here on nothing can reach them:
   * every view finds an array without elements. Memory that was handed out, or came from outside, is left to V8.
   */
  giveBack(): void {
    if (this.isGone) return;
    this.#home?.giveBack();
    this.#home = null;
    this.array = GONE;
    this.#window = GONE;
    this.start = 0;
  }

  /**
   * @internal Before the array is handed to users: it becomes one of these elements alone, which is never used
   * again. So whatever happens to it, as being transferred away, happens to no other tensor.
   */
  setApart(): this {
    const home = this.#home;
    if (home === null) return this;
    this.#home = null;
    this.moveTo(home instanceof Block ? this.memory : this.memory.slice());
    return this;
  }

  /** @internal From here on `memory`, which holds the same elements, is what all views look at. */
  moveTo(memory: TypedArray): void {
    this.array = memory;
    this.start = 0;
    this.#window = memory;
  }
}

/** What was allocated since the innermost scope began; null outside of scopes. */
let record: Storage[] | null = null;

/** @internal Has what is allocated from here on written down in `list`; returns the list that had it so far. */
export function recordAllocations(list: Storage[] | null): Storage[] | null {
  const before = record;
  record = list;
  return before;
}

/**
 * Storage for a tensor, which a scope that ends gives back. Without `zeros` it holds whatever its memory held before.
 *
 * @throws OutOfMemoryError naming the operation and the bytes that it asked for.
 */
export function allocateStorage(operation: string, dtype: DType, length: number, zeros: boolean): Storage {
  const { array: TypedArrayOfDType, bytes } = dtypes[dtype];
  const slab = slabFor(operation, dtype, length, length * bytes);
  let storage: Storage;
  if (slab !== null) {
    const { array } = slab;
    const start = slab.take(length);
    if (zeros) array.fill(0, start, start + length);
    storage = new Storage(array, dtype, start, length, slab);
  } else {
    const block = blockFor(operation, length * bytes, zeros);
    storage = new Storage(new TypedArrayOfDType(block.buffer, block.offset, length), dtype, 0, length, block);
  }
  record?.push(storage);
  return storage;
}

/**
 * A fresh array, all zero and never used again: for what is handed to users, or is no tensor at all.
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
