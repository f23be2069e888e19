/** gather, scatter, nonzero and maskedSelect. */

import { expect, test } from 'vitest';
import { type DType, dtypes } from '../../../src/core/dtype.ts';
import type { Shape } from '../../../src/core/shape.ts';
import type { Strided } from '../../../src/core/strided.ts';
import type { IndexedDimension } from '../../../src/kernels/contract.ts';
import {
  forEachElement,
  inputLayouts,
  type Layout,
  operand,
  outputLayouts,
  poisoned,
  turn,
  valuesOf,
} from './operands.ts';
import { stored, uniform, varied } from './values.ts';
import { exact, type Subject, verify } from './verify.ts';

const dtypeNames = Object.keys(dtypes) as DType[];

export function gatherTable(subject: Subject): void {
  for (const dtype of dtypeNames) {
    test(`gather ${dtype}`, () => gatherCases(subject, dtype));
    test(`scatter ${dtype}`, () => scatterCases(subject, dtype));
    test(`maskedSelect ${dtype}`, () => maskedSelectCases(subject, dtype));
    test(`nonzero ${dtype}`, () => nonzeroCases(subject, dtype));
  }
  test('gather and scatter refuse what is outside', () => outOfRangeCases(subject));
}

/** Indices that choose from dimensions of a tensor of shape `whole`. */
interface Pattern {
  readonly whole: Shape;
  /** The shape of the walk, and at each of its dimensions the one of `whole` that it follows, or null. */
  readonly shape: Shape;
  readonly follows: readonly (number | null)[];
  /** The dimensions chosen from, with the shape of the index for each. */
  readonly indexed: readonly { readonly dim: number; readonly shape: Shape }[];
}

function rows(whole: Shape, count: number): Pattern {
  const shape = whole.with(0, count);
  const indexed = [{ dim: 0, shape: [count, ...whole.slice(1).map(() => 1)] }];
  return { whole, shape, follows: whole.map((_, d) => (d === 0 ? null : d)), indexed };
}

/** As PyTorch's gather: an index as large as the result, which may be smaller than `whole`. */
function elements(whole: Shape, dim: number, shape: Shape): Pattern {
  return { whole, shape, follows: whole.map((_, d) => (d === dim ? null : d)), indexed: [{ dim, shape }] };
}

const patterns: readonly Pattern[] = [
  rows([10], 7),
  rows([10, 33], 5),
  rows([64, 130], 100),
  rows([3, 4, 5], 0),
  rows([1], 600),
  { whole: [10, 33], shape: [10, 5], follows: [0, null], indexed: [{ dim: 1, shape: [5] }] },
  { whole: [10, 33], shape: [10, 700], follows: [0, null], indexed: [{ dim: 1, shape: [700] }] },
  elements([4, 5, 6], 0, [9, 5, 6]),
  elements([4, 5, 6], 1, [4, 7, 5]),
  elements([4, 5, 6], 2, [2, 3, 300]),
  elements([4, 5, 6], 1, [4, 0, 6]),
  elements([], 0, []),
  // Two dimensions chosen from together, and against each other.
  {
    whole: [4, 5, 6],
    shape: [8, 5],
    follows: [null, 1],
    indexed: [
      { dim: 0, shape: [8, 1] },
      { dim: 2, shape: [8, 1] },
    ],
  },
  {
    whole: [4, 5, 6],
    shape: [4, 9, 3],
    follows: [0, null, null],
    indexed: [
      { dim: 1, shape: [9, 1] },
      { dim: 2, shape: [1, 3] },
    ],
  },
  {
    whole: [2, 3, 4],
    shape: [600],
    follows: [null],
    indexed: [0, 1, 2].map((dim) => ({ dim, shape: [600] })),
  },
];

interface Walk {
  readonly whole: Strided;
  readonly origin: Strided;
  readonly indices: readonly IndexedDimension[];
  /** Where each element of the walk lies in memory, in row-major order. */
  readonly places: readonly number[];
}

function walk(pattern: Pattern, whole: Strided, indexLayout: Layout, seed: number): Walk {
  const next = uniform(seed);
  const strides = pattern.follows.map((dim) => (dim === null ? 0 : whole.strides[dim]));
  const origin = { ...whole, shape: pattern.shape, strides };
  const indices = pattern.indexed.map(({ dim, shape }, k) => {
    const size = pattern.whole[dim] ?? 1;
    const lowest = (seed + k) % 2 === 0 ? 0 : -size;
    const index = operand('int32', shape, indexLayout, () => lowest + Math.floor(next() * (size - lowest)));
    return { index, lowest, size, step: whole.strides[dim] ?? 0 };
  });
  const chosen = indices.map(({ index }) => valuesOf(index, pattern.shape));
  const places: number[] = [];
  forEachElement(origin, (at) => {
    const n = places.length;
    const shift = indices.reduce((sum, { size, step }, k) => {
      return sum + (chosen[k][n] < 0 ? chosen[k][n] + size : chosen[k][n]) * step;
    }, 0);
    places.push(at + shift);
  });
  return { whole, origin, indices, places };
}

function operandsOf({ whole, origin, indices }: Walk): Record<string, Strided> {
  return { whole, origin, ...Object.fromEntries(indices.map(({ index }, k) => [`index ${k}`, index])) };
}

