import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { arange, full, norm, ones, type Tensor, tensor, zeros } from '../../src/index.ts';
import { flat } from '../figures.ts';
import { onBothKernels } from '../onBothKernels.ts';
import { fixture, testCases } from './cases.ts';

onBothKernels('reductions', () => {
  testCases(fixture.reductions);

  test('integers sum exactly, in float64', () => {
    const x = full([1000], 2 ** 31 - 1, { dtype: 'int32' });
    expect(x.sum()).toMatchObject({ dtype: 'float64' });
    expect(x.sum().item()).toBe(1000 * (2 ** 31 - 1));
    expect(ones([300], { dtype: 'bool' }).sum().item()).toBe(300);
  });

  test('an empty list of dimensions is all of them', () => {
    expect(ones([2, 3]).sum([]).item()).toBe(6);
    expect(ones([2, 3]).mean([], { keepdim: true }).shape).toEqual([1, 1]);
  });

  test('of nothing', () => {
    const none = zeros([0, 3]);
    expect(none.sum().item()).toBe(0);
    expect(none.prod().item()).toBe(1);
    expect(none.mean().item()).toBe(Number.NaN);
    expect(none.sum(0).toArray()).toEqual([0, 0, 0]);
    expect(none.sum(1).shape).toEqual([0]);
    expect(none.amax(1).shape).toEqual([0]);
    expect(none.all().item()).toBe(true);
    expect(none.any(0).toArray()).toEqual([false, false, false]);
    for (const reduce of [() => none.amax(), () => none.min(), () => none.argmin(), () => none.max(0)]) {
      expect(reduce).toThrow(/dimension 0 of \[0, 3\] is empty and has no such element/);
    }
    expect(ones([1]).var().item()).toBe(Number.NaN);
    expect(ones([1]).var(0, { correction: 0 }).item()).toBe(0);
  });

  test('0-d', () => {
    const x = tensor(3);
    expect(x.sum(0).item()).toBe(3);
    expect(x.mean(-1).item()).toBe(3);
    expect(x.argmax().item()).toBe(0);
    expect(x.max().item()).toBe(3);
    const out = full([], 7, { dtype: 'int32' });
    expect(x.argmax(0, { out })).toBe(out);
    expect(out.item()).toBe(0);
  });

  test('max and min of a dimension, or of two tensors', () => {
    const x = tensor([
      [1, 9, 9],
      [5, 2, 5],
    ]);
    const { values, indices } = x.max(1);
    expect(values.toArray()).toEqual([9, 5]);
    expect(indices.toArray()).toEqual([1, 0]);
    expect(x.min(0, { keepdim: true }).values.toArray()).toEqual([[1, 2, 5]]);
    expect(x.max(tensor([4, 4, 4])).toArray()).toEqual([
      [4, 9, 9],
      [5, 4, 5],
    ]);
  });

  test('norm', () => {
    const x = tensor([
      [3, -4],
      [0, 0],
    ]);
    expect(norm(x).item()).toBe(5);
    expect(x.norm(1).toArray()).toEqual([5, 0]);
    expect(x.norm(null, { p: 1 }).item()).toBe(7);
    expect(x.norm(0, { p: Number.POSITIVE_INFINITY }).toArray()).toEqual([3, 4]);
    expect(x.norm(null, { p: 0 }).item()).toBe(2);
    expect(x.norm(null, { p: 3 }).item()).toBeCloseTo(91 ** (1 / 3), 5);
    expect(() => x.norm(null, { p: Number.NaN })).toThrow(RangeError);
    expect(() => x.int().norm()).toThrow(TypeError);
  });

  test('out', () => {
    const x = arange(6).view(2, 3).float();
    const out = zeros([3]);
    expect(x.sum(0, { out })).toBe(out);
    expect(out.toArray()).toEqual([3, 5, 7]);
    const kept = zeros([1, 3]);
    x.mean(0, { keepdim: true, out: kept });
    expect(kept.toArray()).toEqual([[1.5, 2.5, 3.5]]);
    expect(() => x.sum(1, { out })).toThrow('sum: out has shape [3], but the result has [2]');
    const where = zeros([1, 1], { dtype: 'int32' });
    expect(x.argmax(undefined, { keepdim: true, out: where }).toArray()).toEqual([[5]]);
    x.sum(0, { out: x.select(0, 0) }); // overlaps what is summed
    expect(x.select(0, 0).toArray()).toEqual([3, 5, 7]);
  });

  test('any strides: as of a copy', () => {
    const views: ((x: Tensor) => Tensor)[] = [
      (x) => x,
      (x) => x.permute(2, 0, 1),
      (x) => x.transpose(0, 1).narrow(0, 1, 2),
      (x) => x.narrow(2, 1, 3),
      (x) => x.select(1, 0).unsqueeze(0).expand(2, -1, -1),
    ];
    const dims = fc.subarray([0, 1, 2], { minLength: 1 });
    fc.assert(
      fc.property(fc.constantFrom(...views), dims, fc.boolean(), (view, over, keepdim) => {
        const x = view(arange(60).view(3, 4, 5).double().sub(17));
        for (const op of ['sum', 'mean', 'amax', 'std', 'any'] as const) {
          const [strided, copied] = [x, x.clone()].map((operand) => operand[op](over, { keepdim }));
          expect(strided.shape).toEqual(copied.shape);
          expect(strided.allclose(copied, { rtol: 1e-12 })).toBe(true);
        }
        expect(x.argmax(over[0], { keepdim }).toArray()).toEqual(
          x.clone().argmax(over[0], { keepdim }).toArray(),
        );
        expect(x.argmin().item()).toBe(x.clone().argmin().item());
      }),
      { seed: 3, numRuns: 100 },
    );
  });

  test('long sums are accurate', () => {
    expect(full([10_000_000], 0.1).mean().item()).toBeCloseTo(Math.fround(0.1), 8);
    expect(flat(full([100_000, 2], 0.1).sum(0))[0]).toBeCloseTo(10_000, 1);
  });
});

describe('wrong dimensions', () => {
  const x = ones([2, 3]);
  test('outside, twice, or no number', () => {
    expect(() => x.sum(2)).toThrow(new RangeError('sum: dim must be a whole number from -2 to 1, got 2'));
    expect(() => x.mean([0, -2])).toThrow(new RangeError('mean: dimension 0 appears twice in [0, -2]'));
    expect(() => x.sum(0.5)).toThrow(RangeError);
    expect(() => x.sum('0' as unknown as number)).toThrow(TypeError);
    expect(() => tensor(1).sum(1)).toThrow(RangeError);
    expect(() => x.argmax(2)).toThrow(RangeError);
  });

  test('of integers there is no mean', () => {
    expect(() => x.int().mean()).toThrow(
      new TypeError("mean: input must be float32 or float64, got int32; convert it with to('float32')"),
    );
    expect(() => x.int().std()).toThrow(TypeError);
  });
});
