/** matmul, linear and linearBackward. */

import { test } from 'vitest';
import type { DType } from '../../../src/core/dtype.ts';
import type { Shape } from '../../../src/core/shape.ts';
import type { Strided } from '../../../src/core/strided.ts';
import { awkwardSizes } from './elementwise.ts';
import { inputLayouts, type Layout, operand, outputLayouts, poisoned, turn, valuesOf } from './operands.ts';
import { epsilon } from './reductions.ts';
import { nonFinite, ordinary, type Source, uniform, whole } from './values.ts';
import { type ExpectedResult, type Subject, type Tolerance, verify } from './verify.ts';

const floats: readonly DType[] = ['float32', 'float64'];
const wholeNumbers: Tolerance = { ulps: 0, signedZero: false };

export function productsTable(subject: Subject): void {
  test('matmul of whole numbers, all awkward sizes', () => allSizes(subject));
  test('matmul of whole numbers, each size from 1 to 130', () => eachSize(subject));
  test('matmul in every layout', () => everyLayout(subject));
  test('matmul, batches', () => batches(subject));
  test('matmul rounds little', () => rounding(subject));
  test('matmul with NaN, infinities and subnormals', () => strangeNumbers(subject));
  test('linear', () => linearCases(subject));
  test('linearBackward', () => linearBackwardCases(subject));
}

/** [rows, depth] · [depth, columns], row-major. Also Σ |a| · |b|, by which rounding errors are measured. */
function product(a: Float64Array, b: Float64Array, rows: number, depth: number, columns: number) {
  const sums = new Float64Array(rows * columns);
  const sizes = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < depth; k++) {
      const factor = a[i * depth + k];
      for (let j = 0; j < columns; j++) {
        const term = factor * b[k * columns + j];
        sums[i * columns + j] += term;
        sizes[i * columns + j] += Math.abs(term);
      }
    }
  }
  return { sums, sizes };
}

