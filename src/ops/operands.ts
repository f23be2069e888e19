/** What operations have in common: checking operands, providing results. */

import { checkDType, type DType, dtypes, type FloatDType, type Known } from '../core/dtype.ts';
import { ShapeError } from '../core/errors.ts';
import { checkShape, formatShape, type Shape, shapesEqual } from '../core/shape.ts';
import { inOneBuffer } from '../core/sharedMemory.ts';
import { allocateResult, allocateTensor, checkAttached, Tensor } from '../core/tensor.ts';
import { kernels } from '../kernels/active.ts';

/** What arithmetic takes: a tensor, or a number (or boolean) that stands for a 0-d tensor. */
export type Operand<D extends DType = DType> = Tensor<D> | number | boolean;

/** Where the result goes; without it, a fresh tensor. */
export interface OutOptions {
  /** Takes the result: of exactly its shape and dtype. May be an operand, or overlap one. */
  readonly out?: Tensor | undefined;
}

/** `value` once it is known to be a tensor whose memory is there. */
export function checkTensor(operation: string, value: unknown, name = 'input'): Tensor {
  if (!(value instanceof Tensor)) {
    throw new TypeError(`${operation}: ${name} must be a Tensor, got ${describe(value)}`);
  }
  checkAttached(operation, value);
  return value;
}

/** A value as an error message names it. */
export function describe(value: unknown): string {
  if (typeof value === 'function') return 'a function';
  if (value === null || typeof value !== 'object')
    return typeof value === 'string' ? `'${value}'` : String(value);
  return value instanceof Tensor
    ? `a tensor of shape ${formatShape(value.shape)}`
    : `a value of type ${value.constructor?.name ?? 'object'}`;
}

export interface CreationOptions<D extends DType = DType> {
  /** float32 unless said otherwise. */
  readonly dtype?: D | undefined;
}

/** Sizes by dimension; one number for a 1-d tensor. */
export type Sizes = Shape | number;

/** Sizes one by one or as one array: `view(2, 3)`, `view([2, 3])`. */
export type SizeArguments = number[] | [readonly number[]];

/** @internal */
export function sizesOf(sizes: SizeArguments): readonly number[] {
  return sizes.length === 1 && Array.isArray(sizes[0]) ? sizes[0] : (sizes as number[]);
}

/** A fresh tensor of zeros for a shape and options as users give them. */
export function emptyFor<D extends DType>(
  operation: string,
  sizes: Sizes,
  options: CreationOptions<D> | undefined,
): Tensor<Known<D>> {
  const dtype = options?.dtype === undefined ? 'float32' : checkDType(operation, options.dtype);
  const shape = checkShape(operation, typeof sizes === 'number' ? [sizes] : sizes);
  return allocateTensor(operation, shape, dtype as Known<D>);
}

/** The options, with x's dtype where they have none. */
export function optionsLike<R extends DType>(
  x: Tensor,
  options: CreationOptions<R> | undefined,
): CreationOptions<R> {
  return { dtype: options?.dtype ?? (x.dtype as R) };
}

/** Throws unless `x` is float32 or float64. */
export function checkFloating(operation: string, x: Tensor, name = 'input'): void {
  if (!dtypes[x.dtype].floating) {
    throw new TypeError(
      `${operation}: ${name} must be float32 or float64, got ${x.dtype}; convert it with to('float32')`,
    );
  }
}

/** x's dtype where it is float32 or float64, else `otherwise`. */
export function floatTypeOf(x: Tensor, otherwise: FloatDType = 'float32'): FloatDType {
  return x.dtype === 'float32' || x.dtype === 'float64' ? x.dtype : otherwise;
}

/** Throws unless `value` is a whole number from `least` to `most`. */
export function checkWhole(
  operation: string,
  name: string,
  value: number,
  least: number,
  most = Infinity,
): void {
  if (typeof value !== 'number')
    throw new TypeError(`${operation}: ${name} must be a number, got ${describe(value)}`);
  if (!Number.isInteger(value) || value < least || value > most) {
    const range = most === Infinity ? `${least}` : `${least} to ${most}`;
    throw new RangeError(`${operation}: ${name} must be a whole number from ${range}, got ${value}`);
  }
}

/** Throws unless all tensors, named for the message, have the first one's dtype. */
export function checkSameDType(operation: string, tensors: Readonly<Record<string, Tensor | null>>): void {
  let dtype: DType | null = null;
  for (const name in tensors) {
    const x = tensors[name];
    if (x === null) continue;
    dtype ??= x.dtype;
    if (x.dtype !== dtype) throw dtypesError(operation, tensors);
  }
}

function dtypesError(operation: string, tensors: Readonly<Record<string, Tensor | null>>): TypeError {
  const present = Object.entries(tensors).filter((entry): entry is [string, Tensor] => entry[1] !== null);
  const list = present.map(([name, x]) => `${name} ${x.dtype}`).join(', ');
  return new TypeError(`${operation}: dtypes must be the same, got ${list}`);
}

function hasDType<D extends DType>(x: Tensor, dtype: D): x is Tensor<D> {
  return x.dtype === dtype;
}

/** `x` in `dtype`: itself where it has it, else a converted copy. */
export function cast<D extends DType>(x: Tensor, dtype: D): Tensor<D> {
  if (hasDType(x, dtype)) return x;
  const result = allocateResult('to', x.shape, dtype);
  kernels().copy(x, result);
  return result;
}

