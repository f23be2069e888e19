import { expect, test } from 'vitest';
import { ShapeError, tensor, where, zeros } from '../../src/index.ts';
import { onBothKernels } from '../onBothKernels.ts';

onBothKernels('where', () => {
  const x = tensor([-1, 0, 2]);

  test('chooses, broadcasts and promotes', () => {
    expect(where(x.gt(0), x, 0).toArray()).toEqual([0, 0, 2]);
    expect(where(x.gt(0).unsqueeze(1), x, tensor([9])).toArray()).toEqual([
      [9, 9, 9],
      [9, 9, 9],
      [-1, 0, 2],
    ]);
    expect(where(tensor([true, false]), 1, 2)).toMatchObject({ dtype: 'int32' });
    expect(where(tensor([true, false]), 1, 2.5).toArray()).toEqual([1, 2.5]);
    expect(where(x.gt(0), x, tensor(1, { dtype: 'float64' })).dtype).toBe('float32');
    expect(where(tensor(true), 1, Number.NaN).item()).toBe(1);
  });

  test('refuses', () => {
    expect(() => where(x, x, x)).toThrow(
      new TypeError('where: condition must be bool, got float32; compare it, as in ne(condition, 0)'),
    );
    expect(() => where(zeros([2], { dtype: 'bool' }), x, x)).toThrow(ShapeError);
  });
});
