import type { DType, TypedArray } from '../../core/dtype.ts';
import { contiguousStrides, type Shape } from '../../core/shape.ts';
import { mergeLoops, type Strided } from '../../core/strided.ts';

/**
 * What a kernel does with one run: `length` elements, of which operand i has its first at `at[i]` in its
 * memory and the following ones `step[i]` apart.
 */
export type Run = (at: readonly number[], step: readonly number[], length: number) => void;

/**
 * Cuts the walk over `shape`, to which all `operands` broadcast, into runs along the innermost loop, in
 * row-major order. Where everything is contiguous there is one run; for a matrix and a row, one a row.
 */
export function forEachRun(shape: Shape, operands: readonly Strided[], run: Run): void {
  const { sizes, strides } = mergeLoops(shape, operands);
  if (sizes.includes(0)) return;
  const inner = sizes.length - 1;
  const length = sizes[inner] as number;
  const step = strides.map((walk) => walk[inner] as number);
  const at = operands.map((operand) => operand.offset);
  const turn = new Array<number>(inner).fill(0);
  for (;;) {
    run(at, step, length);
    // The outer loops turn like an odometer: the last one that has turns left moves on, those after it go back.
    let d = inner - 1;
    while (d >= 0 && turn[d] === (sizes[d] as number) - 1) {
      for (let i = 0; i < at.length; i++) at[i] -= strides[i][d] * turn[d];
      turn[d] = 0;
      d--;
    }
    if (d < 0) return;
    for (let i = 0; i < at.length; i++) at[i] += strides[i][d];
    turn[d]++;
  }
}

/** `memory` seen through another shape, offset and strides. */
export function strided(
  dtype: DType,
  memory: TypedArray,
  offset: number,
  shape: Shape,
  strides: readonly number[] = contiguousStrides(shape),
): Strided {
  return { dtype, memory, offset, shape, strides };
}

/** `values` without the entry at `position`. */
export function without(values: readonly number[], position: number): number[] {
  return values.filter((_, i) => i !== position);
}
