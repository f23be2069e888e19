/** Tensors from numbers: filled, counted, or taken from JavaScript arrays. */

import { type DType, dtypeOfArray, type Known, type TypedArray } from '../core/dtype.ts';
import { ShapeError } from '../core/errors.ts';
import { checkShape, contiguousStrides, formatShape, numelOf } from '../core/shape.ts';
import { Storage } from '../core/storage.ts';
import { type NestedArray, Tensor } from '../core/tensor.ts';
import { kernels } from '../kernels/active.ts';
import { fillFromNested, measureNested } from './nested.ts';
import {
  type CreationOptions,
  checkTensor,
  describe,
  emptyFor,
  optionsLike,
  type Sizes,
} from './operands.ts';

/**
 * Zeros of the given shape.
 *
 * @example
 * zeros([2, 3]).shape; // [2, 3]
 * zeros(4, { dtype: 'int32' }).toArray(); // [0, 0, 0, 0]
 */
export function zeros<D extends DType = DType>(shape: Sizes, options?: CreationOptions<D>): Tensor<Known<D>> {
  return emptyFor('zeros', shape, options);
}

/** Ones of the given shape. */
export function ones<D extends DType = DType>(shape: Sizes, options?: CreationOptions<D>): Tensor<Known<D>> {
  return filled(emptyFor('ones', shape, options), 1);
}

/**
 * `value` everywhere; without a dtype booleans give bool, numbers float32.
 *
 * @example
 * full([2, 2], 7).toArray(); // [[7, 7], [7, 7]]
 */
export function full<D extends DType = DType>(
  shape: Sizes,
  value: number | boolean,
  options?: CreationOptions<D>,
): Tensor<Known<D>> {
  const dtype = options?.dtype ?? (typeof value === 'boolean' ? 'bool' : 'float32');
  return filled(emptyFor('full', shape, { dtype: dtype as D }), checkScalar('full', value));
}

/** A tensor of the given shape whose elements the caller will set; they are 0 until then. */
export function empty<D extends DType = DType>(shape: Sizes, options?: CreationOptions<D>): Tensor<Known<D>> {
  return emptyFor('empty', shape, options);
}

/**
 * Zeros of x's shape, and of its dtype unless said otherwise.
 *
 * @example
 * zerosLike(tensor([[1, 2]])).toArray(); // [[0, 0]]
 */
export function zerosLike<D extends DType, R extends DType = D>(
  x: Tensor<D>,
  options?: CreationOptions<R>,
): Tensor<Known<R>> {
  checkTensor('zerosLike', x);
  return emptyFor('zerosLike', x.shape, optionsLike(x, options));
}

/** Ones of x's shape, and of its dtype unless said otherwise. */
export function onesLike<D extends DType, R extends DType = D>(
  x: Tensor<D>,
  options?: CreationOptions<R>,
): Tensor<Known<R>> {
  checkTensor('onesLike', x);
  return filled(emptyFor('onesLike', x.shape, optionsLike(x, options)), 1);
}

/** `value` everywhere in x's shape, and of its dtype unless said otherwise. */
export function fullLike<D extends DType, R extends DType = D>(
  x: Tensor<D>,
  value: number | boolean,
  options?: CreationOptions<R>,
): Tensor<Known<R>> {
  checkTensor('fullLike', x);
  const result = emptyFor('fullLike', x.shape, optionsLike(x, options));
  return filled(result, checkScalar('fullLike', value));
}

/**
 * start, start + step, ... below end (above, for a negative step): `arange(end)`, `arange(start, end)`,
 * `arange(start, end, step)`. Whole numbers give int32 where they fit, others float32.
 *
 * @example
 * arange(3).toArray(); // [0, 1, 2]
 * arange(1, 10, 3).toArray(); // [1, 4, 7]
 * arange(3, 0, -1).dtype; // 'int32'
 */
export function arange<D extends DType = DType>(
  start: number,
  end?: number,
  step = 1,
  options?: CreationOptions<D>,
): Tensor<Known<D>> {
  const from = end === undefined ? 0 : checkFinite('arange', 'start', start);
  const to = checkFinite('arange', 'end', end ?? start);
  checkFinite('arange', 'step', step);
  if (step === 0) throw new RangeError('arange: step must not be 0');
  if ((to - from) * step < 0)
    throw new RangeError(`arange: step ${step} does not lead from ${from} to ${to}`);
  const fitsInt32 = [from, to, step].every((value) => Number.isInteger(value) && Math.abs(value) < 2 ** 31);
  const count = Math.ceil((to - from) / step);
  const dtype = options?.dtype ?? (fitsInt32 ? 'int32' : 'float32');
  const result = emptyFor('arange', [count], { dtype: checkNotBool('arange', dtype) as D });
  const { memory } = result;
  for (let i = 0; i < count; i++) memory[i] = from + i * step;
  return result;
}

/**
 * `count` numbers from start to end, both included, evenly spaced.
 *
 * @example
 * linspace(0, 1, 5).toArray(); // [0, 0.25, 0.5, 0.75, 1]
 */
