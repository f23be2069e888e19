import { malformed } from '../core/errors.ts';
import { formatShape } from '../core/shape.ts';

/**
 * The IDX format of MNIST (Y. LeCun, C. Cortes and C. Burges, "The MNIST database of handwritten digits"): two zero
 * bytes, a byte for the type, a byte for the number of dimensions, each size as a big-endian uint32, then the
 * elements in row-major order, big-endian.
 */

/** How each type code is stored: its bytes, and how a `DataView` reads one. */
const elementTypes = {
  8: { dtype: 'uint8', bytes: 1, array: Uint8Array, read: 'getUint8' },
  9: { dtype: 'int8', bytes: 1, array: Int8Array, read: 'getInt8' },
  11: { dtype: 'int16', bytes: 2, array: Int16Array, read: 'getInt16' },
  12: { dtype: 'int32', bytes: 4, array: Int32Array, read: 'getInt32' },
  13: { dtype: 'float32', bytes: 4, array: Float32Array, read: 'getFloat32' },
  14: { dtype: 'float64', bytes: 8, array: Float64Array, read: 'getFloat64' },
} as const;

type TypeCode = keyof typeof elementTypes;
type ElementType = (typeof elementTypes)[TypeCode];

/** An array read from an IDX file: `data` holds the elements of shape `dims` in row-major order. */
export interface IdxArray {
  readonly dims: readonly number[];
  readonly dtype: ElementType['dtype'];
  readonly data: InstanceType<ElementType['array']>;
}

export interface IdxHeader {
  readonly type: ElementType;
  readonly dims: readonly number[];
  /** Where the elements begin. */
  readonly dataOffset: number;
  /** What the whole file must have, uncompressed. */
  readonly totalBytes: number;
}

/** No header is longer: the magic number and 255 sizes. */
export const LONGEST_HEADER = 4 + 255 * 4;

/**
 * Reads an uncompressed IDX file from memory.
 *
 * Elements of one byte are a view of `bytes`, not a copy; wider ones are copied into the machine's byte order.
 *
 * @param name what error messages call these bytes
 * @throws FormatError with name and byte offset, unless magic number, sizes and length are exactly right
 */
export function parseIdx(bytes: Uint8Array, { name = 'IDX bytes' }: { name?: string } = {}): IdxArray {
  const header = parseHeader(bytes, name);
  checkLength(header, bytes.length, name);
  const data = elementsOf(bytes, header);
  return { dims: header.dims, dtype: header.type.dtype, data };
}

/**
 * The header alone, from bytes that hold at least that.
 *
 * @throws FormatError
 */
export function parseHeader(bytes: Uint8Array, name: string): IdxHeader {
  if (bytes.length < 4) throw malformed(name, bytes.length, 'the file ends inside the magic number');
  const [zero, alsoZero, code, rank] = bytes;
  if (zero !== 0 || alsoZero !== 0) {
    throw malformed(name, 0, `not an IDX file: it begins with ${hex(bytes.subarray(0, 4))}, not 00 00`);
  }
  if (!isTypeCode(code)) {
    const known = Object.entries(elementTypes).map(([key, { dtype }]) => `${hex([Number(key)])} ${dtype}`);
    throw malformed(name, 2, `unknown element type ${hex([code])}; there are ${known.join(', ')}`);
  }
  if (rank === 0) throw malformed(name, 3, 'the array has no dimensions');

  const dataOffset = 4 + 4 * rank;
  if (bytes.length < dataOffset) {
    throw malformed(name, bytes.length, `the file ends inside the sizes of ${rank} dimensions`);
  }
  const type = elementTypes[code];
  const view = new DataView(bytes.buffer, bytes.byteOffset, dataOffset);
  const dims: number[] = [];
  let product: number = type.bytes;
  for (let d = 0; d < rank; d++) {
    const size = view.getUint32(4 + 4 * d);
    if (size >= 2 ** 31) throw malformed(name, 4 + 4 * d, `size ${size} of dimension ${d} is not below 2^31`);
    dims.push(size);
    // zeros left aside, so that none of them hides sizes that no machine could address
    product *= Math.max(size, 1);
    if (product > Number.MAX_SAFE_INTEGER) {
      throw malformed(name, 4 + 4 * d, `the sizes ${formatShape(dims)} multiply to more than 2^53 bytes`);
    }
  }
  const totalBytes = dataOffset + (dims.includes(0) ? 0 : product);
  return { type, dims, dataOffset, totalBytes };
}

/** Throws a FormatError unless the content is exactly as long as its header says. */
export function checkLength({ type, dims, totalBytes }: IdxHeader, length: number, name: string): void {
  if (length === totalBytes) return;
  const needed = `${formatShape(dims)} of ${type.dtype} needs ${totalBytes} bytes`;
  if (length < totalBytes) throw malformed(name, length, `the file ends early: ${needed}`);
  throw malformed(name, totalBytes, `the file goes on after its end: ${needed}`);
}

function elementsOf(bytes: Uint8Array, { type, dataOffset, totalBytes }: IdxHeader): IdxArray['data'] {
  const length = (totalBytes - dataOffset) / type.bytes;
  if (type.bytes === 1)
    return new type.array(bytes.buffer as ArrayBuffer, bytes.byteOffset + dataOffset, length);
  const view = new DataView(bytes.buffer, bytes.byteOffset + dataOffset);
  const data = new type.array(length);
  for (let i = 0; i < length; i++) data[i] = view[type.read](i * type.bytes);
  return data;
}

function isTypeCode(code: number): code is TypeCode {
  return code in elementTypes;
}

function hex(bytes: Iterable<number>): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}
