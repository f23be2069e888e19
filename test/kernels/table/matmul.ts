/** matmul. */

import { test } from 'vitest';
import type { DType } from '../../../src/core/dtype.ts';
import type { Shape } from '../../../src/core/shape.ts';
import type { Strided } from '../../../src/core/strided.ts';
import { awkwardSizes } from './elementwise.ts';
import { inputLayouts, operand, outputLayouts, poisoned, turn, valuesOf } from './operands.ts';
import { epsilon } from './reduce.ts';
import { nonFinite, ordinary, type Source, uniform, whole } from './values.ts';
import { type Subject, type Tolerance, verify } from './verify.ts';

const floats: readonly DType[] = ['float32', 'float64'];
/** Sums of products of small whole numbers are exact, whatever the order. */
export const wholeNumbers: Tolerance = { ulps: 0, signedZero: false };

export function matmulTable(subject: Subject): void {
  test('matmul of whole numbers, awkward sizes in all three dimensions', () => allSizes(subject));
  test('matmul of whole numbers, each size from 1 to 130', () => eachSize(subject));
  test('matmul in every layout', () => everyLayout(subject));
  test('matmul, batches', () => batches(subject));
  test('matmul rounds little', () => rounding(subject));
  test('matmul with NaN, infinities and subnormals', () => strangeNumbers(subject));
}

/** [rows, depth] · [depth, columns], row-major. */
export function product(
  a: Float64Array,
  b: Float64Array,
  rows: number,
  depth: number,
  columns: number,
): Float64Array {
  const sums = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < depth; k++) {
      const factor = a[i * depth + k];
      for (let j = 0; j < columns; j++) sums[i * columns + j] += factor * b[k * columns + j];
    }
  }
  return sums;
}

/** Σ |a| · |b|, by which the rounding errors of a product are measured. */
export const magnitude: typeof product = (a, b, ...sizes) =>
  product(a.map(Math.abs), b.map(Math.abs), ...sizes);

/** Checks a product of two or more dimensions; `exact` where no rounding can happen. */
function checkMatmul(
  subject: Subject,
  a: Strided,
  b: Strided,
  out: Strided,
  accumulate: boolean,
  exact: boolean,
): void {
  const [rows, columns] = out.shape.slice(-2);
  const depth = a.shape[a.shape.length - 1];
  const batch = out.shape.slice(0, -2);
  const count = batch.reduce((size, next) => size * next, 1);
  const left = valuesOf(a, [...batch, rows, depth]);
  const right = valuesOf(b, [...batch, depth, columns]);
  const old = valuesOf(out);

  /** The products of all matrices, and what they are added to. */
  function ofEach(multiply: typeof product, added: (old: number) => number): Float64Array {
    const result = new Float64Array(old.length);
    for (let n = 0; n < count; n++) {
      const leftOne = left.subarray(n * rows * depth, (n + 1) * rows * depth);
      const rightOne = right.subarray(n * depth * columns, (n + 1) * depth * columns);
      result.set(multiply(leftOne, rightOne, rows, depth, columns), n * rows * columns);
    }
    return accumulate ? result.map((sum, i) => sum + added(old[i])) : result;
  }

  const eps = (4 + Math.sqrt(depth)) * (epsilon[out.dtype] ?? 0);
  verify(subject, {
    title: `matmul${accumulate ? ', accumulating' : ''}`,
    operands: { a, b, out },
    run: (kernels) => kernels.matmul(a, b, out, accumulate),
    results: [
      {
        out,
        expected: ofEach(product, (value) => value),
        tolerance: exact ? wholeNumbers : { absolute: ofEach(magnitude, Math.abs).map((size) => eps * size) },
      },
    ],
  });
}

/** Operands of one 2-d product in the layouts that number `n` stands for. */
function checkProduct(
  subject: Subject,
  dtype: DType,
  [rows, depth, columns]: readonly number[],
  next: Source,
  n: number,
  exact = true,
): void {
  const accumulate = n % 3 === 0;
  const outLayout = turn(outputLayouts, n);
  const outShape = [rows, columns];
  checkMatmul(
    subject,
    operand(dtype, [rows, depth], turn(inputLayouts, n), next),
    operand(dtype, [depth, columns], turn(inputLayouts, Math.floor(n / 4)), next),
    accumulate ? operand(dtype, outShape, outLayout, next) : poisoned(dtype, outShape, outLayout),
    accumulate,
    exact,
  );
}

function allSizes(subject: Subject): void {
  const next = whole(900);
  let n = 0;
  const sizes = awkwardSizes.filter((size) => ![31, 63, 127].includes(size));
  for (const rows of sizes) {
    for (const depth of sizes) {
      for (const columns of sizes) {
        // float64 has its turn at every fifth.
        checkProduct(subject, n % 5 === 0 ? 'float64' : 'float32', [rows, depth, columns], next, n);
        n++;
      }
    }
  }
}

