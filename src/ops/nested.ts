/** Numbers in arrays within arrays: their shape, and their way into a tensor. */

import type { TypedArray } from '../core/dtype.ts';
import { ShapeError } from '../core/errors.ts';
import type { Shape } from '../core/shape.ts';
import type { NestedArray, Tensor } from '../core/tensor.ts';
import { describe } from './operands.ts';

/** NumPy's and PyTorch's limit; an array that contains itself would have no end. */
const MAX_DEPTH = 64;

/** The shape of nested arrays by their first elements, and the dtype that suits all: bool for booleans, else float32. */
export function measureNested(data: NestedArray): { shape: number[]; dtype: 'bool' | 'float32' } {
  const shape: number[] = [];
  let probe = data;
  while (Array.isArray(probe)) {
    if (shape.length === MAX_DEPTH) {
      throw new RangeError(`tensor: arrays are nested more than ${MAX_DEPTH} deep`);
    }
    shape.push(probe.length);
    probe = probe[0];
  }
  return { shape, dtype: typeof probe === 'boolean' && allBooleans(data) ? 'bool' : 'float32' };
}

function allBooleans(data: NestedArray): boolean {
  if (!Array.isArray(data)) return typeof data === 'boolean';
  for (let i = 0; i < data.length; i++) {
    if (typeof data[i] !== 'boolean' && !(Array.isArray(data[i]) && allBooleans(data[i]))) return false;
  }
  return true;
}

/** Sets the elements of `result`, which is contiguous and has the shape of `data`. */
export function fillFromNested(data: NestedArray, result: Tensor): void {
  if (Array.isArray(data)) fillArrays(data, result, 0, 0);
  else result.memory[0] = elementValue(data, result.dtype === 'bool');
}

/** Writes the arrays in `data`, dimension `dim` of the result, at `position`, and returns the position behind them. */
function fillArrays(data: readonly NestedArray[], result: Tensor, dim: number, position: number): number {
  const { shape, memory } = result;
  checkLength(data, shape, dim);
  let at = position;
  if (dim === shape.length - 1) return fillRow(data, memory, result.dtype === 'bool', at);
  if (dim < shape.length - 2) {
    for (let i = 0; i < data.length; i++) at = fillArrays(arrayAt(data, i, shape, dim), result, dim + 1, at);
    return at;
  }
  // The last two dimensions in one loop, so that a row costs no more than its elements, however short it is.
  const asBooleans = result.dtype === 'bool';
  for (let i = 0; i < data.length; i++) {
    const row = arrayAt(data, i, shape, dim);
    checkLength(row, shape, dim + 1);
    at = fillRow(row, memory, asBooleans, at);
  }
  return at;
}

function fillRow(
  row: readonly NestedArray[],
  memory: TypedArray,
  asBooleans: boolean,
  position: number,
): number {
  for (let i = 0; i < row.length; i++) memory[position + i] = elementValue(row[i], asBooleans);
  return position + row.length;
}

function arrayAt(data: readonly NestedArray[], i: number, shape: Shape, dim: number): readonly NestedArray[] {
  const part = data[i];
  if (Array.isArray(part)) return part;
  throw raggedError(shape, dim + 1, describe(part));
}

function checkLength(data: readonly NestedArray[], shape: Shape, dim: number): void {
  if (data.length !== shape[dim]) throw raggedError(shape, dim, `length ${data.length}`);
}

function raggedError(shape: Shape, dim: number, got: string): ShapeError {
  return new ShapeError(
    `tensor: nested arrays are ragged: expected length ${shape[dim]} at dimension ${dim}, got ${got}`,
  );
}

function elementValue(value: NestedArray, asBoolean: boolean): number {
  if (typeof value === 'number') return asBoolean ? Number(value !== 0) : value;
  if (typeof value === 'boolean') return Number(value);
  if (Array.isArray(value))
    throw new ShapeError('tensor: nested arrays are ragged: an array where numbers stand');
  throw new TypeError(`tensor: elements must be numbers or booleans, got ${describe(value)}`);
}
