import fc from 'fast-check';
import { expect, test } from 'vitest';
import { arange, matmul, ones, ShapeError, type Tensor, tensor, zeros } from '../../src/index.ts';
import { onBothKernels } from '../onBothKernels.ts';
import { fixture, testCases } from './cases.ts';

onBothKernels('matmul', () => {
  testCases(fixture.matmul);

  /** Three loops over nested arrays. */
  function naive(a: Tensor, b: Tensor): number[][] {
    const [rows, columns] = [a.toArray() as number[][], b.t().toArray() as number[][]];
    return rows.map((row) =>
      columns.map((column) => row.reduce((total, value, k) => total + value * column[k], 0)),
    );
  }

  test('any sizes and strides, exactly', () => {
    const size = fc.integer({ min: 0, max: 20 });
    const matrix = (rows: number, columns: number, transposed: boolean, gap: number) => {
      const [outer, inner] = transposed ? [columns, rows] : [rows, columns];
      const whole = arange(outer * (inner + gap))
        .view(outer, inner + gap)
        .float()
        .remainder(7)
        .sub(3);
      const x = whole.narrow(1, gap, inner);
      return transposed ? x.t() : x;
    };
    fc.assert(
      fc.property(size, size, size, fc.boolean(), fc.boolean(), fc.nat(3), (m, k, n, ta, tb, gap) => {
        const [a, b] = [matrix(m, k, ta, gap), matrix(k, n, tb, gap)];
        expect(a.matmul(b).toArray()).toEqual(m > 0 && n > 0 ? naive(a, b) : zeros([m, n]).toArray());
      }),
      { seed: 4, numRuns: 200 },
    );
  });

  test('out may be a view, and may be an operand', () => {
    const a = tensor([
      [1, 2],
      [3, 4],
    ]);
    const out = zeros([4, 2]);
    matmul(a, a, { out: out.narrow(0, 1, 2) });
    expect(out.toArray()).toEqual([
      [0, 0],
      [7, 10],
      [15, 22],
      [0, 0],
    ]);
    const square = a.clone();
    expect(square.matmul(square.t(), { out: square })).toBe(square);
    expect(square.toArray()).toEqual([
      [5, 11],
      [11, 25],
    ]);
    expect(() => matmul(a, a, { out })).toThrow('matmul: out has shape [4, 2], but the result has [2, 2]');
    expect(() => matmul(a, a, { out: zeros([2]).expand(2, 2) })).toThrow(ShapeError);
  });

  test('an out full of NaN is not read', () => {
    const out = zeros([2, 2]).div(0);
    expect(matmul(ones([2, 0]), ones([0, 2]), { out }).toArray()).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });

  test('NaN and infinity go through zeros', () => {
    const x = tensor([[0, 1]]);
    expect(x.matmul(tensor([[Number.NaN], [1]])).item()).toBe(Number.NaN);
    expect(x.matmul(tensor([[Number.POSITIVE_INFINITY], [1]])).item()).toBe(Number.NaN);
  });

  test('dtypes promote; of integers the product is float64, as their sums are', () => {
    expect(ones([2, 2]).matmul(ones([2, 2], { dtype: 'float64' }))).toMatchObject({ dtype: 'float64' });
    expect(arange(3).matmul(arange(3))).toMatchObject({ dtype: 'float64' });
    expect(arange(3).matmul(arange(3)).item()).toBe(5);
  });

  test('shapes that do not fit are named', () => {
    expect(() => zeros([64, 784]).matmul(zeros([512, 10]))).toThrow(
      new ShapeError('matmul: inner sizes differ: [64, 784] @ [512, 10]'),
    );
    expect(() => zeros([3, 2, 2]).matmul(zeros([4, 2, 2]))).toThrow(
      new ShapeError('matmul: batches do not broadcast: [3, 2, 2] @ [4, 2, 2]'),
    );
    expect(() => zeros([]).matmul(zeros([1]))).toThrow(
      'matmul: operands need at least 1 dimension: [] @ [1]',
    );
    expect(() => zeros([1]).matmul(2 as unknown as Tensor)).toThrow(TypeError);
  });
});
