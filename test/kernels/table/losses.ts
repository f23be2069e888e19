/** logSoftmax, crossEntropy, squaredError and sgdStep. */

import { expect, test } from 'vitest';
import type { DType } from '../../../src/core/dtype.ts';
import type { Shape } from '../../../src/core/shape.ts';
import type { Strided } from '../../../src/core/strided.ts';
import type { SgdStep } from '../../../src/kernels/contract.ts';
import { awkwardSizes } from './elementwise.ts';
import { inputLayouts, operand, outputLayouts, poisoned, turn, valuesOf } from './operands.ts';
import { accurateSum, epsilon } from './reduce.ts';
import { nonFinite, ordinary, type Source, uniform, whole } from './values.ts';
import { type ExpectedResult, type Subject, verify } from './verify.ts';

const floats: readonly DType[] = ['float32', 'float64'];

export function lossesTable(subject: Subject): void {
  test('logSoftmax', () => logSoftmaxCases(subject));
  test('crossEntropy', () => crossEntropyCases(subject));
  test('crossEntropy refuses what is no class', () => crossEntropyErrors(subject));
  test('squaredError', () => squaredErrorCases(subject));
  test('sgdStep', () => sgdStepCases(subject));
}

/** One row's x − max, and the logarithm of Σ exp(x − max). */
function shifted(row: Float64Array) {
  const max = row.reduce((most, value) => (Number.isNaN(most) || most > value ? most : value), -Infinity);
  const values = row.map((value) => value - max);
  return { values, logTotal: Math.log(accurateSum(values.map(Math.exp))) };
}

/** The rows of a matrix, from row-major values. */
function rowsOf(values: Float64Array, [rows, columns]: Shape): Float64Array[] {
  return Array.from({ length: rows }, (_, i) => values.subarray(i * columns, (i + 1) * columns));
}

/** Rows and classes: each awkward number of classes, and numbers of rows that take turns. */
const matrices: readonly Shape[] = [
  ...awkwardSizes.map((classes, i): Shape => [turn(awkwardSizes, i + 5), classes]),
  ...awkwardSizes.map((rows): Shape => [rows, 10]),
];

const shapes: readonly Shape[] = [...awkwardSizes.map((size) => [size]), [], [7, 3], [33, 17], [2, 3, 4]];
/** Worth several threads. */
const LONG: Shape = [70_001];

/** Logits of the usual size, some rows far from 0 where exp overflows, some rows with numbers that are not finite. */
function logits(dtype: DType, shape: Shape, layoutNumber: number, next: Source, strange: boolean): Strided {
  const pick = uniform(1000 + layoutNumber);
  const scales = [1, 10, 200];
  return operand(dtype, shape, turn(inputLayouts, layoutNumber), () => {
    if (strange && pick() < 0.03) return turn(nonFinite, Math.floor(pick() * 3));
    return next() * turn(scales, layoutNumber);
  });
}

function logSoftmaxCases(subject: Subject): void {
  let n = 0;

  function check(x: Strided, out: Strided, inPlace = ''): void {
    const eps = (4 + Math.sqrt(x.shape[1])) * (epsilon[x.dtype] ?? 0);
    const rows = rowsOf(valuesOf(x), x.shape).map(shifted);
    verify(subject, {
      title: `logSoftmax${inPlace}`,
      operands: { x, out },
      run: (kernels) => kernels.logSoftmax(x, out),
      results: [
        {
          out,
          expected: rows.flatMap(({ values, logTotal }) => [...values].map((value) => value - logTotal)),
          tolerance: {
            absolute: rows.flatMap(({ values, logTotal }) =>
              [...values].map((value) => eps * (1 + Math.abs(value) + logTotal)),
            ),
          },
        },
      ],
    });
  }

  for (const dtype of floats) {
    const next = ordinary(1001);
    for (const shape of matrices) {
      for (const strange of [false, true]) {
        for (let i = 0; i < 4; i++) {
          const x = logits(dtype, shape, n++, next, strange);
          check(x, poisoned(dtype, shape, turn(outputLayouts, n)));
        }
        const inPlace = operand(dtype, shape, turn(outputLayouts, n++), next);
        check(inPlace, inPlace, ' in place');
      }
    }
    const long: Shape = [4099, 10];
    check(operand(dtype, long, 'dense', next), poisoned(dtype, long, 'dense'));
  }
}

