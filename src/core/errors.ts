/**
 * The error classes of the library beside JavaScript's own `RangeError` (a size, dimension or index that is
 * not allowed) and `TypeError` (a value of the wrong kind). Every message names the operation, the rule and
 * the values: `matmul: inner sizes differ: [64, 784] @ [512, 10]`.
 */

/** Shapes that do not fit each other or the operation. */
export class ShapeError extends Error {
  override readonly name = 'ShapeError';
}

/** A file or buffer that is not what its format demands; the message gives the place and the byte offset. */
export class FormatError extends Error {
  override readonly name = 'FormatError';
}

/** The error for byte `offset` of `name`, a file or what stands for one. */
export function malformed(name: string, offset: number, rule: string): FormatError {
  return new FormatError(`${name}: at byte ${offset}: ${rule}`);
}

/** Memory that could not be had. Operands are as they were, and the next operation works. */
export class OutOfMemoryError extends Error {
  override readonly name = 'OutOfMemoryError';
}

/** Something asked for at the wrong time, or of the wrong state: a backward without its forward, another model's state dict. */
export class StateError extends Error {
  override readonly name = 'StateError';
}
