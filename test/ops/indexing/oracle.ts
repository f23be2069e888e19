/** What an index means, by NumPy's definition, without strides or kernels. */

import fc from 'fast-check';
import { type IndexItem, type Slice, slice, tensor } from '../../../src/index.ts';
import { coordinatesIn, type Draw, drawFrom, drawInteger, drawSize } from '../oracle.ts';

export type Described =
  | { readonly kind: 'entry'; readonly entry: number }
  | { readonly kind: 'slice'; readonly bounds: readonly [number | null, number | null, number] }
  | { readonly kind: 'newAxis' }
  | { readonly kind: 'ellipsis' }
  | { readonly kind: 'positions'; readonly shape: readonly number[]; readonly values: readonly number[] }
  | { readonly kind: 'mask'; readonly shape: readonly number[]; readonly values: readonly boolean[] };

/** The result's shape, and for each of its coordinates those of the element that it shows. */
export interface Meaning {
  readonly shape: readonly number[];
  readonly sourceOf: (coordinates: readonly number[]) => number[];
}

/** Python's range(*slice.indices(size)), counted out. */
function entriesOf(
  [start, stop, step]: readonly [number | null, number | null, number],
  size: number,
): number[] {
  const inside = (i: number) => i >= 0 && i < size;
  const fromEnd = (bound: number) => (bound < 0 ? bound + size : bound);
  const entries: number[] = [];
  const first = start === null ? (step > 0 ? 0 : size - 1) : fromEnd(start);
  const drawnIn = step > 0 ? Math.max(first, 0) : Math.min(first, size - 1);
  for (let i = drawnIn; inside(i); i += step) {
    const before = stop === null || (step > 0 ? i < fromEnd(stop) : i > Math.max(fromEnd(stop), -1));
    if (before) entries.push(i);
  }
  return entries;
}

export function meaningOf(items: readonly Described[], shape: readonly number[]): Meaning {
  const consumed = (item: Described) => {
    if (item.kind === 'mask') return item.shape.length;
    return item.kind === 'newAxis' || item.kind === 'ellipsis' ? 0 : 1;
  };
  const whole: Described = { kind: 'slice', bounds: [null, null, 1] };
  const missing = shape.length - items.reduce((sum, item) => sum + consumed(item), 0);
  const hasEllipsis = items.some(({ kind }) => kind === 'ellipsis');
  const wholes = new Array<Described>(missing).fill(whole);
  const full = hasEllipsis
    ? items.flatMap((item) => (item.kind === 'ellipsis' ? wholes : [item]))
    : [...items, ...wholes];

  // Each part makes dimensions of the result, and says which entries it picks from the dimensions that it takes.
  interface Part {
    readonly sizes: readonly number[] | 'arrays';
    readonly pick: (own: readonly number[], arrays: readonly number[]) => number[];
  }
  const parts: Part[] = [];
  const arrayShapes: (readonly number[])[] = [];
  let dim = 0;
  for (const item of full) {
    const size = shape[dim];
    if (item.kind === 'entry') {
      const entry = item.entry < 0 ? item.entry + size : item.entry;
      parts.push({ sizes: [], pick: () => [entry] });
    } else if (item.kind === 'newAxis') {
      parts.push({ sizes: [1], pick: () => [] });
    } else if (item.kind === 'slice') {
      const entries = entriesOf(item.bounds, size);
      parts.push({ sizes: [entries.length], pick: ([i]) => [entries[i]] });
    } else if (item.kind === 'positions') {
      arrayShapes.push(item.shape);
      parts.push({
        sizes: 'arrays',
        pick: (_, at) => {
          const value = item.values[flatPlace(at, item.shape)];
          return [value < 0 ? value + size : value];
        },
      });
    } else if (item.kind === 'mask') {
      const found = coordinatesIn(item.shape).filter((_, i) => item.values[i]);
      arrayShapes.push([found.length]);
      parts.push({ sizes: 'arrays', pick: (_, at) => found[found.length === 1 ? 0 : (at.at(-1) as number)] });
    }
    dim += consumed(item);
  }

  const arrays = broadcast(arrayShapes);
  const places = parts.flatMap(({ sizes }, p) => (sizes === 'arrays' ? [p] : []));
  // Numbers between arrays do not part them (PyTorch); all else does.
  const between = parts.slice(places[0] ?? 0, (places.at(-1) ?? -1) + 1);
  const together = between.every(({ sizes }) => sizes === 'arrays' || sizes.length === 0);
  const arraysAt = places.length === 0 ? -1 : together ? places[0] : 0;
  const resultShape: number[] = [];
  const starts: number[] = [];
  let arrayStart = 0;
  parts.forEach(({ sizes }, p) => {
    if (p === arraysAt) {
      arrayStart = resultShape.length;
      resultShape.push(...arrays);
    }
    starts.push(resultShape.length);
    if (sizes !== 'arrays') resultShape.push(...sizes);
  });
  return {
    shape: resultShape,
    sourceOf: (coordinates) => {
      const at = coordinates.slice(arrayStart, arrayStart + (arraysAt < 0 ? 0 : arrays.length));
      return parts.flatMap(({ pick }, p) => pick(coordinates.slice(starts[p]), at));
    },
  };
}