export function linspace<D extends DType = DType>(
  start: number,
  end: number,
  count: number,
  options?: CreationOptions<D>,
): Tensor<Known<D>> {
  checkFinite('linspace', 'start', start);
  checkFinite('linspace', 'end', end);
  const result = emptyFor('linspace', [count], {
    dtype: checkNotBool('linspace', options?.dtype ?? 'float32') as D,
  });
  const { memory } = result;
  const step = count > 1 ? (end - start) / (count - 1) : 0;
  // From the nearer end, so that both ends are exact.
  for (let i = 0; i < count; i++) memory[i] = i < count / 2 ? start + i * step : end - (count - 1 - i) * step;
  return result;
}

/**
 * The n×n identity, or an n×m matrix with ones on its diagonal.
 *
 * @example
 * eye(2).toArray(); // [[1, 0], [0, 1]]
 */
export function eye<D extends DType = DType>(
  n: number,
  m = n,
  options?: CreationOptions<D>,
): Tensor<Known<D>> {
  const result = emptyFor('eye', [n, m], options);
  for (let i = 0; i < Math.min(n, m); i++) result.memory[i * (m + 1)] = 1;
  return result;
}

/**
 * A tensor from a number, nested arrays, or a typed array, always a copy. Without a dtype numbers give
 * float32 and booleans bool; a typed array keeps its own (Float32Array, Float64Array, Int32Array, Uint8Array).
 *
 * @example
 * tensor([[1, 2], [3, 4]]).shape; // [2, 2]
 * tensor([true, false]).dtype; // 'bool'
 * tensor(new Float64Array([1, 2])).dtype; // 'float64'
 * tensor([[1, 2], [3]]); // throws ShapeError
 *
 * @throws ShapeError when nested arrays are ragged, naming the place.
 */
export function tensor<D extends DType = DType>(
  data: NestedArray | readonly NestedArray[] | TypedArray,
  options?: CreationOptions<D>,
): Tensor<Known<D>> {
  if (ArrayBuffer.isView(data)) {
    const source = fromTypedArray(data as TypedArray);
    const result = emptyFor('tensor', source.shape, optionsLike(source, options));
    kernels().copy(source, result);
    return result;
  }
  const { shape, dtype } = measureNested(data as NestedArray);
  const result = emptyFor('tensor', shape, { dtype: options?.dtype ?? (dtype as D) });
  fillFromNested(data as NestedArray, result);
  return result;
}

/**
 * A tensor on the memory of a typed array, without a copy: a write to either is seen by the other.
 *
 * @example
 * const array = new Float32Array([1, 2, 3, 4]);
 * const x = fromTypedArray(array, [2, 2]);
 * array[3] = 40;
 * x.toArray(); // [[1, 2], [3, 40]]
 *
 * @param shape its product must be the array's length; `[length]` without it.
 * @throws TypeError for arrays of other types, and for buffers that are shared, resizable or detached.
 */
export function fromTypedArray(array: TypedArray, shape?: Sizes): Tensor {
  const supported = [Float32Array, Float64Array, Int32Array, Uint8Array];
  if (!supported.some((type) => array instanceof type)) {
    const names = supported.map((type) => type.name).join(', ');
    throw new TypeError(`fromTypedArray: expected one of ${names}, got ${describe(array)}`);
  }
  const { buffer } = array;
  if (!(buffer instanceof ArrayBuffer) || ('resizable' in buffer && buffer.resizable === true)) {
    throw new TypeError('fromTypedArray: the buffer must be neither shared nor resizable');
  }
  if ('detached' in buffer && buffer.detached === true) {
    throw new TypeError('fromTypedArray: the buffer was transferred away (detached)');
  }
  const sizes = checkShape(
    'fromTypedArray',
    shape === undefined ? [array.length] : typeof shape === 'number' ? [shape] : shape,
  );
  if (numelOf(sizes) !== array.length) {
    throw new ShapeError(
      `fromTypedArray: shape ${formatShape(sizes)} holds ${numelOf(sizes)} elements, the array ${array.length}`,
    );
  }
  return new Tensor(new Storage(array, dtypeOfArray(array)), sizes, contiguousStrides(sizes));
}

function filled<D extends DType>(x: Tensor<D>, value: number): Tensor<D> {
  kernels().fill(value, x);
  return x;
}

function checkScalar(operation: string, value: number | boolean): number {
  if (typeof value === 'boolean') return Number(value);
  return checkNumber(operation, 'value', value);
}

function checkNumber(operation: string, name: string, value: number): number {
  if (typeof value !== 'number')
    throw new TypeError(`${operation}: ${name} must be a number, got ${describe(value)}`);
  return value;
}

function checkNotBool<D extends DType>(operation: string, dtype: D): D {
  if (dtype !== 'bool') return dtype;
  throw new TypeError(`${operation}: bool cannot count; dtype must be one of the others`);
}

function checkFinite(operation: string, name: string, value: number): number {
  if (!Number.isFinite(checkNumber(operation, name, value))) {
    throw new RangeError(`${operation}: ${name} must be finite, got ${value}`);
  }
  return value;
}
