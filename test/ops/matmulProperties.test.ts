import fc from 'fast-check';
import { expect, test } from 'vitest';
import { matmul, type Tensor, tensor, zeros } from '../../src/index.ts';
import { onBothKernels } from '../onBothKernels.ts';
import { checkProperty } from '../support/property.ts';
import { elements, indices, layOut, layouts, numel, position, unsigned } from '../support/tensors.ts';

const size = fc.oneof(
  { weight: 12, arbitrary: fc.integer({ min: 1, max: 5 }) },
  { weight: 1, arbitrary: fc.constantFrom(0, 17, 130) },
);

/** Operands of all ranks whose shapes fit, laid out in any way. */
const products = fc
  .record({
    rows: size,
    depth: size,
    columns: size,
    batch: fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 2 }),
    vectors: fc.tuple(fc.nat(5), fc.nat(5)),
    dropped: fc.tuple(fc.nat(2), fc.nat(2)),
    ones: fc.tuple(fc.array(fc.boolean(), { minLength: 2 }), fc.array(fc.boolean(), { minLength: 2 })),
    layouts: fc.tuple(layouts, layouts, layouts),
    dtype: fc.constantFrom('float32', 'float64', 'int32'),
  })
  .map(({ rows, depth, columns, batch, vectors, dropped, ones, layouts: laid, dtype }) => {
    const batchOf = (k: 0 | 1) => batch.map((each, d) => (ones[k][d] ? 1 : each)).slice(dropped[k]);
    const shapeA = vectors[0] === 0 ? [depth] : [...batchOf(0), rows, depth];
    const shapeB = vectors[1] === 0 ? [depth] : [...batchOf(1), depth, columns];
    const a = layOut((i) => ((i * 7) % 11) - 5, shapeA, laid[0], dtype as 'float32');
    const b = layOut((i) => ((i * 5) % 13) - 6, shapeB, laid[1], dtype as 'float32');
    return { a, b, into: laid[2] };
  })
  .filter(({ a, b }) => a.numel() * b.numel() < 200_000);

/** The definition: for each element of the result a loop. Whole numbers, so that no rounding differs. */
function naive(a: Tensor, b: Tensor): { shape: number[]; values: number[] } {
  const [left, right] = [elements(a), elements(b)];
  const [rows, columns] = [a.ndim > 1 ? [a.shape[a.ndim - 2]] : [], b.ndim > 1 ? [b.shape[b.ndim - 1]] : []];
  const [batchA, batchB] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
  const rank = Math.max(batchA.length, batchB.length);
  const sizeAt = (shape: readonly number[], d: number) => shape[shape.length - rank + d] ?? 1;
  const batch = Array.from({ length: rank }, (_, d) =>
    sizeAt(batchA, d) === 1 ? sizeAt(batchB, d) : sizeAt(batchA, d),
  );
  const shape = [...batch, ...rows, ...columns];
  const values = indices(shape).map((index) => {
    const own = (shapeOf: readonly number[]) =>
      index.slice(rank - shapeOf.length, rank).map((i, d) => (shapeOf[d] === 1 ? 0 : i));
    const row = rows.length > 0 ? [index[rank]] : [];
    const column = columns.length > 0 ? [index[index.length - 1]] : [];
    let sum = 0;
    for (let k = 0; k < a.shape[a.ndim - 1]; k++) {
      sum +=
        left[position([...own(batchA), ...row, k], a.shape)] *
        right[position([...own(batchB), k, ...column], b.shape)];
    }
    return sum;
  });
  return { shape, values };
}

onBothKernels('matmul', () => {
  test('equals three loops in all ranks, with batches that broadcast, any strides, and into out', () => {
    checkProperty(products, ({ a, b, into }) => {
      const { shape, values } = naive(a, b);
      const got = matmul(a, b);
      expect(got.shape).toEqual(shape);
      expect(got.dtype).toBe(a.dtype === 'int32' ? 'float64' : a.dtype);
      expect(unsigned(elements(got))).toEqual(unsigned(values));
      const out = layOut(() => Number.NaN, shape, into, got.dtype);
      expect(matmul(a, b, { out })).toBe(out);
      expect(elements(out)).toEqual(elements(got));
    });
  });

  test('sizes that do not fit are refused, naming both shapes', () => {
    expect(() => zeros([64, 784]).matmul(zeros([512, 10]))).toThrow(
      'matmul: inner sizes differ: [64, 784] @ [512, 10]',
    );
    expect(() => zeros([3]).dot(zeros([4]))).toThrow('dot: inner sizes differ: [3] @ [4]');
    expect(() => zeros([2, 3, 4]).matmul(zeros([3, 4, 5]))).toThrow(
      'matmul: batches do not broadcast: [2, 3, 4] @ [3, 4, 5]',
    );
    expect(() => matmul(zeros([2, 2]), 3 as unknown as Tensor)).toThrow(
      'matmul: other must be a Tensor, got 3',
    );
    const out = tensor([1, 2, 3, 4]);
    expect(() => matmul(zeros([2, 2]), zeros([2, 2]), { out })).toThrow(
      'matmul: out has shape [4], but the result has [2, 2]',
    );
    expect(out.toArray()).toEqual([1, 2, 3, 4]);
  });

  test('0 · NaN stays NaN, and an empty sum is 0, whatever out held', () => {
    expect(
      zeros([1, 1])
        .matmul(tensor([[Number.NaN]]))
        .item(),
    ).toBeNaN();
    const out = tensor([Number.NaN]).view(1, 1);
    expect(matmul(zeros([1, 0]), zeros([0, 1]), { out }).item()).toBe(0);
    expect(numel(zeros([0, 3]).matmul(zeros([3, 2])).shape)).toBe(0);
  });
});
