/** The element types, what each is stored in, and how two of them combine. */

export type DType = 'float32' | 'float64' | 'int32' | 'uint8' | 'bool';

export type TypedArray = Float32Array | Float64Array | Int32Array | Uint8Array;

interface DTypeInfo {
  /** Bytes of one element. */
  readonly bytes: number;
  readonly array: new (length: number) => TypedArray;
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
 * The dtype of an operation on two tensors that both have dimensions (or both none), as PyTorch promotes: the same for equal dtypes, else the one
 * that comes later in bool, uint8, int32, float32, float64 (so int32 with float32 gives float32).
 */
export function promoteTypes(a: DType, b: DType): DType {
  return dtypes[a].rank >= dtypes[b].rank ? a : b;
}

/**
 * The dtype of an operation on a tensor that has dimensions and one that has none. As in PyTorch the second
 * changes the dtype only where its kind (boolean, integer, float) is higher, so that float32 divided by the
 * float64 sum of something stays float32.
 */
export function promoteZeroDim(dtype: DType, zeroDim: DType): DType {
  return kindOf(zeroDim) > kindOf(dtype) ? zeroDim : dtype;
}

function kindOf(dtype: DType): number {
  return dtype === 'bool' ? 0 : dtypes[dtype].floating ? 2 : 1;
}

/**
 * The dtype of an operation on a tensor and a JavaScript number or boolean. As in PyTorch a scalar changes
 * the dtype only where its kind is higher: a fraction turns integers into float32, a whole number turns
 * bool into int32. JavaScript does not tell 2.0 from 2, so whole numbers count as integers.
 */
export function promoteScalar(dtype: DType, scalar: number | boolean): DType {
  if (dtypes[dtype].floating || typeof scalar === 'boolean') return dtype;
  if (!Number.isInteger(scalar)) return 'float32';
  return dtype === 'bool' ? 'int32' : dtype;
}

/** The dtype of a typed array's elements. */
export function dtypeOfArray(array: TypedArray): DType {
  if (array instanceof Float32Array) return 'float32';
  if (array instanceof Float64Array) return 'float64';
  if (array instanceof Int32Array) return 'int32';
  return 'uint8';
}
