/** reduce. */

import { test } from 'vitest';
import { type DType, dtypes } from '../../../src/core/dtype.ts';
import type { Shape } from '../../../src/core/shape.ts';
import type { Strided } from '../../../src/core/strided.ts';
import { type ReduceOp, reduceOps } from '../../../src/kernels/contract.ts';
import { awkwardSizes } from './elementwise.ts';
import { inputLayouts, operand, outputLayouts, poisoned, turn, valuesOf } from './operands.ts';
import { nonFinite, ordinary, type Source, uniform, varied, whole } from './values.ts';
import { type Subject, type Tolerance, verify } from './verify.ts';

export const reducedFrom: readonly Shape[] = [
  [],
  [1],
  [7, 3],
  [3, 7],
  [17, 65],
  [130, 33],
  [3, 1, 5],
  [2, 3, 4],
  [4, 40, 9],
  [0, 3],
  [3, 0],
  [2, 3, 2, 3],
  [3, 5, 4, 2],
];
export const anyDType: readonly DType[] = ['float32', 'float64', 'int32', 'uint8', 'bool'];
const floats: readonly DType[] = ['float32', 'float64'];

export const epsilon: Partial<Record<DType, number>> = { float32: 2 ** -23, float64: 2 ** -52 };

export function reduceTable(subject: Subject): void {
  for (const op of reduceOps) test(`reduce ${op}`, () => reduceCases(subject, op));
  test('reduce sum and mean keep their digits over many elements', () => longSums(subject));
}

/** Every set of dimensions, as the shape of the result. */
export function reducedShapes(shape: Shape): Shape[] {
  const sets = Array.from({ length: 2 ** shape.length }, (_, set) => set);
  return sets.map((set) => shape.map((size, d) => (set & (1 << d) ? 1 : size)));
}

/** The elements of x that make each element of the result. */
export function groupsOf(x: Strided, outShape: Shape): number[][] {
  const groups: number[][] = Array.from(
    { length: outShape.reduce((product, size) => product * size, 1) },
    () => [],
  );
  const values = valuesOf(x);
  const index = new Array<number>(x.shape.length).fill(0);
  for (const value of values) {
    let flat = 0;
    outShape.forEach((size, d) => {
      flat = flat * size + (size === 1 ? 0 : index[d]);
    });
    groups[flat].push(value);
    for (let d = index.length - 1; d >= 0; d--) {
      if (++index[d] < x.shape[d]) break;
      index[d] = 0;
    }
  }
  return groups;
}

/** Σ, with what rounding takes away kept in a second number (Neumaier). */
export function accurateSum(values: Iterable<number>): number {
  let sum = 0;
  let lost = 0;
  for (const value of values) {
    const next = sum + value;
    lost += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum;
    sum = next;
  }
  // Of infinities and NaN nothing is lost but themselves.
  return Number.isFinite(lost) ? sum + lost : sum;
}

const absolutes = (values: readonly number[]) => accurateSum(values.map(Math.abs));

const reductionFormulas: Record<ReduceOp, (values: readonly number[]) => number> = {
  sum: accurateSum,
  mean: (values) => accurateSum(values) / values.length,
  prod: (values) => values.reduce((product, value) => product * value, 1),
  amax: (values) => values.reduce((most, value) => (Number.isNaN(most) || most > value ? most : value)),
  amin: (values) => values.reduce((least, value) => (Number.isNaN(least) || least < value ? least : value)),
  norm1: absolutes,
  norm2: (values) => Math.sqrt(accurateSum(values.map((value) => value * value))),
};

/** What rounding may do, when summed in blocks and pairs: not more with more elements, but for a few levels. */
const roundingErrors: Record<ReduceOp, (values: readonly number[], eps: number) => number> = {
  sum: (values, eps) => 4 * eps * absolutes(values),
  mean: (values, eps) => (4 * eps * absolutes(values)) / values.length,
  prod: (values, eps) => 2 * eps * values.length * Math.abs(reductionFormulas.prod(values)),
  amax: () => 0,
  amin: () => 0,
  norm1: (values, eps) => 4 * eps * absolutes(values),
  norm2: (values, eps) => 4 * eps * reductionFormulas.norm2(values),
};

