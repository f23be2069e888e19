/** NumPy's .npy files: one array each. */

import { checkDType, type DType, dtypes, type TypedArray } from '../core/dtype.ts';
import { malformed } from '../core/errors.ts';
import { contiguousStrides, formatShape, numelOf } from '../core/shape.ts';
import { allocate, Storage } from '../core/storage.ts';
import { Tensor } from '../core/tensor.ts';
import { contiguous, to } from '../ops/conversion.ts';
import { checkTensor } from '../ops/operands.ts';
import { bytesFor, withFile } from './byteSource.ts';
import { formatNpyHeader, LONGEST_HEADER, type NpyHeader, parseNpyHeader } from './npyHeader.ts';
import { writeAtomically } from './writeAtomically.ts';

export interface NpyOptions {
  /** What the elements become; without it the dtype nearest to the file's. */
  readonly dtype?: DType | undefined;
}

/**
 * Reads a .npy file (`numpy.save`).
 *
 * float32, float64, int32, uint8 and bool keep their dtype. float16 becomes float32, and the other integers int32,
 * where all of them fit; else `{ dtype: 'float64' }` takes them, up to ±2^53. Both byte orders are read. An array in
 * Fortran order gives a tensor whose strides say so.
 *
 * @throws FormatError with file and byte offset where the file is not exactly as the format demands, and for
 *   elements of other types; objects are pickles, which are never evaluated. RangeError for integers that do not fit.
 */
export async function loadNpy(path: string, options: NpyOptions = {}): Promise<Tensor> {
  return withFile(path, async (source) => {
    const head = await source.read(0, Math.min(source.size, LONGEST_HEADER));
    const header = parseNpyHeader(head, path);
    const element = checkHeader(header, source.size, path);
    const data = await source.read(header.dataOffset, numelOf(header.shape) * element.bytes);
    return decode(header, element, data as Uint8Array<ArrayBuffer>, path, options);
  });
}

/** Reads the bytes of a .npy file, as `loadNpy`; `name` is what errors call them. The tensor is a copy. */
export function parseNpy(
  bytes: Uint8Array,
  { name = 'npy bytes', ...options }: NpyOptions & { readonly name?: string } = {},
): Tensor {
  const header = parseNpyHeader(bytes, name);
  const element = checkHeader(header, bytes.length, name);
  const data = bytesFor(name, numelOf(header.shape) * element.bytes);
  data.set(bytes.subarray(header.dataOffset));
  return decode(header, element, data, name, options);
}

/**
 * Writes x as a .npy file, which `numpy.load` reads, in row-major order. An old file stays until the new one is
 * whole; x may change while the promise is pending.
 */
export async function saveNpy(path: string, x: Tensor): Promise<void> {
  checkTensor('saveNpy', x);
  await writeAtomically(path, serializeNpy(x));
}

/** The bytes of x as a .npy file. */
export function serializeNpy(x: Tensor): Uint8Array {
  const { memory, offset, dtype, shape } = contiguous(checkTensor('serializeNpy', x));
  const letter = { float32: 'f', float64: 'f', int32: 'i', uint8: 'u', bool: 'b' }[dtype];
  const { bytes } = dtypes[dtype];
  const order = bytes === 1 ? '|' : isLittleEndian ? '<' : '>';
  const header = formatNpyHeader(`${order}${letter}${bytes}`, shape);
  const size = numelOf(shape) * bytes;
  const result = allocate('serializeNpy', 'uint8', header.length + size).memory as Uint8Array;
  result.set(header);
  result.set(new Uint8Array(memory.buffer, memory.byteOffset + offset * bytes, size), header.length);
  return result;
}

const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** How NumPy's element types are stored, and what they become. */
interface ElementType {
  readonly bytes: number;
  readonly dtype: DType;
  /** The elements as numbers of `dtype`, from bytes in the machine's order; for a wide dtype that is asked for. */
  readonly read: (buffer: ArrayBuffer, wide: boolean, name: string) => TypedArray;
}

type IntegerArray = Int8Array | Int16Array | Uint16Array | Uint32Array | BigInt64Array | BigUint64Array;

