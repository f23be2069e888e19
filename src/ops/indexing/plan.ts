/**
 * How an index is carried out: the basic items make a view; the arrays that remain are lowered to the kernels
 * `gather` and `scatter`.
 */

import { ShapeError } from '../../core/errors.ts';
import { broadcastShapes, formatShape, type Shape } from '../../core/shape.ts';
import { allocateTensor, Tensor } from '../../core/tensor.ts';
import { kernels } from '../../kernels/active.ts';
import type { IndexedDimension } from '../../kernels/contract.ts';
import { checkTensor, movedView } from '../operands.ts';
import { type ParsedItem, parseItem } from './items.ts';
import { type Slice, sliceRange } from './slice.ts';

/** An array of positions for dimension `dim` of the view. */
export interface Positions {
  readonly kind: 'positions';
  readonly dim: number;
  readonly positions: Tensor;
  /** For messages: the place among the items, and the dimension of the indexed tensor. */
  readonly item: number;
  readonly sourceDim: number;
}

/** A mask over the dimensions of the view from `dim` on, as many as it has itself. */
export interface Mask {
  readonly kind: 'mask';
  readonly dim: number;
  readonly mask: Tensor;
  readonly item: number;
  readonly sourceDim: number;
}

export interface IndexPlan {
  /** The indexed tensor after all basic items. */
  readonly view: Tensor;
  /** The arrays among the items, in their order. */
  readonly arrays: readonly (Positions | Mask)[];
}

/**
 * Applies the basic items of an index to x.
 *
 * @throws RangeError for an index out of range and for too many indices, ShapeError for a mask that does not
 *   fit, TypeError for what is no index
 */
export function planIndex(operation: string, x: Tensor, items: readonly unknown[]): IndexPlan {
  checkTensor(operation, x);
  const parsed = Array.from(items, (item, position) => parseItem(operation, item, position));
  // Again, and the arrays too: reading the items may have run getters of the user's.
  for (const tensor of [x, ...parsed.flatMap(tensorsOf)]) checkTensor(operation, tensor);
  const missing = x.ndim - parsed.reduce((sum, item) => sum + consumedDims(item), 0);
  const ellipses = parsed.filter(({ kind }) => kind === 'ellipsis');
  if (ellipses.length > 1) {
    const places = ellipses.map(({ position }) => position).join(' and ');
    throw new RangeError(`${operation}: '...' may stand once among the items, but items ${places} are '...'`);
  }
  if (missing < 0) {
    throw new RangeError(
      `${operation}: too many indices: ${x.ndim - missing} for the ${x.ndim} dimensions of ${formatShape(x.shape)}`,
    );
  }
  const builder = new ViewBuilder(operation, x);
  for (const item of parsed) {
    if (item.kind === 'ellipsis') builder.keep(missing);
    else builder.apply(item);
  }
  return builder.finish();
}

function consumedDims(item: ParsedItem): number {
  if (item.kind === 'mask') return item.mask.ndim;
  return item.kind === 'newAxis' || item.kind === 'ellipsis' ? 0 : 1;
}

function tensorsOf(item: ParsedItem): Tensor[] {
  if (item.kind === 'positions') return [item.positions];
  return item.kind === 'mask' ? [item.mask] : [];
}

/** Goes through the dimensions of x once, and makes those of the view. */
class ViewBuilder {
  readonly #operation: string;
  readonly #x: Tensor;
  readonly #shape: number[] = [];
  readonly #strides: number[] = [];
  readonly #arrays: (Positions | Mask)[] = [];
  /** Elements from the first of x to that of the view. */
  #steps = 0;
  /** The next dimension of x. */
  #from = 0;

  constructor(operation: string, x: Tensor) {
    this.#operation = operation;
    this.#x = x;
  }

  keep(count: number): void {
    for (let n = count; n > 0; n--, this.#from++) {
      this.#shape.push(this.#x.shape[this.#from]);
      this.#strides.push(this.#x.strides[this.#from]);
    }
  }

