import { expect, test } from 'vitest';
import {
  crossEntropy,
  logSoftmax,
  mseLoss,
  type Reduction,
  ShapeError,
  softmax,
  tensor,
  zeros,
} from '../../src/index.ts';
import { flat } from '../figures.ts';
import { onBothKernels } from '../onBothKernels.ts';
import { fixture, testCases } from './cases.ts';

onBothKernels('softmax', () => {
  testCases(fixture.losses);

  test('sums to 1, also where exp would overflow', () => {
    const x = tensor([
      [1e4, 0, -1e4],
      [3, 3, 3],
    ]);
    expect(
      softmax(x)
        .sum(1)
        .allclose(tensor([1, 1]), { rtol: 1e-6 }),
    ).toBe(true);
    expect(flat(softmax(x).select(0, 0))).toEqual([1, 0, 0]);
    expect(softmax(tensor(5)).item()).toBe(1);
    expect(softmax(zeros([0, 3])).shape).toEqual([0, 3]);
    expect(logSoftmax(zeros([2, 3, 4]), 1).shape).toEqual([2, 3, 4]);
    expect(
      logSoftmax(zeros([2, 4]).t(), 0)
        .select(0, 0)
        .toArray(),
    ).toEqual([-Math.log(4), -Math.log(4)].map(Math.fround));
  });

  test('only of floats', () => {
    expect(() => softmax(tensor([1, 2]).int())).toThrow(TypeError);
    expect(() => softmax(tensor([1, 2]), 1)).toThrow(RangeError);
  });
});

onBothKernels('losses', () => {
  const targets = tensor([1, 0], { dtype: 'int32' });

  test('cross-entropy of equal logits is log(classes)', () => {
    const { loss, gradient } = crossEntropy(zeros([2, 10]), targets);
    expect(loss).toMatchObject({ shape: [], dtype: 'float32' });
    expect(loss.item()).toBeCloseTo(Math.log(10), 6);
    expect(gradient?.select(0, 0).narrow(0, 0, 3).toArray()).toEqual([0.05, -0.45, 0.05].map(Math.fround));
    expect(crossEntropy(zeros([2, 10]), targets.to('uint8'), 'sum').loss.item()).toBeCloseTo(
      2 * Math.log(10),
      5,
    );
    expect(crossEntropy(zeros([2, 10]), targets, 'mean', false).gradient).toBeNull();
    expect(crossEntropy(zeros([0, 10]), zeros([0], { dtype: 'int32' })).loss.item()).toBe(Number.NaN);
  });

  test('cross-entropy refuses what are no classes', () => {
    const logits = zeros([2, 3]);
    expect(() => crossEntropy(logits, tensor([1, 3], { dtype: 'int32' }))).toThrow(RangeError);
    expect(() => crossEntropy(logits, tensor([1, 3], { dtype: 'int32' }))).toThrow(/row 1.* 3.* 3 classes/);
    expect(() => crossEntropy(logits, tensor([-1, 0], { dtype: 'int32' }))).toThrow(RangeError);
    expect(() => crossEntropy(logits, tensor([1, 0]))).toThrow(
      new TypeError('crossEntropy: targets must be class indices of dtype int32 or uint8, got float32'),
    );
    expect(() => crossEntropy(logits, tensor([1], { dtype: 'int32' }))).toThrow(
      new ShapeError(
        'crossEntropy: logits [rows, classes] and targets [rows] must agree in rows, got [2, 3] and [1]',
      ),
    );
    expect(() => crossEntropy(zeros([3]), targets)).toThrow(ShapeError);
    expect(() => crossEntropy(logits, targets, 'none' as Reduction)).toThrow(
      new TypeError("crossEntropy: reduction must be 'mean' or 'sum', got 'none'"),
    );
  });

  test('squared error', () => {
    const [input, target] = [tensor([1, 2, 4]), tensor([1, 0, 0])];
    expect(mseLoss(input, target).loss.item()).toBeCloseTo(20 / 3, 5);
    expect(mseLoss(input, target, 'sum').loss.item()).toBe(20);
    expect(mseLoss(input, target, 'sum').gradient?.toArray()).toEqual([0, 4, 8]);
    expect(mseLoss(input.unsqueeze(0).expand(2, 3), zeros([3, 2]).t(), 'sum').loss.item()).toBe(42);
    expect(mseLoss(zeros([0]), zeros([0])).loss.item()).toBe(Number.NaN);
  });

  test('squared error refuses shapes that would broadcast', () => {
    expect(() => mseLoss(zeros([10, 1]), zeros([10]))).toThrow(
      new ShapeError(
        'mseLoss: input and target must have one shape, got [10, 1] and [10] (a trailing 1 goes with squeeze(-1))',
      ),
    );
    expect(() => mseLoss(zeros([2]), zeros([2]).int())).toThrow(
      new TypeError('mseLoss: dtypes must be the same, got input float32, target int32'),
    );
  });
});
