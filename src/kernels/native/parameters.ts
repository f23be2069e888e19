import type { TypedArray } from '../../core/dtype.ts';
import type { Shape } from '../../core/shape.ts';
import type { Strided } from '../../core/strided.ts';

/**
 * The numbers of a call into the addon: offsets, sizes, strides and the like. Handing each over as an argument
 * costs several nanoseconds; writing it here costs less than one. The memory is shared, because shared memory
 * can neither be detached nor shrink, so that the addon may keep its address. It reads each number once and
 * checks it then.
 */
export const parameters = new Float64Array(new SharedArrayBuffer(8 * 512));

/** Writes rank and sizes from position `at` on; returns the position after them. */
export function writeShape(at: number, shape: Shape): number {
  const rank = shape.length;
  parameters[at++] = rank;
  for (let d = 0; d < rank; d++) parameters[at++] = shape[d];
  return at;
}

/**
 * The array that native code gets for an operand: of a tensor the whole slab that it lies in, since a typed array of
 * its elements alone would have to be made first. Its offset in there is what `writeOperand` writes.
 */
export function arrayOf(operand: Strided): TypedArray {
  const { base } = operand;
  return base === undefined ? operand.memory : base.array;
}

/** `arrayOf` where there is an operand, else null. */
export function arrayOrNull(operand: Strided | null): TypedArray | null {
  return operand === null ? null : arrayOf(operand);
}

/** The place of an operand's first element in `arrayOf(operand)`. */
export function offsetOf(operand: Strided): number {
  const { base } = operand;
  return base === undefined ? operand.offset : base.start + operand.offset;
}

/** Writes an operand's offset and its strides, 0 along what it repeats when it broadcasts to `shape`. */
export function writeOperand(at: number, operand: Strided, shape: Shape): number {
  parameters[at++] = offsetOf(operand);
  const own = operand.shape;
  const { strides } = operand;
  const added = shape.length - own.length;
  for (let d = 0; d < added; d++) parameters[at++] = 0;
  for (let d = 0; d < own.length; d++) {
    parameters[at++] = own[d] === 1 && shape[added + d] !== 1 ? 0 : strides[d];
  }
  return at;
}

export type Codes = Readonly<Record<string, number | undefined>>;

/** A name's place in the list is its code; a name that is missing has none. */
export function codesOf(names: readonly (string | null)[]): Codes {
  const codes: Record<string, number> = {};
  names.forEach((name, code) => {
    if (name !== null) codes[name] = code;
  });
  return codes;
}