function integers(array: new (buffer: ArrayBuffer) => IntegerArray, bytes: number): ElementType {
  return {
    bytes,
    dtype: 'int32',
    read(buffer, wide, name) {
      const values = new array(buffer);
      const result = allocate(`reading ${name}`, wide ? 'float64' : 'int32', values.length).memory;
      for (let i = 0; i < values.length; i++) {
        const value = Number(values[i]);
        result[i] = value;
        // Beyond 2^53 a bigint and its number may differ.
        if (result[i] === value && Math.abs(value) <= Number.MAX_SAFE_INTEGER) continue;
        const remedy = wide ? '' : "; dtype: 'float64' holds whole numbers up to 2^53";
        throw new RangeError(
          `${name}: element ${i} is ${values[i]}, which ${wide ? 'float64' : 'int32'} does not hold${remedy}`,
        );
      }
      return result;
    },
  };
}

const elementTypes: Readonly<Record<string, ElementType>> = {
  b1: { bytes: 1, dtype: 'bool', read: (buffer) => new Uint8Array(buffer).map((byte) => Number(byte !== 0)) },
  u1: { bytes: 1, dtype: 'uint8', read: (buffer) => new Uint8Array(buffer) },
  i4: { bytes: 4, dtype: 'int32', read: (buffer) => new Int32Array(buffer) },
  f4: { bytes: 4, dtype: 'float32', read: (buffer) => new Float32Array(buffer) },
  f8: { bytes: 8, dtype: 'float64', read: (buffer) => new Float64Array(buffer) },
  f2: { bytes: 2, dtype: 'float32', read: (buffer) => Float32Array.from(new Uint16Array(buffer), fromHalf) },
  i1: integers(Int8Array, 1),
  i2: integers(Int16Array, 2),
  i8: integers(BigInt64Array, 8),
  u2: integers(Uint16Array, 2),
  u4: integers(Uint32Array, 4),
  u8: integers(BigUint64Array, 8),
};

/** The number that 16 bits of IEEE 754 half precision stand for: exact in float32. */
function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The type of the elements, once it is known and the file of `size` bytes holds just as many as it must. */
function checkHeader(
  { descr, descrOffset, shape, dataOffset }: NpyHeader,
  size: number,
  name: string,
): ElementType {
  const [, order, type] = /^([<>=|])([a-z]\d+)$/.exec(descr) ?? [];
  const element = type !== undefined && Object.hasOwn(elementTypes, type) ? elementTypes[type] : undefined;
  if (element === undefined || (order === '|' && element.bytes > 1)) {
    const reason = /^\|?O/.test(descr)
      ? 'its elements are Python objects (pickles), which are never loaded'
      : `elements of type '${descr}' are not supported; there are ${Object.keys(elementTypes).join(', ')}`;
    throw malformed(name, descrOffset, reason);
  }
  const end = dataOffset + numelOf(shape) * element.bytes;
  if (size === end) return element;
  const needed = `${formatShape(shape)} of ${descr} needs ${end} bytes`;
  if (size < end) throw malformed(name, size, `the file ends early: ${needed}`);
  throw malformed(name, end, `the file goes on after its end: ${needed}`);
}

/** The tensor on `data`, which is taken over: in place where the types allow. */
function decode(
  { descr, shape, fortranOrder }: NpyHeader,
  element: ElementType,
  data: Uint8Array<ArrayBuffer>,
  name: string,
  options: NpyOptions,
): Tensor {
  const dtype = options.dtype === undefined ? element.dtype : checkDType('loadNpy', options.dtype);
  const foreign = descr.startsWith(isLittleEndian ? '>' : '<');
  if (foreign) swapBytes(Buffer.from(data.buffer), element.bytes);
  const memory = element.read(data.buffer, dtype === 'float64', name);
  const strides = fortranOrder ? contiguousStrides(shape.toReversed()).reverse() : contiguousStrides(shape);
  const stored = memory instanceof Uint8Array ? element.dtype : undefined;
  return to(new Tensor(new Storage(memory, stored), shape, strides), dtype);
}

function swapBytes(bytes: Buffer, width: number): void {
  if (width === 2) bytes.swap16();
  else if (width === 4) bytes.swap32();
  else if (width === 8) bytes.swap64();
}