function crossEntropyCases(subject: Subject): void {
  let n = 0;

  function check(x: Strided, targets: Strided, losses: Strided | null, dLogits: Strided | null): void {
    const [, classes] = x.shape;
    const scale = turn([1, 1 / 64, -3], n);
    const eps = epsilon[x.dtype] ?? 0;
    const rows = rowsOf(valuesOf(x), x.shape).map(shifted);
    const labels = valuesOf(targets);
    const lossOf = rows.map(({ values, logTotal }, i) => logTotal - values[labels[i]]);
    const lossErrors = rows.map(
      ({ values, logTotal }, i) => 4 * eps * (1 + Math.abs(values[labels[i]]) + logTotal),
    );
    const results: ExpectedResult[] = [];
    if (losses !== null) results.push({ out: losses, expected: lossOf, tolerance: { absolute: lossErrors } });
    if (dLogits !== null) {
      const hits = (i: number, j: number) => (j === labels[i] ? 1 : 0);
      const shares = rows.map(({ values, logTotal }) =>
        [...values].map((value) => Math.exp(value - logTotal)),
      );
      results.push({
        out: dLogits,
        expected: shares.flatMap((row, i) => row.map((share, j) => scale * (share - hits(i, j)))),
        tolerance: {
          // An error in x − max is one of the same size relative to exp(x − max); the smallest may vanish.
          absolute: shares.flatMap((row, i) =>
            row.map((share, j) => {
              const relative =
                eps * (8 + Math.sqrt(classes) + 2 * Math.abs(rows[i].values[j]) + rows[i].logTotal);
              return Math.abs(scale) * (relative * share + 2 * eps * hits(i, j)) + 2 ** -126;
            }),
          ),
        },
      });
    }
    verify(subject, {
      title: `crossEntropy, ${classes} classes, scale ${scale}`,
      operands: { logits: x, targets, ...(losses && { losses }), ...(dLogits && { dLogits }) },
      run: (kernels) => kernels.crossEntropy(x, targets, scale, losses, dLogits),
      results,
      returns: {
        expected: accurateSum(lossOf),
        error: accurateSum(lossErrors) + 2 ** -53 * lossOf.length * accurateSum(lossOf.map(Math.abs)),
      },
    });
  }

  for (const dtype of floats) {
    const next = ordinary(1002);
    const pick = uniform(1003);
    for (const shape of matrices) {
      const [rows, classes] = shape;
      if (classes === 0 && rows > 0) continue;
      for (const strange of [false, true]) {
        for (let i = 0; i < 4; i++) {
          const x = logits(dtype, shape, n++, next, strange);
          const targets = operand('int32', [rows], turn(inputLayouts, n), () => Math.floor(pick() * classes));
          const losses = n % 3 === 0 ? null : poisoned(dtype, [rows], turn(outputLayouts, n + 1));
          const dLogits = n % 4 === 0 ? null : poisoned(dtype, shape, turn(outputLayouts, n + 2));
          check(x, targets, losses, dLogits);
        }
        const inPlace = operand(dtype, shape, turn(outputLayouts, n++), next);
        const targets = operand('int32', [rows], 'dense', () => Math.floor(pick() * classes));
        check(inPlace, targets, null, inPlace);
      }
    }
    const targets = operand('int32', [4099], 'dense', () => Math.floor(pick() * 10));
    const [losses, dLogits] = [poisoned(dtype, [4099], 'dense'), poisoned(dtype, [4099, 10], 'dense')];
    check(operand(dtype, [4099, 10], 'dense', next), targets, losses, dLogits);
  }
}

function crossEntropyErrors({ kernels }: Subject): void {
  for (const [bad, row] of [
    [10, 3],
    [12, 0],
    [-1, 69],
    [2 ** 31 - 1, 40],
    [-(2 ** 31), 1],
  ]) {
    const x = operand('float32', [70, 10], 'dense', ordinary(1004));
    let at = 0;
    const targets = operand('int32', [70], 'stepped', () => (at++ === row ? bad : 9));
    const losses = operand('float32', [70], 'dense', () => 7);
    const dLogits = operand('float32', [70, 10], 'dense', () => 7);
    const run = () => kernels.crossEntropy(x, targets, 1, losses, dLogits);
    expect(run).toThrow(RangeError);
    expect(run).toThrow(`crossEntropy: target at row ${row} is ${bad}, but there are 10 classes`);
    // Nothing has been written.
    expect(new Set([...valuesOf(losses), ...valuesOf(dLogits)])).toEqual(new Set([7]));
  }
}

