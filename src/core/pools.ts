/**
 * Where the memory of tensors comes from, and where it goes when it is given back.
 *
 * All of it is ordinary ArrayBuffers, which V8 collects when nothing refers to them any more. Small tensors share
 * one, a slab: making a buffer costs more than the arithmetic of a small operation. Memory that a scope or a
 * `dispose` gives back waits here for the next tensor; nothing else is ever used twice.
 */

import { totalmem } from 'node:os';
import { markAsUntransferable } from 'node:worker_threads';
import { type DType, dtypes, type TypedArray } from './dtype.ts';
import { OutOfMemoryError } from './errors.ts';

/** What tensors live in: a slab, or a block of one tensor's own. */
export interface Home {
  /** A tensor is gone, and nothing can reach its memory. */
  giveBack(): void;
}

/**
 * Tensors of up to TINY elements lie in slabs of TINY_SLAB, those of up to SMALL in slabs of SMALL_SLAB; sizes in
 * bytes. Apart, because one tensor that is kept keeps its whole slab: what is kept is mostly of one size, and what
 * comes and goes of another.
 */
const TINY = 512;
const TINY_SLAB = 16 * 1024;
const SMALL = 8 * 1024;
const SMALL_SLAB = 128 * 1024;

/**
 * Tensors begin with a cache line, in bytes: a vector of 64 bytes that lies across two lines is read twice. V8 has
 * typed arrays begin 16 bytes into one, where 64×512 @ 512×512 took 202 µs, and 171 on a line.
 */
const LINE = 64;

/** Empty slabs of a kind that wait to be used again. */
const WAITING_SLABS = 64;

/** Blocks beyond so many bytes are left to V8. */
const CACHE_LIMIT = Math.min(2 ** 30, totalmem() / 4);

/**
 * Blocks of so many bytes are worth telling the system about: the first touch of each page of 4 KB costs more than the
 * arithmetic on it. `a - row` of 157 MB took 95 ms in pages of 4 KB, of which 19 were arithmetic.
 */
const LARGE = 4 * 2 ** 20;

/** What native code knows of memory, and JavaScript cannot. */
export interface NativeMemory {
  /** Tells the system that memory will be used as a whole. */
  adviseHugePages(memory: Uint8Array): void;
  /** Bytes from the beginning of `memory` to that of a cache line: 0 to 63. */
  bytesToCacheLine(memory: Uint8Array): number;
}

let native: NativeMemory = { adviseHugePages: () => {}, bytesToCacheLine: () => 0 };

/** @internal Has fresh memory placed and prepared with that knowledge. */
export function useNativeMemory(knowledge: NativeMemory): void {
  native = knowledge;
}

/** Tells the system of a fresh buffer, where that is worth it. */
export function adviseIfLarge(buffer: ArrayBuffer | SharedArrayBuffer): void {
  const bytes = new Uint8Array(buffer);
  if (bytes.length >= LARGE) native.adviseHugePages(bytes);
}

/** Bytes from the beginning of `memory` to that of a cache line; 0 where nobody knows. */
export function bytesToCacheLine(memory: Uint8Array): number {
  return native.bytesToCacheLine(memory);
}

/** Bytes that V8 was asked for so far. */
let allocated = 0;

/**
 * An array from which one tensor after the other is cut.
 *
 * No finalizer is on it, nor on a block: V8's quick collections of young objects pass by what has one, so that slabs
 * would live until the next full collection, and their memory be long out of the caches when it is used again.
 */
export class Slab implements Home {
  /** Begins with a cache line. */
  readonly array: TypedArray;
  /** The first element that is free. */
  next = 0;
  readonly #owner: Slabs;
  /** Elements in a cache line. */
  readonly #line: number;
  /** Tensors in it that were not given back. */
  #tensors = 0;

  constructor(owner: Slabs, array: TypedArray) {
    this.#owner = owner;
    this.#line = LINE / array.BYTES_PER_ELEMENT;
    this.array = array;
  }