/** Checks a product of two or more dimensions; `exact` where no rounding can happen. */
function checkMatmul(
  subject: Subject,
  a: Strided,
  b: Strided,
  out: Strided,
  accumulate: boolean,
  exact: boolean,
) {
  const [rows, columns] = out.shape.slice(-2);
  const depth = a.shape[a.shape.length - 1];
  const batch = out.shape.slice(0, -2);
  const aAll = valuesOf(a, [...batch, rows, depth]);
  const bAll = valuesOf(b, [...batch, depth, columns]);
  const count = batch.reduce((size, next) => size * next, 1);
  const old = valuesOf(out);
  const expected = new Float64Array(old.length);
  const errors = new Float64Array(old.length);
  const eps = (4 + Math.sqrt(depth)) * (epsilon[out.dtype] ?? 0);
  for (let n = 0; n < count; n++) {
    const aOne = aAll.subarray(n * rows * depth, (n + 1) * rows * depth);
    const bOne = bAll.subarray(n * depth * columns, (n + 1) * depth * columns);
    const { sums, sizes } = product(aOne, bOne, rows, depth, columns);
    expected.set(sums, n * rows * columns);
    errors.set(sizes, n * rows * columns);
  }
  for (let i = 0; i < expected.length; i++) {
    if (accumulate) expected[i] += old[i];
    errors[i] = eps * (errors[i] + (accumulate ? Math.abs(old[i]) : 0));
  }
  verify(subject, {
    title: `matmul${accumulate ? ', accumulating' : ''}`,
    operands: { a, b, out },
    run: (kernels) => kernels.matmul(a, b, out, accumulate),
    results: [{ out, expected, tolerance: exact ? wholeNumbers : { absolute: errors } }],
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
  for (const rows of awkwardSizes) {
    for (const depth of awkwardSizes) {
      for (const columns of awkwardSizes) {
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
  const shapes: [Shape, Shape, Shape][] = [
    [
      [2, 3, 4],
      [2, 4, 5],
      [2, 3, 5],
    ],
    [
      [1, 3, 4],
      [5, 4, 2],
      [5, 3, 2],
    ],
    [
      [6, 3, 4],
      [1, 4, 2],
      [6, 3, 2],
    ],
    [
      [3, 4],
      [2, 3, 4, 5],
      [2, 3, 3, 5],
    ],
    [
      [2, 1, 3, 4],
      [3, 4, 5],
      [2, 3, 3, 5],
    ],
    [
      [0, 3, 4],
      [4, 5],
      [0, 3, 5],
    ],
    [
      [2, 3, 0],
      [2, 0, 5],
      [2, 3, 5],
    ],
    [
      [33, 7, 17],
      [33, 17, 9],
      [33, 7, 9],
    ],
    [
      [4, 1, 16],
      [4, 16, 1],
      [4, 1, 1],
    ],
  ];
  let turns = 0;
  for (const [aShape, bShape, shape] of shapes) {
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

const layerSizes = [0, 1, 7, 16, 33, 64, 130];

function linearCases(subject: Subject): void {
  let n = 0;

  function check(
    x: Strided,
    weight: Strided,
    bias: Strided | null,
    activation: 'none' | 'relu',
    exact = true,
  ): void {
    const [batch, inFeatures] = x.shape;
    const [outFeatures] = weight.shape;
    const y = poisoned(x.dtype, [batch, outFeatures], turn(outputLayouts, n++));
    const weights = transposed(valuesOf(weight), outFeatures, inFeatures);
    const { sums, sizes } = product(valuesOf(x), weights, batch, inFeatures, outFeatures);
    const shifts = bias === null ? new Float64Array(outFeatures) : valuesOf(bias);
    const eps = (4 + Math.sqrt(inFeatures)) * (epsilon[x.dtype] ?? 0);
    verify(subject, {
      title: `linear${bias === null ? '' : ' with bias'}, activation ${activation}`,
      operands: bias === null ? { x, weight, y } : { x, weight, bias, y },
      run: (kernels) => kernels.linear(x, weight, bias, activation, y),
      results: [
        {
          out: y,
          expected: sums.map((sum, i) => {
            const z = sum + shifts[i % outFeatures];
            return activation === 'relu' && z < 0 ? 0 : z;
          }),
          tolerance: exact
            ? wholeNumbers
            : { absolute: sizes.map((size, i) => eps * (size + Math.abs(shifts[i % outFeatures]))) },
        },
      ],
    });
  }

  const next = whole(907);
  for (const batch of layerSizes) {
    for (const inFeatures of layerSizes) {
      for (const outFeatures of layerSizes) {
        const dtype = turn(floats, n % 5);
        const x = operand(dtype, [batch, inFeatures], turn(inputLayouts, n), next);
        const weight = operand(dtype, [outFeatures, inFeatures], turn(inputLayouts, n + 2), next);
        const biasLayout = turn<Layout>(['dense', 'offset', 'stepped', 'negative', 'sameRows'], n);
        const bias = n % 4 === 3 ? null : operand(dtype, [outFeatures], biasLayout, next);
        check(x, weight, bias, n % 2 === 0 ? 'relu' : 'none');
      }
    }
  }
  const rough = ordinary(908);
  for (const dtype of floats) {
    for (const [batch, inFeatures, outFeatures] of [
      [64, 784, 50],
      [64, 50, 10],
      [5, 784, 10],
    ]) {
      const x = operand(dtype, [batch, inFeatures], 'dense', rough);
      const weight = operand(dtype, [outFeatures, inFeatures], 'dense', rough);
      check(x, weight, operand(dtype, [outFeatures], 'dense', rough), 'relu', false);
    }
    for (const strange of nonFinite) {
      for (const activation of ['none', 'relu'] as const) {
        let at = 0;
        const x = operand(dtype, [5, 9], 'dense', () => (at++ === 13 ? strange : 1));
        check(x, operand(dtype, [18, 9], 'dense', whole(909)), null, activation);
        let b = 0;
        const bias = operand(dtype, [18], 'dense', () => (b++ === 16 ? strange : 1));
        check(
          operand(dtype, [5, 9], 'dense', next),
          operand(dtype, [18, 9], 'dense', next),
          bias,
          activation,
        );
      }
    }
  }
}

function linearBackwardCases(subject: Subject): void {
  let n = 0;

  function check(
    dtype: DType,
    [batch, inFeatures, outFeatures]: readonly number[],
    next: Source,
    exact = true,
  ): void {
    const x = operand(dtype, [batch, inFeatures], turn(inputLayouts, n), next);
    const weight = operand(dtype, [outFeatures, inFeatures], turn(inputLayouts, n + 1), next);
    const dy = operand(dtype, [batch, outFeatures], turn(inputLayouts, n + 2), next);
    const y = n % 2 === 0 ? null : operand(dtype, [batch, outFeatures], turn(inputLayouts, n + 3), next);
    const accumulate = n % 3 === 0;
    // Which of the three gradients are wanted: all, then each set of fewer.
    const wanted = n % 11 < 4 ? 7 : n % 8;
    const gradient = (bit: number, shape: Shape, added: boolean): Strided | null => {
      if ((wanted & bit) === 0) return null;
      const layout = turn(outputLayouts, n + bit);
      return added ? operand(dtype, shape, layout, next) : poisoned(dtype, shape, layout);
    };
    const dx = gradient(1, x.shape, false);
    const dWeight = gradient(2, weight.shape, accumulate);
    const dBias = gradient(4, [outFeatures], accumulate);
    n++;

    const activity = y === null ? null : valuesOf(y);
    const dz = valuesOf(dy).map((value, i) => (activity === null || activity[i] > 0 ? value : 0));
    const dzT = transposed(dz, batch, outFeatures);
    const ones = new Float64Array(batch).fill(1);
    const results: ExpectedResult[] = [];
    const expect = (
      out: Strided | null,
      { sums, sizes }: ReturnType<typeof product>,
      terms: number,
      added: boolean,
    ) => {
      if (out === null) return;
      const old = valuesOf(out);
      const eps = (4 + Math.sqrt(terms)) * (epsilon[dtype] ?? 0);
      results.push({
        out,
        expected: added ? sums.map((sum, i) => sum + old[i]) : sums,
        tolerance: exact
          ? wholeNumbers
          : { absolute: sizes.map((size, i) => eps * (size + (added ? Math.abs(old[i]) : 0))) },
      });
    };
    expect(dx, product(dz, valuesOf(weight), batch, outFeatures, inFeatures), outFeatures, false);
    expect(dWeight, product(dzT, valuesOf(x), outFeatures, batch, inFeatures), batch, accumulate);
    expect(dBias, product(dzT, ones, outFeatures, batch, 1), batch, accumulate);

    const named = { x, weight, dy, y, dx, dWeight, dBias };
    verify(subject, {
      title: `linearBackward${accumulate ? ', accumulating' : ''}`,
      operands: Object.fromEntries(
        Object.entries(named).filter((entry): entry is [string, Strided] => entry[1] !== null),
      ),
      run: (kernels) => kernels.linearBackward(x, weight, dy, y, accumulate, dx, dWeight, dBias),
      results,
    });
  }

  const next = whole(910);
  for (const batch of layerSizes) {
    for (const inFeatures of layerSizes) {
      for (const outFeatures of layerSizes) {
        check(turn(floats, n % 5), [batch, inFeatures, outFeatures], next);
      }
    }
  }
  const rough = ordinary(911);
  for (const dtype of floats) {
    for (let i = 0; i < 6; i++) {
      check(dtype, [64, 784, 50], rough, false);
      check(dtype, [64, 50, 10], rough, false);
    }
  }
  // An output that is NaN is not above 0: no gradient passes.
  const odd: Source = uniform(912);
  for (let i = 0; i < 24; i++) {
    check('float32', [9, 5, 18], () => (odd() < 0.02 ? turn(nonFinite, i) : next()));
  }
}

function transposed(x: Float64Array, rows: number, columns: number): Float64Array {
  const result = new Float64Array(x.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) result[j * rows + i] = x[i * columns + j];
  return result;
}
