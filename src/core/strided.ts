import type { DType, TypedArray } from './dtype.ts';
import { broadcastStrides, type Shape } from './shape.ts';

/**
 * How a kernel sees a tensor: elements in `memory`, the first one at `offset`, and how far apart, in
 * elements, neighbours along each dimension lie. Every `Tensor` is one, so none is made for a call.
 */
export interface Strided<Memory extends TypedArray = TypedArray> {
  readonly dtype: DType;
  readonly memory: Memory;
  readonly offset: number;
  readonly shape: Shape;
  readonly strides: readonly number[];
  /** Of a tensor: the array that `memory` is a part of, and the place where that part begins. */
  readonly base?: { readonly array: TypedArray; readonly start: number } | undefined;
}

/** Nested loops, outermost first: `sizes[d]` turns, in which operand `i` moves by `strides[i][d]`. */
export interface Loops {
  readonly sizes: number[];
  readonly strides: number[][];
}

/**
 * The fewest loops that walk all `operands`, each broadcast to `shape`, in row-major order of `shape`.
 * Dimensions of size 1 vanish, and neighbours merge where one step of the outer equals a full run of the
 * inner for every operand; so equal contiguous operands are one loop, and a matrix with a row two. At least
 * one loop remains.
 */
export function mergeLoops(shape: Shape, operands: readonly Strided[]): Loops {
  const walks = operands.map((operand) => broadcastStrides(operand.shape, operand.strides, shape));
  const sizes: number[] = [];
  const strides: number[][] = walks.map(() => []);
  for (let d = 0; d < shape.length; d++) {
    const size = shape[d];
    if (size === 1) continue;
    const last = sizes.length - 1;
    const merges = last >= 0 && walks.every((walk, i) => strides[i][last] === walk[d] * size);
    if (merges) sizes[last] *= size;
    else sizes.push(size);
    const at = sizes.length - 1;
    walks.forEach((walk, i) => {
      strides[i][at] = walk[d];
    });
  }
  if (sizes.length === 0) {
    sizes.push(1);
    for (const walk of strides) walk.push(0);
  }
  return { sizes, strides };
}