  apply(item: Exclude<ParsedItem, { kind: 'ellipsis' }>): void {
    if (item.kind === 'entry') this.#pickEntry(item.entry, item.position);
    else if (item.kind === 'slice') this.#pickRange(item.slice);
    else if (item.kind === 'newAxis') this.#addAxis();
    else if (item.kind === 'mask') this.#keepMasked(item.mask, item.position);
    else {
      const [dim, sourceDim] = [this.#shape.length, this.#from];
      this.#arrays.push({ ...item, dim, sourceDim, item: item.position });
      this.keep(1);
    }
  }

  finish(): IndexPlan {
    this.keep(this.#x.ndim - this.#from);
    return { view: movedView(this.#x, this.#shape, this.#strides, this.#steps), arrays: this.#arrays };
  }

  #pickEntry(entry: number, position: number): void {
    const size = this.#x.shape[this.#from];
    if (!Number.isInteger(entry) || entry < -size || entry >= size) {
      throw new RangeError(
        `${this.#operation}: item ${position} is ${entry}, but ${allowed(this.#from, size, -size)}`,
      );
    }
    this.#steps += (entry < 0 ? entry + size : entry) * this.#x.strides[this.#from++];
  }

  #pickRange(range: Slice): void {
    const stride = this.#x.strides[this.#from];
    const { first, count } = sliceRange(range, this.#x.shape[this.#from++]);
    this.#shape.push(count);
    this.#strides.push(stride * range.step);
    this.#steps += first * stride;
  }

  #addAxis(): void {
    this.#shape.push(1);
    this.#strides.push(0);
  }

  #keepMasked(mask: Tensor, position: number): void {
    const from = this.#from;
    const covered = this.#x.shape.slice(from, from + mask.ndim);
    if (covered.some((size, d) => size !== mask.shape[d])) {
      throw new ShapeError(
        `${this.#operation}: the mask at item ${position} has shape ${formatShape(mask.shape)}, but the dimensions ` +
          `that it covers have ${formatShape(covered)}, from dimension ${from} of ${formatShape(this.#x.shape)} on`,
      );
    }
    const dim = this.#shape.length;
    // `true` alone is a mask over a dimension of one entry that is made for it.
    if (mask.ndim === 0) this.#addAxis();
    else this.keep(mask.ndim);
    const whole = mask.ndim === 0 ? new Tensor(mask.base, [1], [1], mask.offset) : mask;
    this.#arrays.push({ kind: 'mask', dim, sourceDim: from, item: position, mask: whole });
  }
}

/** The range of indices that a dimension allows, for messages. */
export function allowed(dim: number, size: number, lowest: number): string {
  return size === 0
    ? `dimension ${dim} has no entries`
    : `dimension ${dim} has ${size} entries: allowed are ${lowest} to ${size - 1}`;
}

/** The coordinates of the elements that differ from 0, in the columns of [count, rank]; int32. */
export function coordinatesOf(operation: string, x: Tensor): Tensor<'int32'> {
  const count = kernels().nonzero(x, null);
  // Column after column in memory: each is read on its own, as an index.
  const columns = allocateTensor(operation, [x.ndim, count], 'int32');
  const rows = new Tensor<'int32'>(columns.base, [count, x.ndim], [1, count]);
  kernels().nonzero(x, rows);
  return rows;
}

/** What the kernels `gather` and `scatter` take for an index with arrays. */
export interface Lowered {
  /** The view, with the shape of the result: at each place the element that indices of 0 would pick. */
  readonly origin: Tensor;
  readonly indices: readonly (IndexedDimension & { readonly index: Tensor })[];
  readonly positions: readonly Positions[];
}

/**
 * Where the arrays, broadcast with each other, put their dimensions: in place of the dimensions that they
 * index where these are neighbours, else in front (NumPy, "Combining advanced and basic indexing").
 */
export function lowerArrays(operation: string, { view, arrays }: IndexPlan): Lowered {
  const positions = arrays.flatMap((array) =>
    array.kind === 'positions' ? [array] : positionsOfMask(operation, array),
  );
  let shape: Shape = [];
  for (const entry of positions) {
    shape = broadcastPositions(operation, shape, entry, positions);
  }
  const indexed = new Set(positions.map(({ dim }) => dim));
  const first = positions[0].dim;
  const neighbours = positions.every(({ dim }, i) => dim === first + i);
  const kept = view.shape.map((_, d) => d).filter((d) => !indexed.has(d));
  const before = kept.filter((d) => neighbours && d < first);
  const after = kept.slice(before.length);
  const pick = (values: readonly number[], middle: readonly number[]) => [
    ...before.map((d) => values[d]),
    ...middle,
    ...after.map((d) => values[d]),
  ];
  const still = shape.map(() => 0);
  const origin = new Tensor(view.base, pick(view.shape, shape), pick(view.strides, still), view.offset);
  const indices = positions.map(({ dim, positions: index }) => ({
    index: withTrailingAxes(index, after.length),
    lowest: -view.shape[dim],
    size: view.shape[dim],
    step: view.strides[dim],
  }));
  return { origin, indices, positions };
}

function positionsOfMask(operation: string, { dim, sourceDim, item, mask }: Mask): Positions[] {
  const coordinates = coordinatesOf(operation, mask);
  return mask.shape.map((_, d) => {
    const column = new Tensor(coordinates.base, [coordinates.shape[0]], [1], d * coordinates.shape[0]);
    return { kind: 'positions', dim: dim + d, sourceDim: sourceDim + d, item, positions: column };
  });
}

function broadcastPositions(
  operation: string,
  shape: Shape,
  next: Positions,
  all: readonly Positions[],
): Shape {
  try {
    return broadcastShapes(operation, shape, next.positions.shape);
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    const list = all.map(({ item, positions }) => `item ${item} ${formatShape(positions.shape)}`).join(', ');
    throw new ShapeError(`${operation}: the arrays of positions do not broadcast with each other: ${list}`);
  }
}

/** x with `count` dimensions of size 1 behind its own. */
export function withTrailingAxes(x: Tensor, count: number): Tensor {
  const ones = new Array<number>(count).fill(1);
  const zeros = new Array<number>(count).fill(0);
  return new Tensor(x.base, [...x.shape, ...ones], [...x.strides, ...zeros], x.offset);
}

/** The error for the first of all positions that is out of its range. */
export function positionError(operation: string, positions: readonly Positions[], view: Tensor): RangeError {
  const sizeOf = ({ dim }: Positions) => view.shape[dim];
  const isOutside = (entry: Positions) =>
    firstOutside(entry.positions, -sizeOf(entry), sizeOf(entry)) !== null;
  const { item, sourceDim, ...entry } = positions.find(isOutside) ?? positions[0];
  const size = view.shape[entry.dim];
  return outsideError(`${operation}: item ${item}`, entry.positions, -size, size, sourceDim);
}

/** The error for the first element of `index` (int32) that is below `lowest`, or from `size` on. */
export function outsideError(
  what: string,
  index: Tensor,
  lowest: number,
  size: number,
  dim: number,
): RangeError {
  const at = firstOutside(index, lowest, size) ?? [];
  const value = index.memory[placeOf(index, at)];
  return new RangeError(`${what} is ${value} at ${formatShape(at)}, but ${allowed(dim, size, lowest)}`);
}

/** The coordinates of the first element outside of lowest to size − 1; null where there is none. */
function firstOutside(index: Tensor, lowest: number, size: number): number[] | null {
  const at = index.shape.map(() => 0);
  for (let n = index.numel(); n > 0; n--) {
    const value = index.memory[placeOf(index, at)];
    if (value < lowest || value >= size) return at;
    for (let d = at.length - 1; d >= 0 && ++at[d] === index.shape[d]; d--) at[d] = 0;
  }
  return null;
}

function placeOf(x: Tensor, at: readonly number[]): number {
  return at.reduce((sum, i, d) => sum + i * x.strides[d], x.offset);
}
