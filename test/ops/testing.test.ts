import { AssertionError } from 'node:assert';
import { describe, expect, test } from 'vitest';
import { tensor, testEq, testNear, testNearZero, zeros } from '../../src/index.ts';

const int32 = { dtype: 'int32' } as const;

describe('testEq', () => {
  test.each<[string, unknown, unknown]>([
    ['numbers', 3, 3],
    ['arrays by content', [1, [2, 3]], [1, [2, 3]]],
    ['strings', 'TEST', 'TEST'],
    ['tensors of two dtypes', tensor([1, 2]), tensor([1, 2], int32)],
    ['a tensor and an array', tensor([[1, 2]]), [[1, 2]]],
    ['a 0-d tensor and a number', tensor(4), 4],
    ['a view and what it shows', tensor([[1, 2]]).t(), [[1], [2]]],
  ])('passes %s', (_, a, b) => testEq(a, b));

  test.each<[string, unknown, unknown]>([
    ['strings', 'TEST', 'TEST1'],
    ['tensors', tensor([1, 2]), tensor([1, 2.0001])],
    ['shapes', tensor([1, 2]), tensor([[1, 2]])],
    ['a shape that would broadcast', tensor([1, 1]), 1],
    ['NaN in tensors', tensor([Number.NaN]), tensor([Number.NaN])],
  ])('refuses different %s', (_, a, b) => expect(() => testEq(a, b)).toThrow(AssertionError));

  test('prints both', () => {
    expect(() => testEq(tensor([1, 2]), [1, 3])).toThrow(
      /testEq: not the same\n.*1.*2[\s\S]*against\n\[ 1, 3 \]/,
    );
  });
});

describe('testNear', () => {
  test('lets pass 1e-3 of the second, and 1e-5', () => {
    testNear(tensor([1000.9, 0.000009]), tensor([1000, 0]));
    expect(() => testNear(tensor([1001.1]), tensor([1000]))).toThrow(/element 0 is 1001\.0999.*not 1000/);
    expect(() => testNear(0.00002, 0)).toThrow(AssertionError);
  });

  test('names the element that is farthest off, NaN first', () => {
    expect(() => testNear([[1, 2, 3]], [[1, 4, 30]])).toThrow(/element 2 is 3, not 30/);
    expect(() => testNear([1, Number.NaN, 3], [1, 2, 30])).toThrow(/element 1 is NaN, not 2/);
  });

  test('does not broadcast', () => {
    expect(() => testNear(zeros([3, 1]), zeros([3]))).toThrow(/shapes differ, \[3, 1\] and \[3\]/);
  });

  test('refuses what are no numbers', () => {
    expect(() => testNear('3' as unknown as number, 3)).toThrow(/testNear: needs tensors.*string/);
  });
});

describe('testNearZero', () => {
  test('lets pass less than 1e-3 on both sides', () => {
    testNearZero(tensor([0.0009, -0.0009]));
    testNearZero(0);
    for (const value of [0.0011, -0.0011, Number.NaN]) {
      expect(() => testNearZero([0, value])).toThrow(/testNearZero: not within 0\.001 of 0[\s\S]*against\n0/);
    }
  });
});
