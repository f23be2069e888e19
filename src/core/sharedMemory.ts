/** Memory that all threads of a process see: Node's workers share it by message, without a copy. */

import { randomBytes } from 'node:crypto';
import { types } from 'node:util';
import { type DType, dtypes, type TypedArray } from './dtype.ts';
import { OutOfMemoryError } from './errors.ts';
import { adviseIfLarge, bytesToCacheLine } from './pools.ts';
import { Storage } from './storage.ts';

// Each buffer begins with a header, by which the library knows its own, and one buffer from another: a buffer that
// arrives twice in a thread is two objects there, over the same bytes.
const HEADER_BYTES = 64;
/** What is left free, so that the elements can begin with a cache line: the header says where they do. */
const SLACK_BYTES = 64;
const MAGIC = 0x64726768; // 'hgrd'
const [AT_MAGIC, AT_DTYPE, AT_ID, AT_START] = [0, 1, 2, 4];
const HEADER_WORDS = 5;

const dtypeNames = Object.keys(dtypes) as DType[];

function headerOf(buffer: SharedArrayBuffer): Uint32Array {
  return new Uint32Array(buffer, 0, HEADER_WORDS);
}

/**
 * V8 fills a buffer with zeros at once, which takes 7 ms for 16 MB, but one that may grow is handed out by the system,
 * page by page when they are first touched. It cannot grow in fact: it has its full size from the start.
 */
const Growable = SharedArrayBuffer as new (
  size: number,
  options: { maxByteLength: number },
) => SharedArrayBuffer;
const LAZY_FROM = 2 ** 18; // bytes; below that, filling is cheaper than pages of its own

function newBuffer(size: number): SharedArrayBuffer {
  const buffer = size < LAZY_FROM ? new SharedArrayBuffer(size) : new Growable(size, { maxByteLength: size });
  adviseIfLarge(buffer);
  return buffer;
}

/** Whether the elements lie in shared memory. */
export function isSharedMemory(memory: TypedArray): boolean {
  return types.isSharedArrayBuffer(memory.buffer);
}

/**
 * Fresh storage that all threads can see, all zero.
 *
 * @throws OutOfMemoryError naming the operation and the bytes that it asked for.
 */
export function allocateShared(operation: string, dtype: DType, length: number): Storage {
  const { array: TypedArrayOfDType, bytes } = dtypes[dtype];
  const size = HEADER_BYTES + SLACK_BYTES + length * bytes;
  let buffer: SharedArrayBuffer;
  try {
    buffer = newBuffer(size);
    // V8 does not count shared memory when it decides whether to collect garbage, so a loop could fill the machine
    // with it. As many bytes of ordinary memory, which are garbage at once and which nobody touches, make it count.
    Buffer.allocUnsafeSlow(size);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new OutOfMemoryError(
      `${operation}: could not allocate ${length * bytes} bytes of shared memory (${length} × ${dtype})`,
    );
  }
  const header = headerOf(buffer);
  header[AT_MAGIC] = MAGIC;
  header[AT_DTYPE] = dtypeNames.indexOf(dtype);
  const id = randomBytes(8);
  header.set([id.readUInt32LE(0), id.readUInt32LE(4)], AT_ID);
  header[AT_START] = HEADER_BYTES + bytesToCacheLine(new Uint8Array(buffer, HEADER_BYTES));
  return new Storage(new TypedArrayOfDType(buffer, header[AT_START], length), dtype);
}

/**
 * The storage in a buffer that `allocateShared` made, here or in another thread.
 *
 * @throws TypeError for anything else
 */
export function openShared(operation: string, buffer: unknown): Storage {
  if (!types.isSharedArrayBuffer(buffer)) {
    throw new TypeError(`${operation}: buffer must be the SharedArrayBuffer of a tensor that share() made`);
  }
  // The class's own getter: an object can have a property of that name.
  const bytes = byteLengthOf(buffer);
  const header = bytes < HEADER_BYTES + SLACK_BYTES ? undefined : headerOf(buffer);
  const dtype = dtypeNames[header?.[AT_DTYPE] ?? -1];
  const start = header?.[AT_START] ?? -1;
  const fits = start >= HEADER_BYTES && start < HEADER_BYTES + SLACK_BYTES && start % 8 === 0;
  if (header?.[AT_MAGIC] !== MAGIC || dtype === undefined || !fits) {
    throw new TypeError(`${operation}: the buffer was not made by share(); copy its elements with tensor()`);
  }
  const { array: TypedArrayOfDType, bytes: each } = dtypes[dtype];
  const length = Math.floor((bytes - HEADER_BYTES - SLACK_BYTES) / each);
  return new Storage(new TypedArrayOfDType(buffer, start, length), dtype);
}

const byteLengthOf = (buffer: SharedArrayBuffer): number =>
  Reflect.get(SharedArrayBuffer.prototype, 'byteLength', buffer) as number;

/** Whether both lie in the same buffer, whichever way it came here. */
export function inOneBuffer(a: TypedArray, b: TypedArray): boolean {
  if (a.buffer === b.buffer) return true;
  if (!isSharedMemory(a) || !isSharedMemory(b)) return false;
  const [one, other] = [a, b].map(({ buffer }) => headerOf(buffer as unknown as SharedArrayBuffer));
  return one.every((word, i) => word === other[i]);
}
