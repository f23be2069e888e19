import type { DType } from '../../core/dtype.ts';
import type { Strided } from '../../core/strided.ts';
import { forEachRun, strided, without } from './runs.ts';

/** From this length on, TypedArray.set is quicker than a loop, for all that it costs to make the subarray. */
const LONG_RUN = 64;

export function copy(x: Strided, out: Strided): void {
  const copyRun = runCopier(x, out);
  forEachRun(out.shape, [x, out], (at, step, length) => copyRun(at[0], step[0], at[1], step[1], length));
}

export function fill(value: number, out: Strided): void {
  const stored = out.dtype === 'bool' && value !== 0 ? 1 : value;
  const { memory } = out;
  forEachRun(out.shape, [out], (at, step, length) => {
    let to = at[0];
    if (step[0] === 1) memory.fill(stored, to, to + length);
    else for (let n = length; n > 0; n--, to += step[0]) memory[to] = stored;
  });
}

/** x and index [count] → out, with size count at dim, slice by slice. */
export function indexSelect(x: Strided, dim: number, index: Strided, out: Strided): void {
  const size = x.shape[dim];
  const sliceShape = without(out.shape, dim);
  const xSlices = strided(x.dtype, x.memory, x.offset, sliceShape, without(x.strides, dim));
  const outSlices = strided(out.dtype, out.memory, out.offset, sliceShape, without(out.strides, dim));
  const copyRun = runCopier(x, out);
  for (let position = 0; position < index.shape[0]; position++) {
    const chosen = index.memory[index.offset + position * index.strides[0]];
    if (chosen < 0 || chosen >= size) {
      throw new RangeError(
        `indexSelect: index at position ${position} is ${chosen}, but dimension ${dim} has ${size} entries`,
      );
    }
    const from = chosen * x.strides[dim];
    const to = position * out.strides[dim];
    forEachRun(sliceShape, [xSlices, outSlices], (at, step, length) =>
      copyRun(at[0] + from, step[0], at[1] + to, step[1], length),
    );
  }
}

/** A loop that copies runs from x to out and converts on the way. Storing rounds, truncates and wraps. */
export function runCopier(x: Strided, out: Strided) {
  const from = x.memory;
  const to = out.memory;
  const toBool = out.dtype === 'bool' && x.dtype !== 'bool';
  const sameStorage = storageOf(x.dtype) === storageOf(out.dtype);
  return (i: number, di: number, j: number, dj: number, length: number): void => {
    if (toBool) for (let n = length; n > 0; n--, i += di, j += dj) to[j] = from[i] !== 0 ? 1 : 0;
    else if (sameStorage && di === 1 && dj === 1 && length >= LONG_RUN)
      to.set(from.subarray(i, i + length), j);
    else for (let n = length; n > 0; n--, i += di, j += dj) to[j] = from[i];
  };
}

function storageOf(dtype: DType): DType {
  return dtype === 'bool' ? 'uint8' : dtype;
}
