/** What may stand between the brackets of `x[...]`, and what each of it means. */

import { ShapeError } from '../../core/errors.ts';
import { allocateTensor, checkAttached, type NestedArray, Tensor } from '../../core/tensor.ts';
import { describe } from '../operands.ts';
import { parseSlice, Slice } from './slice.ts';

/**
 * One item of an index, as in Python's `x[item, item, ...]`:
 *
 * - a whole number picks an entry, a negative one from the end; the dimension vanishes
 * - `'1:3'`, `'::-1'`, `':'` or a `slice(start, stop, step)` picks a range
 * - `'...'` stands for as many `':'` as are missing, once
 * - `null` adds a dimension of size 1
 * - an array or int32 tensor of positions, or an array or bool tensor as a mask, picks a copy
 */
export type IndexItem =
  | number
  | '...'
  | `${string}:${string}`
  | Slice
  | null
  | boolean
  | Tensor
  | readonly NestedArray[]
  | Int32Array;

/** An item once its kind is known; `position` is its place among the items, for messages. */
export type ParsedItem = { readonly position: number } & (
  | { readonly kind: 'entry'; readonly entry: number }
  | { readonly kind: 'slice'; readonly slice: Slice }
  | { readonly kind: 'ellipsis' }
  | { readonly kind: 'newAxis' }
  | { readonly kind: 'positions'; readonly positions: Tensor }
  | { readonly kind: 'mask'; readonly mask: Tensor }
);

export function parseItem(operation: string, item: unknown, position: number): ParsedItem {
  const fail = (problem: string) => new TypeError(`${operation}: item ${position} ${problem}`);
  if (typeof item === 'number') return { kind: 'entry', position, entry: item };
  if (item === null) return { kind: 'newAxis', position };
  if (item instanceof Slice) return { kind: 'slice', position, slice: item };
  if (typeof item === 'string') {
    if (item.trim() === '...') return { kind: 'ellipsis', position };
    const slice = parseSlice(`${operation}: item ${position} '${item}'`, item);
    if (slice !== null) return { kind: 'slice', position, slice };
    throw fail(`must be a slice like '1:3', ':' or '::-1', or '...'; got '${item}'`);
  }
  if (typeof item === 'boolean') return { kind: 'mask', position, mask: tensorOf([], [item], 'bool') };
  if (item instanceof Tensor) return parseTensor(operation, item, position, fail);
  if (item instanceof Int32Array) {
    return { kind: 'positions', position, positions: tensorOf([item.length], item, 'int32') };
  }
  if (Array.isArray(item)) return parseArray(operation, item, position, fail);
  throw fail(
    "must be a whole number, a slice like '1:3', '...', null, or an array or tensor of positions or booleans; " +
      `got ${describe(item)}`,
  );
}

function parseTensor(
  operation: string,
  item: Tensor,
  position: number,
  fail: (problem: string) => Error,
): ParsedItem {
  checkAttached(operation, item);
  if (item.dtype === 'bool') return { kind: 'mask', position, mask: item };
  if (item.dtype !== 'int32') {
    // PyTorch takes uint8 for a mask, NumPy for positions; whoever writes it must say which.
    const remedy = item.dtype === 'uint8' ? "to('int32') for positions, or bool() for a mask" : "to('int32')";
    throw fail(
      `is a ${item.dtype} tensor, but positions are int32 and masks bool; convert it with ${remedy}`,
    );
  }
  if (item.ndim > 0) return { kind: 'positions', position, positions: item };
  return { kind: 'entry', position, entry: item.item() as number };
}

function parseArray(
  operation: string,
  item: unknown[],
  position: number,
  fail: (problem: string) => Error,
): ParsedItem {
  const shape: number[] = [];
  const leaves: unknown[] = [];
  collectLeaves(item, 0, shape, leaves, `${operation}: item ${position}`);
  if (leaves.length > 0 && leaves.every((leaf) => typeof leaf === 'boolean')) {
    return { kind: 'mask', position, mask: tensorOf(shape, leaves.map(Number), 'bool') };
  }
  for (const leaf of leaves) {
    if (typeof leaf !== 'number') throw fail(`must hold whole numbers, or booleans; got ${describe(leaf)}`);
    if (leaf !== (leaf | 0)) {
      throw new RangeError(
        `${operation}: item ${position} must hold whole numbers within int32, got ${String(leaf)}`,
      );
    }
  }
  return { kind: 'positions', position, positions: tensorOf(shape, leaves as number[], 'int32') };
}

/** Appends what the nested arrays hold to `leaves`, and the length at each level to `shape`. */
function collectLeaves(
  data: unknown,
  depth: number,
  shape: number[],
  leaves: unknown[],
  context: string,
): void {
  // Read once: an array of the user's may answer otherwise the next time.
  const list: unknown[] | null = Array.isArray(data) ? Array.from(data) : null;
  if (list !== null && depth === shape.length && leaves.length === 0) shape.push(list.length);
  if (list === null ? depth !== shape.length : list.length !== shape[depth]) {
    const expected = depth < shape.length ? `length ${shape[depth]}` : 'no array';
    const got = list === null ? describe(data) : `length ${list.length}`;
    throw new ShapeError(`${context} is ragged: expected ${expected} at depth ${depth}, got ${got}`);
  }
  if (list === null) leaves.push(data);
  else for (const entry of list) collectLeaves(entry, depth + 1, shape, leaves, context);
}

function tensorOf(shape: number[], values: ArrayLike<number | boolean>, dtype: 'int32' | 'bool'): Tensor {
  const result = allocateTensor('index', shape, dtype);
  for (let i = 0; i < values.length; i++) result.memory[i] = Number(values[i]);
  return result;
}
