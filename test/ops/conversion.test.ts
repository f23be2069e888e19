import { expect, test } from 'vitest';
import { allclose, arange, type DType, equal, ones, ShapeError, tensor, zeros } from '../../src/index.ts';
import { flat } from '../figures.ts';
import { onBothKernels } from '../onBothKernels.ts';

onBothKernels('conversion', () => {
  const numbers = tensor([-1.7, 0, 0.3, 2.5, 300]);

  const converted: [DType, number[]][] = [
    ['bool', [1, 0, 1, 1, 1]],
    ['uint8', [255, 0, 0, 2, 44]],
    ['int32', [-1, 0, 0, 2, 300]],
    ['float64', [Math.fround(-1.7), 0, Math.fround(0.3), 2.5, 300]],
  ];
  test.each(converted)('to %s', (dtype, values) => {
    expect(numbers.to(dtype)).toMatchObject({ dtype, shape: [5] });
    expect(flat(numbers.to(dtype))).toEqual(values);
  });

  test('to its own dtype is the tensor itself', () => {
    expect(numbers.float()).toBe(numbers);
    expect([numbers.double(), numbers.int(), numbers.bool()].map((x) => x.dtype)).toEqual([
      'float64',
      'int32',
      'bool',
    ]);
    expect(tensor([Number.NaN, 0]).bool().toArray()).toEqual([true, false]);
    expect(() => numbers.to('int64' as DType)).toThrow('to: dtype must be one of bool, uint8, int32');
  });

  test('clone and contiguous', () => {
    const turned = arange(6).view(2, 3).t();
    const copy = turned.clone();
    expect(copy.isContiguous()).toBe(true);
    expect(copy.toArray()).toEqual(turned.toArray());
    copy.fill_(0);
    expect(turned.toArray()).toEqual([
      [0, 3],
      [1, 4],
      [2, 5],
    ]);
    expect(turned.contiguous().toArray()).toEqual(turned.toArray());
    expect(copy.contiguous()).toBe(copy);
  });

  test('copy_ broadcasts and converts', () => {
    const x = zeros([2, 3], { dtype: 'int32' });
    expect(x.copy_(tensor([1.5, 2.5, -3.5]))).toBe(x);
    expect(x.toArray()).toEqual([
      [1, 2, -3],
      [1, 2, -3],
    ]);
    expect(x.copy_(4).sum().item()).toBe(24);
    const line = arange(5);
    line.narrow(0, 1, 4).copy_(line.narrow(0, 0, 4));
    expect(line.toArray()).toEqual([0, 0, 1, 2, 3]);
    expect(() => x.copy_(zeros([4, 2, 3]))).toThrow(
      new ShapeError('copy_: [4, 2, 3] does not broadcast into [2, 3]'),
    );
    expect(() => zeros([3]).expand(2, 3).copy_(1)).toThrow(ShapeError);
  });

  test('fill_ and zero_ count as changes', () => {
    const x = ones([2, 2]);
    const { version } = x.storage();
    x.t().select(0, 1).fill_(3);
    expect(x.toArray()).toEqual([
      [1, 3],
      [1, 3],
    ]);
    expect(x.zero_().sum().item()).toBe(0);
    expect(x.storage().version).toBe(version + 2);
    expect(
      ones([1], { dtype: 'bool' })
        .fill_(5)
        .add(ones([1], { dtype: 'int32' }))
        .item(),
    ).toBe(2);
    expect(() => x.fill_('1' as unknown as number)).toThrow(
      new TypeError("fill_: value must be a number, got '1'"),
    );
  });

  test('equal', () => {
    const x = arange(6).view(2, 3);
    expect(equal(x, x.float())).toBe(true);
    expect(equal(x.t(), x.t().clone())).toBe(true);
    expect(equal(x, x.view(3, 2))).toBe(false);
    expect(x.equal(x.add(tensor([0, 0, 1], { dtype: 'int32' })))).toBe(false);
    const nan = tensor([Number.NaN]);
    expect(nan.equal(nan)).toBe(false);
  });

  test('allclose', () => {
    const x = tensor([1, 1000], { dtype: 'float64' });
    expect(allclose(x, x.mul(1 + 0.9e-5))).toBe(true);
    expect(allclose(x, x.mul(1 + 1.1e-5))).toBe(false);
    expect(allclose(x, x.add(0.5), { atol: 0.5, rtol: 0 })).toBe(true);
    expect(allclose(tensor([1, 2]), tensor([[1, 2]]))).toBe(true);
    const special = tensor([Number.NaN, Number.POSITIVE_INFINITY]);
    expect(allclose(special, special)).toBe(false);
    expect(allclose(special, special, { equalNan: true })).toBe(true);
    expect(allclose(special.narrow(0, 1, 1), tensor([Number.NEGATIVE_INFINITY]))).toBe(false);
    expect(allclose(tensor([1e30]), tensor([Number.POSITIVE_INFINITY]))).toBe(false);
    expect(() => allclose(x, zeros([3]))).toThrow(ShapeError);
  });
});
