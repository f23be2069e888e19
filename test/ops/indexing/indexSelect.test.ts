import { expect, test } from 'vitest';
import { arange, ShapeError, tensor, zeros } from '../../../src/index.ts';
import { onBothKernels } from '../../onBothKernels.ts';

onBothKernels('indexSelect', () => {
  const x = arange(6).view(2, 3);
  const index = (...values: number[]) => tensor(values, { dtype: 'int32' });

  test('copies slices in the order of the index', () => {
    expect(x.indexSelect(1, index(2, 0, 2)).toArray()).toEqual([
      [2, 0, 2],
      [5, 3, 5],
    ]);
    expect(x.t().indexSelect(0, index(1).to('uint8')).toArray()).toEqual([[1, 4]]);
    expect(x.indexSelect(-2, index()).shape).toEqual([0, 3]);
    expect(tensor([true, false]).indexSelect(0, index(1, 0)).toArray()).toEqual([false, true]);
  });

  test('out may overlap', () => {
    const own = x.clone();
    expect(own.indexSelect(0, index(1, 0), { out: own })).toBe(own);
    expect(own.toArray()).toEqual([
      [3, 4, 5],
      [0, 1, 2],
    ]);
    const order = index(2, 0, 1);
    expect(arange(10, 13).indexSelect(0, order, { out: order }).toArray()).toEqual([12, 10, 11]);
  });

  test('refuses what is not there', () => {
    expect(() => x.indexSelect(0, index(0, 2))).toThrow(RangeError);
    expect(() => x.indexSelect(0, index(0, 2))).toThrow(/position 1 is 2.*dimension 0 has 2/);
    expect(() => x.indexSelect(0, index(-1))).toThrow(RangeError);
    expect(() => x.indexSelect(2, index(0))).toThrow(RangeError);
    expect(() => x.indexSelect(0, x)).toThrow(ShapeError);
    expect(() => x.indexSelect(0, tensor([0]))).toThrow(
      new TypeError('indexSelect: index must be int32 or uint8, got float32'),
    );
    expect(() => zeros([]).indexSelect(0, index(0))).toThrow(ShapeError);
  });
});
