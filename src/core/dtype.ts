/** The element types, what each is stored in, and how two of them combine. */

/** The type of a tensor's elements. */
export type DType = 'float32' | 'float64' | 'int32' | 'uint8' | 'bool';

export type TypedArray = Float32Array | Float64Array | Int32Array | Uint8Array;

export type FloatDType = 'float32' | 'float64';

/** What the compiler knows of each dtype: what an element reads as, and what operations make of it. */
interface DTypeFacts {
  // Promotion turns one float dtype into the other, so that to the compiler they are one: a variable that holds
  // `x.double()` can take `x.double().add(y)`.
  float32: { element: number; array: Float32Array; known: FloatDType; promoted: 'float32' | 'float64' };
  float64: { element: number; array: Float64Array; known: FloatDType; promoted: 'float32' | 'float64' };
  int32: { element: number; array: Int32Array; known: 'int32'; promoted: Exclude<DType, 'bool'> };
  uint8: { element: number; array: Uint8Array; known: 'uint8'; promoted: Exclude<DType, 'bool'> };
  bool: { element: boolean; array: Uint8Array; known: 'bool'; promoted: DType };
}

/** What an element of a tensor reads as: boolean for bool, else number. */
export type ElementOf<D extends DType> = DTypeFacts[D]['element'];

/** The typed array that holds elements of a dtype. */
export type TypedArrayOf<D extends DType> = DTypeFacts[D]['array'];

/**
 * The dtype of a tensor that was asked for in dtype D, as far as the compiler follows it; any for no request. It is
 * not inferred from what the caller expects: `zeros([3])` is no `Tensor<'int32'>`.
 */
export type Known<D extends DType> = NoInfer<DType extends D ? DType : DTypeFacts[D]['known']>;

/** What a dtype may become in arithmetic with anything else: floats stay floats, and numbers numbers. */
export type Promoted<D extends DType> = DTypeFacts[D]['promoted'];

interface DTypeInfo {
  /** Bytes of one element. */
  readonly bytes: number;
  readonly array: {
    new (length: number): TypedArray;
    new (buffer: ArrayBufferLike, byteOffset: number, length: number): TypedArray;
  };
  readonly floating: boolean;
  /** Position in the order of promotion: of two dtypes the higher one wins. */
  readonly rank: number;
}

export const dtypes: Readonly<Record<DType, DTypeInfo>> = {
  bool: { bytes: 1, array: Uint8Array, floating: false, rank: 0 },
  uint8: { bytes: 1, array: Uint8Array, floating: false, rank: 1 },
  int32: { bytes: 4, array: Int32Array, floating: false, rank: 2 },
  float32: { bytes: 4, array: Float32Array, floating: true, rank: 3 },
  float64: { bytes: 8, array: Float64Array, floating: true, rank: 4 },
};

export function isDType(value: unknown): value is DType {
  return typeof value === 'string' && Object.hasOwn(dtypes, value);
}

/** Throws a TypeError that lists the dtypes when `value` is none of them. */
export function checkDType(operation: string, value: unknown): DType {
  if (isDType(value)) return value;
  throw new TypeError(
    `${operation}: dtype must be one of ${Object.keys(dtypes).join(', ')}, got ${String(value)}`,
  );
}

/**
 * The dtype of an operation on two tensors, as PyTorch promotes: the same for equal dtypes, else the one
 * that comes later in bool, uint8, int32, float32, float64 (so int32 with float32 gives float32).
 */
export function promoteTypes(a: DType, b: DType): DType {
  return dtypes[a].rank >= dtypes[b].rank ? a : b;
}

/** Booleans, whole numbers, real numbers. */
function kindOf(dtype: DType): number {
  if (dtypes[dtype].floating) return 2;
  return dtype === 'bool' ? 0 : 1;
}

/**
 * The dtype of an operation whose operands do not weigh the same. As in PyTorch tensors with dimensions
 * outweigh 0-d tensors, and those JavaScript numbers: the lighter operand changes the dtype only where it is
 * of a higher kind (real before whole before boolean). So float32 with a 0-d float64 stays float32, and int32
 * with a fraction becomes float32.
 */
export function promoteWeighted(heavy: DType, light: DType): DType {
  return kindOf(light) > kindOf(heavy) ? light : heavy;
}

/**
 * What a JavaScript number or boolean counts as. JavaScript does not tell 2.0 from 2, so whole numbers count
 * as integers.
 */
export function dtypeOfScalar(value: number | boolean): DType {
  if (typeof value === 'boolean') return 'bool';
  return Number.isInteger(value) ? 'int32' : 'float32';
}

/** The dtype of a typed array's elements. */
export function dtypeOfArray(array: TypedArray): DType {
  if (array instanceof Float32Array) return 'float32';
  if (array instanceof Float64Array) return 'float64';
  if (array instanceof Int32Array) return 'int32';
  return 'uint8';
}
