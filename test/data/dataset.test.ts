import { describe, expect, test } from 'vitest';
import { arange, data, tensor, zeros } from '../../src/index.ts';

describe('dataset', () => {
  const x = arange(6).view(3, 2);
  const y = tensor([10, 20, 30]);

  test('keeps x and y, without a copy, and counts rows', () => {
    const set = data.dataset(x, y);
    expect(set).toBeInstanceOf(data.Dataset);
    expect(set.x).toBe(x);
    expect(set.y).toBe(y);
    expect(set.length).toBe(3);
  });

  test('gives single rows as views', () => {
    const [row, label] = data.dataset(x, y).at(-1);
    expect(row.toArray()).toEqual([4, 5]);
    expect(label.item()).toBe(30);
    expect(row.storage()).toBe(x.storage());
    expect(() => data.dataset(x, y).at(3)).toThrow(RangeError);
  });

  test('refuses rows that do not pair', () => {
    expect(() => data.dataset(zeros([3, 2]), zeros([4]))).toThrow(
      'dataset: x and y must have the same number of rows, got x [3, 2], y [4]',
    );
    expect(() => data.dataset(zeros([]), zeros([]))).toThrow('same number of rows');
    expect(() => data.dataset([1] as never, y)).toThrow('dataset: x must be a Tensor');
  });
});

describe('normalize', () => {
  test('uses the training statistics for both sets', () => {
    const trainSet = data.dataset(
      tensor([
        [1, 2],
        [3, 6],
      ]),
      tensor([0, 1]),
    );
    const validSet = data.dataset(tensor([[5, 7]]), tensor([1]));
    const normalized = data.normalize({ trainSet, validSet, source: 'here' });
    // mean 3, variance ((−2)² + (−1)² + 0² + 3²) / 3
    const std = Math.sqrt(14 / 3);
    expect(normalized.mean).toBe(3);
    expect(normalized.std).toBeCloseTo(std, 6);
    expect(normalized.source).toBe('here');
    const expected = tensor([
      [-2, -1],
      [0, 3],
    ]).div(std);
    expect(normalized.trainSet.x.allclose(expected)).toBe(true);
    expect(normalized.validSet.x.allclose(tensor([[2, 4]]).div(std))).toBe(true);
    expect(normalized.trainSet.y).toBe(trainSet.y);
    expect(trainSet.x.toArray()).toEqual([
      [1, 2],
      [3, 6],
    ]);
  });

  test('refuses inputs that cannot be scaled', () => {
    const sets = (value: number) => {
      const set = data.dataset(tensor([[1, value]]), tensor([1]));
      return { trainSet: set, validSet: set };
    };
    expect(() => data.normalize(sets(1))).toThrow(
      'normalize: the training inputs have mean 1 and standard deviation 0',
    );
    expect(() => data.normalize(sets(Number.NaN))).toThrow(RangeError);
    expect(() => data.normalize(sets(Infinity))).toThrow(RangeError);
  });
});
