/** copy, fill and indexSelect. */

import { expect, test } from 'vitest';
import type { DType } from '../../../src/core/dtype.ts';
import type { Shape } from '../../../src/core/shape.ts';
import type { Strided } from '../../../src/core/strided.ts';
import { awkwardSizes } from './elementwise.ts';
import { inputLayouts, operand, outputLayouts, poisoned, turn, valuesOf } from './operands.ts';
import { type Source, specials, uniform, varied } from './values.ts';
import { exact, type Subject, verify } from './verify.ts';

const dtypeNames: readonly DType[] = ['float32', 'float64', 'int32', 'uint8', 'bool'];
const shapes: readonly Shape[] = [[], [1], [7, 3], [130, 33], [2, 3, 4], [4, 0, 3], [2, 3, 2, 3]];

export function copiesTable(subject: Subject): void {
  for (const from of dtypeNames) test(`copy from ${from}`, () => copyCases(subject, from));
  test('fill', () => fillCases(subject));
  test('indexSelect', () => indexSelectCases(subject));
  test('indexSelect refuses what is outside', () => indexSelectErrors(subject));
}

function copyCases(subject: Subject, from: DType): void {
  function check(x: Strided, out: Strided): void {
    verify(subject, {
      title: 'copy',
      operands: { x, out },
      run: (kernels) => kernels.copy(x, out),
      results: [{ out, expected: valuesOf(x, out.shape), tolerance: exact }],
    });
  }

  dtypeNames.forEach((to, t) => {
    // Numbers at which conversions turn, in what x can hold.
    const list = Object.values(specials).flat();
    const turningPoints = [
      ...list,
      255.9,
      256,
      257,
      -0.9,
      -1.5,
      2 ** 31,
      2 ** 32 + 5,
      -(2 ** 31) - 1,
      2 ** 40 + 3,
    ];
    let at = 0;
    const x = operand(from, [turningPoints.length], 'dense', () => turningPoints[at++]);
    check(x, poisoned(to, [turningPoints.length], 'offset'));

    const next = varied(from, 400 + t);
    for (const size of [...awkwardSizes, 70_001]) {
      check(operand(from, [size], 'offset', next), poisoned(to, [size], 'offset'));
    }
    let turns = t;
    for (const shape of shapes) {
      for (const layout of inputLayouts) {
        check(operand(from, shape, layout, next), poisoned(to, shape, turn(outputLayouts, turns++)));
      }
    }
    const broadcasts: { readonly shape: Shape; readonly target: Shape }[] = [
      { shape: [3], target: [7, 3] },
      { shape: [7, 1], target: [7, 3] },
      { shape: [], target: [4, 5] },
      { shape: [1, 65], target: [33, 65] },
      { shape: [3, 1], target: [2, 3, 4] },
      { shape: [1], target: [0, 3] },
    ];
    for (const { shape, target } of broadcasts) {
      check(
        operand(from, shape, turn(inputLayouts, turns++), next),
        poisoned(to, target, turn(outputLayouts, turns)),
      );
    }
  });
}

function fillCases(subject: Subject): void {
  for (const dtype of dtypeNames) {
    for (const value of [0, 1, -1, 2.7, -0, 300, 2 ** 31, NaN, Infinity, -Infinity, 2 ** -149]) {
      for (const layout of outputLayouts) {
        for (const shape of shapes) {
          const out = poisoned(dtype, shape, layout);
          verify(subject, {
            title: `fill with ${value}`,
            operands: {},
            run: (kernels) => kernels.fill(value, out),
            results: [{ out, expected: valuesOf(out).fill(value), tolerance: exact }],
          });
        }
      }
    }
  }
}

function indexSelectCases(subject: Subject): void {
  let turns = 0;

  function check(x: Strided, dim: number, index: Strided, out: Strided): void {
    verify(subject, {
      title: `indexSelect along ${dim}`,
      operands: { x, index, out },
      run: (kernels) => kernels.indexSelect(x, dim, index, out),
      results: [{ out, expected: selected(valuesOf(x), x.shape, dim, valuesOf(index)), tolerance: exact }],
    });
  }

  for (const dtype of dtypeNames) {
    const next = varied(dtype, 500);
    for (const shape of [[7], [10, 33], [4, 5, 6], [3, 0]]) {
      for (let dim = 0; dim < shape.length; dim++) {
        for (const count of shape[dim] === 0 ? [0] : [0, 1, 5, 33]) {
          for (const layout of inputLayouts) {
            const index = operand('int32', [count], turn(inputLayouts, turns++), below(shape[dim], turns));
            const out = poisoned(dtype, shape.with(dim, count), turn(outputLayouts, turns));
            check(operand(dtype, shape, layout, next), dim, index, out);
          }
        }
      }
    }
    const index = operand('int32', [100], 'dense', below(64, 501));
    check(operand(dtype, [64, 784], 'dense', next), 0, index, poisoned(dtype, [100, 784], 'dense'));
  }
}

function selected(x: Float64Array, shape: Shape, dim: number, index: Float64Array): number[] {
  const outer = shape.slice(0, dim).reduce((product, size) => product * size, 1);
  const inner = shape.slice(dim + 1).reduce((product, size) => product * size, 1);
  const result: number[] = [];
  for (let o = 0; o < outer; o++) {
    for (const i of index) {
      for (let j = 0; j < inner; j++) result.push(x[(o * shape[dim] + i) * inner + j]);
    }
  }
  return result;
}

function below(size: number, seed: number): Source {
  const next = uniform(seed);
  return () => Math.floor(next() * size);
}

function indexSelectErrors({ kernels }: Subject): void {
  const x = operand('float32', [10, 3], 'dense', () => 1);
  for (const [bad, position] of [
    [10, 2],
    [-1, 0],
    [2 ** 31 - 1, 3],
    [-(2 ** 31), 1],
  ]) {
    const chosen = [0, 9, 4, 1].with(position, bad);
    let at = 0;
    const index = operand('int32', [4], 'stepped', () => chosen[at++]);
    const run = () => kernels.indexSelect(x, 0, index, poisoned('float32', [4, 3], 'dense'));
    expect(run).toThrow(RangeError);
    expect(run).toThrow(
      `indexSelect: index at position ${position} is ${bad}, but dimension 0 has 10 entries`,
    );
  }
  const none = operand('int32', [1], 'dense', () => 0);
  expect(() =>
    kernels.indexSelect(poisoned('float32', [0, 3], 'dense'), 0, none, poisoned('float32', [1, 3], 'dense')),
  ).toThrow(RangeError);
}