function checkReduce(subject: Subject, op: ReduceOp, x: Strided, out: Strided, mustBeExact: boolean): void {
  const groups = groupsOf(x, out.shape);
  const eps = epsilon[out.dtype] ?? 0;
  const tolerance: Tolerance = mustBeExact
    ? { ulps: 0, signedZero: false }
    : { absolute: groups.map((values) => roundingErrors[op](values, eps)) };
  verify(subject, {
    title: `reduce ${op}`,
    operands: { x, out },
    run: (kernels) => kernels.reduce(op, x, out),
    results: [{ out, expected: groups.map((values) => reductionFormulas[op](values)), tolerance }],
  });
}

function reduceCases(subject: Subject, op: ReduceOp): void {
  const extreme = op === 'amax' || op === 'amin';
  let turns = 0;
  for (const dtype of op === 'mean' || op === 'norm1' || op === 'norm2' ? floats : anyDType) {
    const { floating } = dtypes[dtype];
    const outDType = floating || extreme ? dtype : 'float64';
    // Whole numbers add up exactly; ±1 and ±2 multiply exactly, and few enough of them stay finite.
    const wholes = whole(600, dtype === 'int32' ? 1000 : 8);
    const powers = uniform(601);
    const simple: Source =
      op === 'prod' ? () => 2 ** Math.floor(powers() * 1.1) * (powers() < 0.5 ? -1 : 1) : wholes;
    const plain: Source = dtype === 'bool' || dtype === 'uint8' ? () => Math.abs(simple()) % 2 : simple;
    const spread = op === 'prod' ? unitLike(602) : extreme ? varied(dtype, 603) : ordinary(604);

    for (const shape of reducedFrom) {
      for (const outShape of reducedShapes(shape)) {
        const empties = shape.some((size, d) => size === 0 && outShape[d] === 1);
        if (extreme && empties) continue;
        for (const layout of inputLayouts) {
          const out = poisoned(outDType, outShape, turn(outputLayouts, turns++));
          checkReduce(subject, op, operand(dtype, shape, layout, plain), out, op !== 'mean');
        }
        if (!floating) continue;
        const layout = turn(inputLayouts, turns++);
        const out = poisoned(outDType, outShape, turn(outputLayouts, turns));
        checkReduce(subject, op, operand(dtype, shape, layout, spread), out, extreme);
      }
    }
    for (const size of [...awkwardSizes, 4099]) {
      if (extreme && size === 0) continue;
      for (const { shape, dim } of [
        { shape: [size], dim: 0 },
        { shape: [size, 5], dim: 0 },
        { shape: [5, size], dim: 1 },
      ]) {
        const x = operand(dtype, shape, 'offset', floating ? spread : plain);
        checkReduce(subject, op, x, poisoned(outDType, shape.with(dim, 1), 'offset'), extreme || !floating);
      }
    }
    if (floating) nonFiniteCases(subject, op, dtype);
  }
}

/** One or two numbers that are not finite, at every place among ordinary ones. */
function nonFiniteCases(subject: Subject, op: ReduceOp, dtype: DType): void {
  for (const size of [1, 7, 33, 130]) {
    for (let place = 0; place < size; place += size < 10 ? 1 : 13) {
      for (const first of nonFinite) {
        for (const second of [1, ...nonFinite]) {
          const values = Array.from({ length: size }, (_, i) => 1 + (i % 3));
          values[size - 1 - place] = second;
          values[place] = first;
          for (const columns of [1, 3]) {
            let at = 0;
            const next = () => values[Math.floor(at++ / columns)];
            const x = operand(dtype, [size, columns], 'dense', next);
            checkReduce(subject, op, x, poisoned(dtype, [1, columns], 'dense'), op !== 'prod');
          }
        }
      }
    }
  }
}

/** Near ±1, so that products neither vanish nor overflow. */
function unitLike(seed: number): Source {
  const next = uniform(seed);
  return () => (0.9 + 0.2 * next()) * (next() < 0.5 ? -1 : 1);
}

function longSums(subject: Subject): void {
  for (const dtype of floats) {
    const next = uniform(605);
    // All near 0.1: added up one after the other in float32, so many of them lose three digits.
    const source = () => 0.1 + 0.01 * next();
    for (const { shape, dim } of [
      { shape: [300_007], dim: 0 },
      { shape: [40_009, 10], dim: 0 },
      { shape: [10, 40_009], dim: 1 },
      { shape: [211, 784], dim: 0 },
    ]) {
      for (const op of ['sum', 'mean'] as const) {
        const x = operand(dtype, shape, 'dense', source);
        checkReduce(subject, op, x, poisoned(dtype, shape.with(dim, 1), 'dense'), false);
      }
    }
  }
}