function squaredErrorCases(subject: Subject): void {
  let n = 0;

  function check(input: Strided, target: Strided, dInput: Strided | null, inPlace = ''): void {
    const scale = turn([1, 1 / 3, -0.5], n++);
    const eps = epsilon[input.dtype] ?? 0;
    const targets = valuesOf(target);
    const errors = valuesOf(input).map((value, i) => value - targets[i]);
    const squares = errors.map((error) => error * error);
    const sum = accurateSum(squares);
    verify(subject, {
      title: `squaredError, scale ${scale}${inPlace}`,
      operands: { input, target, ...(dInput && { dInput }) },
      run: (kernels) => kernels.squaredError(input, target, scale, dInput),
      results:
        dInput === null
          ? []
          : [
              {
                out: dInput,
                expected: errors.map((error) => 2 * scale * error),
                tolerance: { ulps: 3, signedZero: false },
              },
            ],
      returns: { expected: sum, error: (4 * eps + 2 ** -53 * errors.length) * sum },
    });
  }

  for (const dtype of floats) {
    const next = ordinary(1005);
    const odd = uniform(1006);
    const strange: Source = () => (odd() < 0.02 ? turn(nonFinite, Math.floor(odd() * 3)) : next());
    for (const shape of shapes) {
      for (const layout of inputLayouts) {
        const input = operand(dtype, shape, layout, n % 4 === 1 ? strange : next);
        const target = operand(dtype, shape, turn(inputLayouts, n + 2), next);
        check(input, target, n % 3 === 0 ? null : poisoned(dtype, shape, turn(outputLayouts, n)));
      }
      const layout = turn(outputLayouts, n);
      const input = operand(dtype, shape, layout, next);
      check(input, operand(dtype, shape, 'dense', next), input, ' in place');
    }
    const long = operand(dtype, LONG, 'offset', next);
    check(long, operand(dtype, LONG, 'dense', next), poisoned(dtype, LONG, 'offset'));
  }
}

function sgdStepCases(subject: Subject): void {
  let n = 0;
  const steps: readonly SgdStep[] = [
    { lr: 0.1, momentum: 0, dampening: 0, weightDecay: 0, nesterov: false, firstStep: false },
    { lr: 0.1, momentum: 0.9, dampening: 0, weightDecay: 0, nesterov: false, firstStep: true },
    { lr: 0.01, momentum: 0.9, dampening: 0, weightDecay: 0.02, nesterov: false, firstStep: false },
    { lr: 0.3, momentum: 0.5, dampening: 0.25, weightDecay: 0.1, nesterov: false, firstStep: false },
    { lr: 0.3, momentum: 0.5, dampening: 0.25, weightDecay: 0.1, nesterov: false, firstStep: true },
    { lr: 0.2, momentum: 0.9, dampening: 0, weightDecay: 0.02, nesterov: true, firstStep: false },
    { lr: 0.2, momentum: 0.9, dampening: 0, weightDecay: 0, nesterov: true, firstStep: true },
    { lr: -0.2, momentum: 0, dampening: 0, weightDecay: 0.5, nesterov: false, firstStep: false },
  ];

  function check(parameter: Strided, grad: Strided, velocity: Strided | null, step: SgdStep): void {
    const { lr, momentum, dampening, weightDecay, nesterov, firstStep } = step;
    const eps = 4 * (epsilon[parameter.dtype] ?? 0);
    const old = valuesOf(parameter);
    const g = valuesOf(grad).map((value, i) => value + weightDecay * old[i]);
    const gSize = valuesOf(grad).map((value, i) => Math.abs(value) + Math.abs(weightDecay * old[i]));
    const v = velocity === null ? g : valuesOf(velocity);
    const newV = v.map((value, i) => (firstStep ? g[i] : momentum * value + (1 - dampening) * g[i]));
    const vSize = v.map((value, i) => (firstStep ? 0 : Math.abs(momentum * value)) + gSize[i]);
    const move = g.map((value, i) =>
      velocity === null ? value : nesterov ? value + momentum * newV[i] : newV[i],
    );
    const moveSize = gSize.map((size, i) => (velocity === null ? size : size + vSize[i]));
    const results: ExpectedResult[] = [
      {
        out: parameter,
        expected: old.map((value, i) => value - lr * move[i]),
        tolerance: { absolute: old.map((value, i) => eps * (Math.abs(value) + Math.abs(lr) * moveSize[i])) },
      },
    ];
    if (velocity !== null) {
      results.push({
        out: velocity,
        expected: newV,
        tolerance: { absolute: vSize.map((size) => eps * size) },
      });
    }
    verify(subject, {
      title: `sgdStep ${JSON.stringify(step)}`,
      operands: { parameter, grad, ...(velocity && { velocity }) },
      run: (kernels) => kernels.sgdStep([parameter], [grad], velocity && [velocity], step),
      results,
    });
  }

  for (const dtype of floats) {
    const next = ordinary(1007);
    const wholes = whole(1008);
    for (const shape of shapes) {
      for (const step of steps) {
        for (const withVelocity of [false, true]) {
          const parameter = operand(dtype, shape, turn(outputLayouts, n), next);
          const grad = operand(dtype, shape, turn(inputLayouts, n + 1), wholes);
          const layout = turn(outputLayouts, n + 2);
          // What velocity holds before the first step is nobody's concern.
          const velocity = step.firstStep
            ? poisoned(dtype, shape, layout)
            : operand(dtype, shape, layout, next);
          check(parameter, grad, withVelocity ? velocity : null, step);
          n++;
        }
      }
    }
    const [long, grad, velocity] = [1, 2, 3].map(() => operand(dtype, LONG, 'offset', next));
    check(long, grad, null, steps[0]);
    check(long, grad, velocity, steps[5]);
  }
}
