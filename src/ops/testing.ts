/** The lesson's three tests: a program that goes on after them has been checked by them. */

import { AssertionError } from 'node:assert';
import { inspect, isDeepStrictEqual } from 'node:util';
import type { TypedArray } from '../core/dtype.ts';
import { formatShape, shapesEqual } from '../core/shape.ts';
import { type NestedArray, Tensor } from '../core/tensor.ts';
import { allclose, clone, equal, to } from './conversion.ts';
import { tensor } from './creation.ts';
import { abs } from './elementwise.ts';

/** Numbers of one shape: a tensor, nested arrays, a typed array, or a number, which has shape []. */
export type Numbers = Tensor | NestedArray | readonly NestedArray[] | TypedArray;

/** What `testNear` lets pass: |a − b| ≤ 1e-5 + 1e-3 · |b|. */
const NEAR = { rtol: 1e-3, atol: 1e-5, equalNan: false } as const;

/** What `testNearZero` lets pass. */
const NEAR_ZERO = 1e-3;

/**
 * Throws unless a and b are the same: tensors of one shape with the same elements, whatever their dtypes; any other
 * values by content, not identity. NaN is the same as NaN only outside of tensors.
 *
 * @throws AssertionError that prints both values
 */
export function testEq(a: unknown, b: unknown): void {
  if (a instanceof Tensor || b instanceof Tensor) {
    const [left, right] = [asTensor('testEq', a as Numbers), asTensor('testEq', b as Numbers)];
    if (!equal(left, right)) throw failure('testEq', 'not the same', a, b);
  } else if (!isDeepStrictEqual(a, b)) {
    throw failure('testEq', 'not the same', a, b);
  }
}

/**
 * Throws unless a and b have one shape and each pair of elements is close: |a − b| ≤ 1e-5 + 1e-3 · |b|. Sums in
 * another order differ in their last digits, so floats want this and not `testEq`.
 *
 * @throws AssertionError that prints both values
 */
export function testNear(a: Numbers, b: Numbers): void {
  const [left, right] = [asTensor('testNear', a), asTensor('testNear', b)];
  // No broadcasting: a [10000, 1] result is not the [10000] that was expected.
  if (!shapesEqual(left.shape, right.shape)) {
    const shapes = `shapes differ, ${formatShape(left.shape)} and ${formatShape(right.shape)}`;
    throw failure('testNear', shapes, a, b);
  }
  if (!allclose(left, right, NEAR)) throw failure('testNear', farthest(left, right), a, b);
}

/**
 * Throws unless every element is within 1e-3 of 0.
 *
 * @throws AssertionError that prints the value
 */
export function testNearZero(a: Numbers): void {
  const { memory } = abs(asTensor('testNearZero', a));
  // Written so that NaN fails.
  if (!memory.every((value) => value < NEAR_ZERO)) {
    throw failure('testNearZero', `not within ${NEAR_ZERO} of 0`, a, 0);
  }
}

/** In float64 and contiguous: nothing is to be rounded on the way to the comparison. */
function asTensor(operation: string, value: Numbers): Tensor {
  if (value instanceof Tensor) return clone(to(value, 'float64'));
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'object') {
    return tensor(value as NestedArray, { dtype: 'float64' });
  }
  throw new TypeError(`${operation}: needs tensors, arrays or numbers, got ${typeof value}`);
}

/** Where the difference is largest, for the message. */
function farthest(a: Tensor, b: Tensor): string {
  let worst = 0;
  let difference = -1;
  for (let i = 0; i < a.memory.length; i++) {
    const distance = Math.abs(a.memory[i] - b.memory[i]);
    // A NaN on one side is as far as can be.
    const here = Number.isNaN(distance) ? Infinity : distance;
    if (here > difference) [worst, difference] = [i, here];
  }
  return `not near: element ${worst} is ${a.memory[worst]}, not ${b.memory[worst]}`;
}

function failure(operation: string, rule: string, actual: unknown, expected: unknown): AssertionError {
  const [left, right] = [actual, expected].map((value) =>
    value instanceof Tensor ? String(value) : inspect(value, { breakLength: 100 }),
  );
  const message = `${operation}: ${rule}\n${left}\nagainst\n${right}`;
  return new AssertionError({ message, actual, expected, operator: operation });
}
