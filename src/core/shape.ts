import { ShapeError } from './errors.ts';

/** Sizes by dimension, outermost first; `[]` is a single number. */
export type Shape = readonly number[];

/** `[64, 784]`, as error messages print shapes. */
export function formatShape(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}

/**
 * A copy of `shape` once it is known to be one: whole sizes from 0, and a product within 2^53, zeros left
 * aside, so that no zero hides sizes whose views could not be addressed.
 */
export function checkShape(operation: string, shape: unknown): number[] {
  if (!Array.isArray(shape))
    throw new TypeError(`${operation}: shape must be an array of sizes, got ${String(shape)}`);
  const sizes: number[] = [];
  let product = 1;
  for (const size of Array.from(shape as unknown[])) {
    if (typeof size !== 'number') {
      throw new TypeError(
        `${operation}: sizes must be numbers, got ${String(size)} in ${formatShape(shape)}`,
      );
    }
    if (!Number.isSafeInteger(size) || size < 0) {
      throw new RangeError(
        `${operation}: sizes must be whole numbers from 0, got ${size} in ${formatShape(shape)}`,
      );
    }
    if (size > 0) product *= size;
    if (product > Number.MAX_SAFE_INTEGER) {
      throw new RangeError(`${operation}: ${formatShape(shape)} has more than 2^53 elements`);
    }
    sizes.push(size + 0); // turns -0 into 0
  }
  return sizes;
}

/** Number of elements; 1 for `[]`. */
export function numelOf(shape: Shape): number {
  let product = 1;
  for (let d = 0; d < shape.length; d++) product *= shape[d];
  return product;
}

/**
 * Number of elements of a shape that an operation came to, once its strides can be counted: zeros left aside, so that
 * none hides an overflow.
 *
 * @throws RangeError when there are more than 2^53.
 */
export function addressableNumel(operation: string, shape: Shape): number {
  let product = 1;
  let empty = false;
  for (let d = 0; d < shape.length; d++) {
    if (shape[d] === 0) empty = true;
    else product *= shape[d];
  }
  if (product > Number.MAX_SAFE_INTEGER)
    throw new RangeError(`${operation}: ${formatShape(shape)} has more than 2^53 elements`);
  return empty ? 0 : product;
}

/** Strides of the row-major layout: the last dimension steps by 1. */
export function contiguousStrides(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let d = shape.length - 1; d >= 0; d--) {
    strides[d] = step;
    step *= Math.max(shape[d], 1);
  }
  return strides;
}

/** Whether elements lie in row-major order without gaps; dimensions of size 1 may have any stride. */
export function isContiguousLayout(shape: Shape, strides: readonly number[]): boolean {
  let step = 1;
  for (let d = shape.length - 1; d >= 0; d--) {
    const size = shape[d];
    if (size === 0) return true;
    if (size !== 1) {
      if (strides[d] !== step) return false;
      step *= size;
    }
  }
  return true;
}

export function shapesEqual(a: Shape, b: Shape): boolean {
  if (a.length !== b.length) return false;
  for (let d = 0; d < a.length; d++) if (a[d] !== b[d]) return false;
  return true;
}

/**
 * The shape that `a` and `b` broadcast to: aligned at the last dimension, each pair of sizes must be equal
 * or hold a 1 (NumPy, "General broadcasting rules").
 *
 * @throws ShapeError naming both shapes and the dimension, counted from the end.
 */
export function broadcastShapes(operation: string, a: Shape, b: Shape): Shape {
  if (shapesEqual(a, b)) return a;
  const rank = Math.max(a.length, b.length);
  const shape = new Array<number>(rank);
  for (let fromEnd = 1; fromEnd <= rank; fromEnd++) {
    const sizeA = a[a.length - fromEnd] ?? 1;
    const sizeB = b[b.length - fromEnd] ?? 1;
    if (sizeA !== sizeB && sizeA !== 1 && sizeB !== 1) {
      throw new ShapeError(
        `${operation}: ${formatShape(a)} and ${formatShape(b)} do not broadcast: ` +
          `sizes ${sizeA} and ${sizeB} at dimension -${fromEnd}`,
      );
    }
    shape[rank - fromEnd] = sizeA === 1 ? sizeB : sizeA;
  }
  return shape;
}

/**
 * The strides with which an operand of `shape` and `strides` is walked in the shape `target` that it
 * broadcasts to: 0 along dimensions that it repeats.
 */
export function broadcastStrides(shape: Shape, strides: readonly number[], target: Shape): number[] {
  const added = target.length - shape.length;
  const result = new Array<number>(target.length);
  for (let d = 0; d < target.length; d++) {
    result[d] = d < added || (shape[d - added] === 1 && target[d] !== 1) ? 0 : strides[d - added];
  }
  return result;
}

/**
 * A dimension counted from 0, from one that may be counted from the end. Of a 0-d tensor 0 and -1 are allowed,
 * as in PyTorch's reductions.
 */
export function normalizeDim(operation: string, dim: number, rank: number): number {
  const limit = Math.max(rank, 1);
  if (typeof dim !== 'number') throw new TypeError(`${operation}: dim must be a number, got ${String(dim)}`);
  if (!Number.isInteger(dim) || dim < -limit || dim >= limit) {
    throw new RangeError(
      `${operation}: dim must be a whole number from ${-limit} to ${limit - 1}, got ${dim}`,
    );
  }
  return dim < 0 ? dim + limit : dim;
}