function eachSize(subject: Subject): void {
  const next = whole(901);
  for (let size = 1; size <= 130; size++) {
    checkProduct(subject, 'float32', [size, 17, 35], next, size);
    checkProduct(subject, 'float32', [19, size, 37], next, size + 1);
    checkProduct(subject, 'float32', [21, 15, size], next, size + 2);
    checkProduct(subject, 'float64', [size, 9, 131 - size], next, size + 3);
  }
  checkProduct(subject, 'float32', [300, 700, 310], next, 1);
  checkProduct(subject, 'float32', [5, 2100, 6], next, 2);
  checkProduct(subject, 'float32', [1, 1025, 513], next, 3);
  checkProduct(subject, 'float32', [513, 1025, 1], next, 4);
}

function everyLayout(subject: Subject): void {
  const next = whole(902);
  for (const dtype of floats) {
    for (const a of inputLayouts) {
      for (const b of inputLayouts) {
        for (const c of outputLayouts) {
          for (const accumulate of [false, true]) {
            checkMatmul(
              subject,
              operand(dtype, [9, 21], a, next),
              operand(dtype, [21, 18], b, next),
              accumulate ? operand(dtype, [9, 18], c, next) : poisoned(dtype, [9, 18], c),
              accumulate,
              true,
            );
          }
        }
      }
    }
  }
}

function batches(subject: Subject): void {
  const next = whole(903);
  const shapes: { readonly a: Shape; readonly b: Shape; readonly out: Shape }[] = [
    { a: [2, 3, 4], b: [2, 4, 5], out: [2, 3, 5] },
    { a: [1, 3, 4], b: [5, 4, 2], out: [5, 3, 2] },
    { a: [6, 3, 4], b: [1, 4, 2], out: [6, 3, 2] },
    { a: [3, 4], b: [2, 3, 4, 5], out: [2, 3, 3, 5] },
    { a: [2, 1, 3, 4], b: [3, 4, 5], out: [2, 3, 3, 5] },
    { a: [0, 3, 4], b: [4, 5], out: [0, 3, 5] },
    { a: [2, 3, 0], b: [2, 0, 5], out: [2, 3, 5] },
    { a: [33, 7, 17], b: [33, 17, 9], out: [33, 7, 9] },
    { a: [4, 1, 16], b: [4, 16, 1], out: [4, 1, 1] },
  ];
  let turns = 0;
  for (const { a: aShape, b: bShape, out: shape } of shapes) {
    for (const layout of inputLayouts) {
      for (const accumulate of [false, true]) {
        const dtype = turn(floats, turns++);
        const outLayout = turn(outputLayouts, turns);
        checkMatmul(
          subject,
          operand(dtype, aShape, layout, next),
          operand(dtype, bShape, turn(inputLayouts, turns + 2), next),
          accumulate ? operand(dtype, shape, outLayout, next) : poisoned(dtype, shape, outLayout),
          accumulate,
          true,
        );
      }
    }
  }
}

function rounding(subject: Subject): void {
  const next = ordinary(904);
  const sizes = [
    [64, 784, 50],
    [50, 64, 784],
    [64, 50, 10],
    [1, 4099, 1],
    [3, 30_011, 5],
    [130, 257, 65],
  ];
  sizes.forEach((size, n) => {
    for (const dtype of floats) {
      for (const turns of [0, 1, 2, 5]) checkProduct(subject, dtype, size, next, n + turns, false);
    }
  });
}

function strangeNumbers(subject: Subject): void {
  const places = uniform(905);
  for (const dtype of floats) {
    for (const [rows, depth, columns] of [
      [1, 1, 1],
      [5, 7, 3],
      [17, 33, 18],
      [64, 65, 66],
    ]) {
      for (const strange of nonFinite) {
        for (const inA of [true, false]) {
          for (const other of [0, 1, -1]) {
            // One strange number meets the same number everywhere: 0 · NaN and 0 · ∞ are NaN.
            const count = inA ? rows * depth : depth * columns;
            const place = Math.floor(places() * count);
            let at = 0;
            const odd: Source = () => (at++ === place ? strange : 2);
            const even: Source = () => other;
            const a = operand(dtype, [rows, depth], 'offset', inA ? odd : even);
            const b = operand(dtype, [depth, columns], 'offset', inA ? even : odd);
            checkMatmul(subject, a, b, poisoned(dtype, [rows, columns], 'offset'), false, true);
          }
        }
      }
    }
  }
  // Products below the normal numbers, all multiples of 2^-140, add up exactly.
  const next = whole(906);
  const tiny = operand('float32', [19, 40], 'dense', () => next() * 2 ** -100);
  const small = operand('float32', [40, 35], 'dense', () => next() * 2 ** -40);
  checkMatmul(subject, tiny, small, poisoned('float32', [19, 35], 'dense'), false, true);
}