/** The tensor that takes a result: `out` once it is known to fit, else a fresh one. */
export function resultTensor<D extends DType>(
  operation: string,
  shape: Shape,
  dtype: D,
  out: Tensor | undefined,
): Tensor<D> {
  if (out === undefined) return allocateResult(operation, shape, dtype);
  checkTensor(operation, out, 'out');
  if (!shapesEqual(out.shape, shape)) {
    throw new ShapeError(
      `${operation}: out has shape ${formatShape(out.shape)}, but the result has ${formatShape(shape)}`,
    );
  }
  if (!hasDType(out, dtype))
    throw new TypeError(`${operation}: out is ${out.dtype}, but the result is ${dtype}`);
  checkWritable(operation, out);
  return out;
}

/** Throws when two elements of `x` may share one place in memory, as in an expanded tensor. */
export function checkWritable(operation: string, x: Tensor): void {
  if (mayRepeatElements(x)) {
    throw new ShapeError(
      `${operation}: cannot write into a tensor of shape ${formatShape(x.shape)} and strides ` +
        `${formatShape(x.strides)}, whose elements share memory; clone() it first`,
    );
  }
}

/** Sorted by stride, each dimension must step over all that the smaller ones reach. */
function mayRepeatElements(x: Tensor): boolean {
  if (x.isContiguous()) return false;
  if (x.shape.includes(0)) return false;
  const dims = x.shape
    .map((size, d) => ({ size, stride: Math.abs(x.strides[d]) }))
    .filter(({ size }) => size > 1);
  dims.sort((p, q) => p.stride - q.stride);
  let reach = 0;
  for (const { size, stride } of dims) {
    if (stride <= reach) return true;
    reach += (size - 1) * stride;
  }
  return false;
}

/** First and one past the last byte that `x` reaches in its buffer. */
function byteExtent(x: Tensor): [number, number] {
  let low = x.offset;
  let high = x.offset;
  for (let d = 0; d < x.shape.length; d++) {
    const reach = (x.shape[d] - 1) * x.strides[d];
    if (reach < 0) low += reach;
    else high += reach;
  }
  const { bytes } = dtypes[x.dtype];
  return [x.memory.byteOffset + low * bytes, x.memory.byteOffset + (high + 1) * bytes];
}

function overlaps(a: Tensor, b: Tensor): boolean {
  if (a.base !== b.base && (a.base.isAlone || b.base.isAlone)) return false;
  if (!inOneBuffer(a.base.array, b.base.array) || a.numel() === 0 || b.numel() === 0) return false;
  const [lowA, highA] = byteExtent(a);
  const [lowB, highB] = byteExtent(b);
  return lowA < highB && lowB < highA;
}

/** `operand`, or a copy of it where writing to `out` could change elements that are still to be read. */
export function withoutOverlap<D extends DType>(operand: Tensor<D>, out: Tensor): Tensor<D> {
  return overlaps(operand, out) ? copyOf(operand) : operand;
}

/** As `withoutOverlap`, for kernels that read each element just before they write the one in its place. */
export function withoutPartialOverlap<D extends DType>(operand: Tensor<D>, out: Tensor): Tensor<D> {
  const samePlaces =
    operand.offset === out.offset &&
    operand.base === out.base &&
    shapesEqual(operand.shape, out.shape) &&
    shapesEqual(operand.strides, out.strides);
  return samePlaces ? operand : withoutOverlap(operand, out);
}

/**
 * The view of x whose first element lies `steps` after that of x. One without elements stays where x is: it may not
 * point out of the memory.
 */
export function movedView<D extends DType>(
  x: Tensor<D>,
  shape: Shape,
  strides: readonly number[],
  steps: number,
): Tensor<D> {
  return new Tensor(x.base, shape, strides, shape.includes(0) ? x.offset : x.offset + steps);
}

/** A contiguous copy. */
export function copyOf<D extends DType>(x: Tensor<D>): Tensor<D> {
  const result = allocateResult('clone', x.shape, x.dtype);
  kernels().copy(x, result);
  return result;
}

/** Notes that the elements of `x` changed, and returns it. */
export function touched<D extends DType>(x: Tensor<D>): Tensor<D> {
  x.base.version++;
  return x;
}

/**
 * Puts `result` into `self`, as in-place operations do when the result was computed in another dtype.
 *
 * @throws TypeError when that would turn floats into integers, or numbers into booleans.
 */
export function storeInto<D extends DType>(operation: string, self: Tensor<D>, result: Tensor): Tensor<D> {
  checkStorable(operation, self, result.dtype);
  kernels().copy(result, self);
  return touched(self);
}

/** Throws a TypeError when storing results of `dtype` in `self` would drop fractions, or all but truth. */
export function checkStorable(operation: string, self: Tensor, dtype: DType): void {
  const loses =
    (dtypes[dtype].floating && !dtypes[self.dtype].floating) || (self.dtype === 'bool' && dtype !== 'bool');
  if (loses)
    throw new TypeError(
      `${operation}: the result is ${dtype} and cannot be stored in place in ${self.dtype}`,
    );
}

/** How the losses of elements or rows become one number. */
export type Reduction = 'mean' | 'sum';

export function checkReduction(operation: string, reduction: Reduction): Reduction {
  if (reduction === 'mean' || reduction === 'sum') return reduction;
  throw new TypeError(`${operation}: reduction must be 'mean' or 'sum', got ${describe(reduction)}`);
}