  /** Room for `length` elements, which there must be; returns where it begins. */
  take(length: number): number {
    const start = this.next;
    this.next = Math.ceil((start + length) / this.#line) * this.#line;
    this.#tensors++;
    return start;
  }

  giveBack(): void {
    if (--this.#tensors === 0) this.#owner.emptied(this);
  }
}

/** The slabs of one dtype and size. */
class Slabs {
  #current: Slab | null = null;
  readonly #waiting: Slab[] = [];
  readonly #dtype: DType;
  readonly #length: number;
  readonly #bytes: number;

  constructor(dtype: DType, bytes: number) {
    this.#dtype = dtype;
    this.#length = bytes / dtypes[dtype].bytes;
    this.#bytes = bytes;
  }

  withRoom(operation: string, length: number): Slab {
    const slab = this.#current;
    if (slab !== null && slab.next + length <= this.#length) return slab;
    this.#current = this.#waiting.pop() ?? this.#fresh(operation);
    return this.#current;
  }

  #fresh(operation: string): Slab {
    const { buffer, offset } = newMemory(operation, this.#bytes, unfilledBuffer);
    // Whoever gets at it all the same cannot take it away from all the tensors in it.
    markAsUntransferable(buffer);
    return new Slab(this, new dtypes[this.#dtype].array(buffer, offset, this.#length));
  }

  emptied(slab: Slab): void {
    slab.next = 0;
    if (slab !== this.#current && this.#waiting.length < WAITING_SLABS) this.#waiting.push(slab);
  }

  get cachedBytes(): number {
    return this.#waiting.length * this.#bytes;
  }

  drop(): void {
    this.#waiting.length = 0;
  }
}

interface SlabsOfDType {
  readonly tiny: Slabs;
  readonly small: Slabs;
}

function slabsOf(dtype: DType): SlabsOfDType {
  return { tiny: new Slabs(dtype, TINY_SLAB), small: new Slabs(dtype, SMALL_SLAB) };
}

const slabs: Readonly<Record<DType, SlabsOfDType>> = {
  bool: slabsOf('bool'),
  uint8: slabsOf('uint8'),
  int32: slabsOf('int32'),
  float32: slabsOf('float32'),
  float64: slabsOf('float64'),
};

/** A slab with room for a tensor of so many elements and bytes; null where that is too large for one. */
export function slabFor(operation: string, dtype: DType, length: number, bytes: number): Slab | null {
  if (bytes > SMALL) return null;
  const { tiny, small } = slabs[dtype];
  return (bytes <= TINY ? tiny : small).withRoom(operation, length);
}

/** A buffer of one tensor's own. */
export class Block implements Home {
  readonly buffer: ArrayBuffer;
  /** Where the tensor begins in it, in bytes. */
  readonly offset: number;
  /** Room for the tensor, in bytes. */
  readonly #bytes: number;

  constructor({ buffer, offset }: Memory, bytes: number) {
    this.buffer = buffer;
    this.offset = offset;
    this.#bytes = bytes;
  }

  giveBack(): void {
    const bytes = this.#bytes;
    if (waitingBytes + bytes > CACHE_LIMIT) return;
    waitingBytes += bytes;
    const alike = waitingBlocks.get(bytes);
    if (alike === undefined) waitingBlocks.set(bytes, [this]);
    else alike.push(this);
  }
}

/** By their bytes. */
const waitingBlocks = new Map<number, Block[]>();
let waitingBytes = 0;

/** A block for a tensor of so many bytes: one that was given back, else a new one. */
export function blockFor(operation: string, bytes: number, zeros: boolean): Block {
  const whole = blockBytes(bytes);
  const block = waitingBytes > 0 ? waitingBlocks.get(whole)?.pop() : undefined;
  if (block === undefined) {
    // The system gives out zeros, page by page when they are first touched.
    const memory = newMemory(operation, whole, zeros ? filledBuffer : unfilledBuffer);
    adviseIfLarge(memory.buffer);
    return new Block(memory, whole);
  }
  if (zeros) new Uint8Array(block.buffer, block.offset, bytes).fill(0);
  waitingBytes -= whole;
  return block;
}

/** The bytes of a block for a tensor of `bytes`: at most an eighth more, so that blocks fit more than one size. */
function blockBytes(bytes: number): number {
  const step = Math.max(LINE, 2 ** (Math.floor(Math.log2(bytes)) - 3));
  return Math.ceil(bytes / step) * step;
}

function filledBuffer(bytes: number): ArrayBuffer {
  return new ArrayBuffer(bytes);
}

/** A buffer with whatever its memory held before: filling it with zeros costs more than many an operation. */
function unfilledBuffer(bytes: number): ArrayBuffer {
  return Buffer.allocUnsafeSlow(bytes).buffer as ArrayBuffer;
}

interface Memory {
  readonly buffer: ArrayBuffer;
  /** Where a cache line begins in it, in bytes. */
  readonly offset: number;
}

/** A buffer with so many bytes from a cache line on. */
function newMemory(operation: string, bytes: number, make: (bytes: number) => ArrayBuffer): Memory {
  const buffer = newBuffer(operation, bytes, () => make(bytes + LINE));
  return { buffer, offset: bytesToCacheLine(new Uint8Array(buffer)) };
}

function newBuffer(operation: string, bytes: number, make: () => ArrayBuffer): ArrayBuffer {
  allocated += bytes;
  try {
    return make();
  } catch {
    emptyCache(); // which leaves V8 more to collect before it gives up again
  }
  try {
    return make();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new OutOfMemoryError(`${operation}: could not allocate ${bytes} bytes`);
  }
}

/** Bytes that were given back and wait for the next tensor. */
export function cachedBytes(): number {
  let bytes = waitingBytes;
  for (const { tiny, small } of Object.values(slabs)) bytes += tiny.cachedBytes + small.cachedBytes;
  return bytes;
}

/** Bytes that V8 was asked for so far. */
export function allocatedBytes(): number {
  return allocated;
}

/** Leaves the memory that waits for the next tensor to V8, which returns it to the system when it collects. */
export function emptyCache(): void {
  waitingBlocks.clear();
  waitingBytes = 0;
  for (const { tiny, small } of Object.values(slabs)) {
    tiny.drop();
    small.drop();
  }
}