function gatherCases(subject: Subject, dtype: DType): void {
  const next = varied(dtype, 600);
  let turns = 0;
  for (const pattern of patterns) {
    for (const layout of inputLayouts) {
      const whole = operand(dtype, pattern.whole, layout, next);
      const walked = walk(pattern, whole, turn(inputLayouts, turns++), turns);
      const out = poisoned(dtype, pattern.shape, turn(outputLayouts, turns));
      verify(subject, {
        title: 'gather',
        operands: { ...operandsOf(walked), out },
        run: (kernels) => expect(kernels.gather(walked.origin, walked.indices, out)).toBe(true),
        results: [{ out, expected: walked.places.map((at) => whole.memory[at]), tolerance: exact }],
      });
    }
  }
}

function scatterCases(subject: Subject, dtype: DType): void {
  const next = varied(dtype, 700);
  let turns = 0;
  for (const pattern of patterns) {
    for (const layout of outputLayouts) {
      for (const accumulate of [false, true]) {
        const whole = operand(dtype, pattern.whole, layout, next);
        const walked = walk(pattern, whole, turn(inputLayouts, turns++), turns);
        const shape = turns % 5 === 0 ? [] : turns % 5 === 1 ? pattern.shape.slice(-1) : pattern.shape;
        const x = operand(dtype, shape, turn(inputLayouts, turns), next);
        const after = whole.memory.slice();
        valuesOf(x, pattern.shape).forEach((value, n) => {
          const at = walked.places[n];
          after[at] = stored(dtype, accumulate ? after[at] + value : value);
        });
        verify(subject, {
          title: accumulate ? 'scatter, accumulating' : 'scatter',
          operands: { ...operandsOf(walked), x },
          run: (kernels) => expect(kernels.scatter(x, walked.indices, accumulate, walked.origin)).toBe(true),
          results: [{ out: whole, expected: valuesOf({ ...whole, memory: after }), tolerance: exact }],
        });
      }
    }
  }
}

function outOfRangeCases({ kernels }: Subject): void {
  const size = 10;
  for (const [lowest, bad] of [
    [0, 10],
    [0, -1],
    [-size, -11],
    [-size, 10],
    [0, 2 ** 31 - 1],
    [-size, -(2 ** 31)],
  ]) {
    for (const count of [1, 4, 300]) {
      for (const position of [0, count - 1]) {
        let at = 0;
        const index = operand('int32', [count, 1], 'stepped', () => (at++ === position ? bad : 3));
        const indices = [{ index, lowest, size, step: 3 }];
        const x = operand('float32', [size, 3], 'dense', () => 1);
        const origin = { ...x, shape: [count, 3], strides: [0, 1] };
        const other = operand('float32', [count, 3], 'dense', () => 2);
        expect(kernels.gather(origin, indices, other)).toBe(false);
        for (const accumulate of [false, true]) {
          expect(kernels.scatter(other, indices, accumulate, origin)).toBe(false);
          expect(x.memory.every((value) => value === 1)).toBe(true);
        }
      }
    }
  }
  const none = operand('float32', [0, 3], 'dense', () => 1);
  const index = operand('int32', [1, 1], 'dense', () => 0);
  const indices = [{ index, lowest: 0, size: 0, step: 3 }];
  const origin = { ...none, shape: [1, 3], strides: [0, 1] };
  expect(kernels.gather(origin, indices, poisoned('float32', [1, 3], 'dense'))).toBe(false);
}

const maskShapes: readonly Shape[] = [[], [1], [7, 3], [1000], [65, 33], [2, 3, 4], [4, 0, 3], [2, 3, 2, 3]];

function maskedSelectCases(subject: Subject, dtype: DType): void {
  const next = varied(dtype, 800);
  let turns = 0;
  for (const shape of maskShapes) {
    for (const layout of inputLayouts) {
      for (const share of [0, 0.1, 0.5, 1]) {
        const draw = uniform(turns);
        const x = operand(dtype, shape, layout, next);
        const mask = operand('bool', shape, turn(inputLayouts, turns++), () => Number(draw() < share));
        const chosen = valuesOf(mask);
        const expected = valuesOf(x).filter((_, i) => chosen[i] !== 0);
        const out = poisoned(dtype, [expected.length], turn(outputLayouts, turns));
        verify(subject, {
          title: 'maskedSelect',
          operands: { x, mask, out },
          run: (kernels) => kernels.maskedSelect(x, mask, out),
          results: [{ out, expected, tolerance: exact }],
        });
      }
    }
  }
}

function nonzeroCases(subject: Subject, dtype: DType): void {
  const special = varied(dtype, 900); // −0 and NaN among them
  let turns = 0;
  for (const shape of maskShapes) {
    for (const layout of inputLayouts) {
      const draw = uniform(turns);
      const x = operand(dtype, shape, layout, () => (draw() < 0.5 ? 0 : special()));
      const values = valuesOf(x);
      const found = [...values.keys()].filter((i) => values[i] !== 0);
      const expected = found.flatMap((i) => coordinates(i, shape));
      const out = poisoned('int32', [found.length, shape.length], turn(outputLayouts, turns++));
      verify(subject, {
        title: 'nonzero',
        operands: { x, out },
        run: (kernels) => kernels.nonzero(x, out),
        results: [{ out, expected, tolerance: exact }],
        returns: { expected: found.length, error: 0 },
      });
      verify(subject, {
        title: 'nonzero, counting',
        operands: { x },
        run: (kernels) => kernels.nonzero(x, null),
        results: [],
        returns: { expected: found.length, error: 0 },
      });
    }
  }
}

function coordinates(flat: number, shape: Shape): number[] {
  return shape.map((size, d) => {
    const inner = shape.slice(d + 1).reduce((product, s) => product * s, 1);
    return Math.floor(flat / inner) % size;
  });
}
