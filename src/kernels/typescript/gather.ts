import type { TypedArray } from '../../core/dtype.ts';
import type { Strided } from '../../core/strided.ts';
import type { IndexedDimension } from '../contract.ts';
import { runCopier } from './copy.ts';
import { forEachRun } from './runs.ts';

export function gather(x: Strided, indices: readonly IndexedDimension[], out: Strided): boolean {
  if (!indices.every(allInRange)) return false;
  const copyRun = runCopier(x, out);
  forEachShiftedRun(x, out, indices, {
    together: (i, di, j, dj, length, shift) => copyRun(i + shift, di, j, dj, length),
    apart: (i, di, j, dj, length) => pick(x.memory, i, di, out.memory, j, dj, length),
  });
  return true;
}

export function scatter(
  x: Strided,
  indices: readonly IndexedDimension[],
  accumulate: boolean,
  out: Strided,
): boolean {
  if (!indices.every(allInRange)) return false;
  const place = !accumulate ? replace : out.dtype === 'bool' ? or : add;
  const copyRun = runCopier(x, out);
  forEachShiftedRun(x, out, indices, {
    together: (i, di, j, dj, length, shift) => {
      if (!accumulate) return copyRun(i, di, j + shift, dj, length);
      shifts.fill(shift, 0, Math.min(length, BLOCK));
      for (let done = 0; done < length; done += BLOCK) {
        const n = Math.min(length - done, BLOCK);
        place(x.memory, i + done * di, di, out.memory, j + done * dj, dj, n);
      }
    },
    apart: (i, di, j, dj, length) => place(x.memory, i, di, out.memory, j, dj, length),
  });
  return true;
}

/** As many elements at a time have their shifts worked out; enough for loops that pay, and in L1. */
const BLOCK = 256;
/** How far the indices move each element of the present block; float64, because memory may exceed int32. */
const shifts = new Float64Array(BLOCK);

/** What is done with elements, `di` apart from i in x and `dj` apart from j in out. */
interface ShiftedRun {
  /** ... that the indices move all by the same distance */
  together(i: number, di: number, j: number, dj: number, length: number, shift: number): void;
  /** ... that they move each by its own distance, in `shifts` */
  apart(i: number, di: number, j: number, dj: number, length: number): void;
}

function forEachShiftedRun(
  x: Strided,
  out: Strided,
  indices: readonly IndexedDimension[],
  run: ShiftedRun,
): void {
  forEachRun(out.shape, [x, out, ...indices.map(({ index }) => index)], (at, step, length) => {
    const [i, j] = at;
    const [di, dj] = step;
    if (indices.every((_, k) => step[k + 2] === 0)) {
      fillShifts(indices, at, step, 0, 1);
      run.together(i, di, j, dj, length, shifts[0]);
      return;
    }
    for (let done = 0; done < length; done += BLOCK) {
      const n = Math.min(length - done, BLOCK);
      fillShifts(indices, at, step, done, n);
      run.apart(i + done * di, di, j + done * dj, dj, n);
    }
  });
}

/** shifts[m] = Σ_k index_k · step_k at element `first + m` of a run, of which the indices are operands 2, 3, ... */
function fillShifts(
  indices: readonly IndexedDimension[],
  at: readonly number[],
  step: readonly number[],
  first: number,
  n: number,
): void {
  shifts.fill(0, 0, n);
  for (let k = 0; k < indices.length; k++) {
    const { index, size, step: stride } = indices[k];
    const { memory } = index;
    const di = step[k + 2];
    let i = at[k + 2] + first * di;
    for (let m = 0; m < n; m++, i += di) shifts[m] += (memory[i] < 0 ? memory[i] + size : memory[i]) * stride;
  }
}

type Move = (x: TypedArray, i: number, di: number, y: TypedArray, j: number, dj: number, n: number) => void;

const pick: Move = (x, i, di, y, j, dj, n) => {
  for (let m = 0; m < n; m++, i += di, j += dj) y[j] = x[i + shifts[m]];
};
const replace: Move = (x, i, di, y, j, dj, n) => {
  for (let m = 0; m < n; m++, i += di, j += dj) y[j + shifts[m]] = x[i];
};
const add: Move = (x, i, di, y, j, dj, n) => {
  for (let m = 0; m < n; m++, i += di, j += dj) y[j + shifts[m]] += x[i];
};
const or: Move = (x, i, di, y, j, dj, n) => {
  for (let m = 0; m < n; m++, i += di, j += dj) y[j + shifts[m]] |= x[i];
};

function allInRange({ index, lowest, size }: IndexedDimension): boolean {
  const { memory } = index;
  let inRange = true;
  forEachRun(index.shape, [index], (at, step, length) => {
    let i = at[0];
    for (let n = length; n > 0; n--, i += step[0]) {
      if (memory[i] < lowest || memory[i] >= size) inRange = false;
    }
  });
  return inRange;
}
