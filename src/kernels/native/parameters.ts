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

/** Writes an operand's offset and its strides, 0 along what it repeats when it broadcasts to `shape`. */
export function writeOperand(at: number, operand: Strided, shape: Shape): number {
  parameters[at++] = operand.offset;
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
