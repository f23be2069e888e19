/** linear and linearBackward. */

import { test } from 'vitest';
import type { DType } from '../../../src/core/dtype.ts';
import type { Shape } from '../../../src/core/shape.ts';
import type { Strided } from '../../../src/core/strided.ts';
import { magnitude, product, wholeNumbers } from './matmul.ts';
import { inputLayouts, type Layout, operand, outputLayouts, poisoned, turn, valuesOf } from './operands.ts';
import { epsilon } from './reduce.ts';
import { nonFinite, ordinary, type Source, uniform, whole } from './values.ts';
import { type ExpectedResult, type Subject, verify } from './verify.ts';

const floats: readonly DType[] = ['float32', 'float64'];

export function linearTable(subject: Subject): void {
  test('linear', () => linearCases(subject));
  test('linearBackward', () => linearBackwardCases(subject));
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
    const sizes = [batch, inFeatures, outFeatures] as const;
    const sums = product(valuesOf(x), weights, ...sizes);
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
            : {
                absolute: magnitude(valuesOf(x), weights, ...sizes).map(
                  (size, i) => eps * (size + Math.abs(shifts[i % outFeatures])),
                ),
              },
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
    const expect = (out: Strided | null, added: boolean, ...factors: Parameters<typeof product>) => {
      if (out === null) return;
      const old = added
        ? valuesOf(out)
        : new Float64Array(out.shape.reduce((count, size) => count * size, 1));
      const eps = (4 + Math.sqrt(factors[3])) * (epsilon[dtype] ?? 0);
      results.push({
        out,
        expected: product(...factors).map((sum, i) => sum + old[i]),
        tolerance: exact
          ? wholeNumbers
          : { absolute: magnitude(...factors).map((size, i) => eps * (size + Math.abs(old[i]))) },
      });
    };
    expect(dx, false, dz, valuesOf(weight), batch, outFeatures, inFeatures);
    expect(dWeight, accumulate, dzT, valuesOf(x), outFeatures, batch, inFeatures);
    expect(dBias, accumulate, dzT, ones, outFeatures, batch, 1);

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