/** The row-major place in an array of `shape` of coordinates in a shape that it broadcasts to. */
export function flatPlace(coordinates: readonly number[], shape: readonly number[]): number {
  const added = coordinates.length - shape.length;
  return shape.reduce((place, size, d) => place * size + (size === 1 ? 0 : coordinates[d + added]), 0);
}

function broadcast(shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(0, ...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, d) => {
    const sizes = shapes.map((shape) => shape[d - rank + shape.length] ?? 1);
    return sizes.find((size) => size !== 1) ?? 1;
  });
}

/** An index for a tensor of the shape: any mix of items that is allowed. */
export function drawItems(g: Draw, shape: readonly number[]): Described[] {
  const rank = shape.length;
  const ellipsis = drawInteger(g, 0, 2) === 2 ? drawRun(g, rank) : null;
  const masked = drawInteger(g, 0, 3) === 3 ? drawRun(g, rank) : null;
  const mask =
    masked === null || (ellipsis !== null && meets(masked, ellipsis)) ? null : drawMask(g, shape, masked);
  // Dimensions at the end may be left out, unless '...' says which are.
  const end = ellipsis === null ? drawInteger(g, mask === null ? 0 : mask.to, rank) : rank;
  const arrays =
    mask === null ? Array.from({ length: drawFrom(g, [1, 2, 1]) }, () => drawSize(g)) : [mask.count];
  const items: Described[] = [];
  const left = new Set([mask, ellipsis]);
  for (let dim = 0; ; ) {
    if (drawInteger(g, 0, 5) === 5) items.push({ kind: 'newAxis' });
    if (ellipsis !== null && dim === ellipsis.from && left.delete(ellipsis)) {
      items.push({ kind: 'ellipsis' });
      dim = ellipsis.to;
    } else if (mask !== null && dim === mask.from && left.delete(mask)) {
      items.push(mask.item);
      dim = mask.to;
    } else if (dim < end) items.push(drawItem(g, shape[dim++], arrays, mask !== null));
    else return items;
  }
}

/** Dimensions from `from` on and before `to`. */
interface DimensionRun {
  readonly from: number;
  readonly to: number;
}

function drawRun(g: Draw, rank: number): DimensionRun {
  const from = drawInteger(g, 0, rank);
  return { from, to: drawInteger(g, from, rank) };
}

function meets(a: DimensionRun, b: DimensionRun): boolean {
  return a.from < b.to && b.from < a.to;
}

function drawMask(g: Draw, shape: readonly number[], { from, to }: DimensionRun) {
  const covered = shape.slice(from, to);
  const values = coordinatesIn(covered).map(() => g(fc.boolean));
  const item: Described = { kind: 'mask', shape: covered, values };
  return { from, to, item, count: values.filter((value) => value).length };
}

function drawItem(g: Draw, size: number, arrays: readonly number[], masked: boolean): Described {
  const kind = drawFrom(
    g,
    size > 0 ? (['slice', 'positions', 'slice', 'entry', 'positions'] as const) : (['slice'] as const),
  );
  if (kind === 'entry') return { kind, entry: drawInteger(g, -size, size - 1) };
  if (kind === 'positions') return drawPositions(g, size, arrays, masked);
  const bound = () => (drawInteger(g, 0, 3) > 0 ? null : drawInteger(g, -6, 6));
  return { kind, bounds: [bound(), bound(), drawFrom(g, [1, 2, 3, -1, -2, -3])] };
}

function drawPositions(g: Draw, size: number, arrays: readonly number[], masked: boolean): Described {
  // At least one dimension stays: 0-d is an entry.
  const dropped = masked ? 0 : drawInteger(g, 0, arrays.length - 1);
  const shape = arrays.slice(dropped).map((length) => (drawInteger(g, 0, 3) === 3 ? 1 : length));
  const first = drawInteger(g, -size, size - 1);
  const values = coordinatesIn(shape).map(() => (g(fc.boolean) ? first : drawInteger(g, -size, size - 1)));
  return { kind: 'positions', shape, values };
}

/** The item as a user writes it, in one of the ways there are. */
export function written(g: Draw, item: Described): IndexItem {
  if (item.kind === 'entry') return item.entry;
  if (item.kind === 'newAxis') return null;
  if (item.kind === 'ellipsis') return '...';
  if (item.kind === 'slice') return writtenSlice(g, item.bounds);
  const numbers = tensor(item.values.map(Number), { dtype: item.kind === 'mask' ? 'bool' : 'int32' });
  const shaped = numbers.view(...item.shape);
  // Nested arrays cannot say [0, 3], nor what an empty list is of.
  if (item.kind === 'mask' && item.values.length === 0) return shaped;
  return g(fc.boolean) || item.shape.slice(0, -1).includes(0) ? shaped : (shaped.toArray() as IndexItem);
}

function writtenSlice(
  g: Draw,
  [start, stop, step]: readonly [number | null, number | null, number],
): Slice | `${string}:${string}` {
  if (g(fc.boolean)) return slice(start, stop, step);
  return step === 1 && g(fc.boolean)
    ? `${start ?? ''}:${stop ?? ''}`
    : `${start ?? ''}:${stop ?? ''}:${step}`;
}
