import type { TypedArray } from '../../core/dtype.ts';
import type { Strided } from '../../core/strided.ts';
import { forEachRun, strided } from './runs.ts';

// Which elements are chosen is often as good as random, and a branch on it mispredicted every other time. So these
// loops store every element and only move on behind those that count: by Number(...), which V8 compiles without a
// branch, as it does not `? 1 : 0`.

export function nonzero(x: Strided, out: Strided | null): number {
  const count = countNonzero(x);
  if (out !== null && count > 0) writeCoordinates(x, out, count);
  return count;
}

function countNonzero(x: Strided): number {
  const { memory } = x;
  let count = 0;
  forEachRun(x.shape, [x], (at, [di], length) => {
    let i = at[0];
    for (let n = length; n > 0; n--, i += di) count += Number(memory[i] !== 0);
  });
  return count;
}

/** Row by row, so that the coordinates in front of the last one are worked out once for all elements of a row. */
function writeCoordinates(x: Strided, out: Strided, count: number): void {
  const { memory, shape } = x;
  const rank = shape.length;
  if (rank === 0) return;
  const columns = shape[rank - 1];
  const columnStep = x.strides[rank - 1];
  const places = out.memory;
  const [di, dj] = out.strides;
  const outer = shape.slice(0, -1);
  const starts = strided(x.dtype, memory, x.offset, outer, x.strides.slice(0, -1));
  const coordinates = outer.map(() => 0);
  let row = 0;
  let found = 0;
  forEachRun(outer, [starts], (at, step, length) => {
    for (let n = 0; n < length && found < count; n++, row++) {
      unravel(row, outer, coordinates);
      const first = found;
      let i = at[0] + n * step[0];
      for (let column = 0; column < columns && found < count; column++, i += columnStep) {
        places[out.offset + found * di + (rank - 1) * dj] = column;
        found += Number(memory[i] !== 0);
      }
      for (let d = 0; d < outer.length; d++) {
        for (let k = first; k < found; k++) places[out.offset + k * di + d * dj] = coordinates[d];
      }
    }
  });
}

function unravel(position: number, shape: readonly number[], coordinates: number[]): void {
  let rest = position;
  for (let d = shape.length - 1; d >= 0; d--) {
    const outer = Math.floor(rest / shape[d]);
    coordinates[d] = rest - outer * shape[d];
    rest = outer;
  }
}

export function maskedSelect(x: Strided, mask: Strided, out: Strided): void {
  const from = x.memory;
  const chooser = mask.memory;
  const to = out.memory;
  const [dk] = out.strides;
  const count = out.shape[0];
  let found = 0;
  forEachRun(x.shape, [x, mask], (at, [di, dj], length) => {
    let [i, j] = at;
    if (di === 1 && dj === 1 && dk === 1) {
      found = selectNeighbours(from, i, chooser, j, length, to, out.offset, found, count);
      return;
    }
    for (let n = length; n > 0 && found < count; n--, i += di, j += dj) {
      to[out.offset + found * dk] = from[i];
      found += Number(chooser[j] !== 0);
    }
  });
}

/** The same loop without steps, which takes a third of the time. Returns how many have been found. */
function selectNeighbours(
  from: TypedArray,
  i: number,
  chooser: TypedArray,
  j: number,
  length: number,
  to: TypedArray,
  k: number,
  found: number,
  count: number,
): number {
  for (let n = 0; n < length && found < count; n++) {
    to[k + found] = from[i + n];
    found += Number(chooser[j + n] !== 0);
  }
  return found;
}
