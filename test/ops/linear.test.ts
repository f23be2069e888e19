import { expect, test } from 'vitest';
import { full, linear, linearBackward, manualSeed, randn, relu, ShapeError, zeros } from '../../src/index.ts';
import { onBothKernels } from '../onBothKernels.ts';

onBothKernels('linear', () => {
  manualSeed(1);
  const [x, weight, bias] = [randn([5, 4]), randn([3, 4]), randn([3])];
  const dy = randn([5, 3]);
  const near = { rtol: 1e-5, atol: 1e-6 };

  test('is x · weightᵀ + bias', () => {
    expect(linear(x, weight, bias).allclose(x.matmul(weight.t()).add(bias), near)).toBe(true);
    expect(linear(x, weight).allclose(x.matmul(weight.t()), near)).toBe(true);
    const fused = linear(x, weight, bias, { activation: 'relu' });
    expect(fused.toArray()).toEqual(relu(linear(x, weight, bias)).toArray());
  });

  test('any strides', () => {
    const turned = linear(
      x.t().clone().t(),
      weight.t().clone().t(),
      bias.unsqueeze(1).expand(3, 2).select(1, 1),
    );
    expect(turned.allclose(linear(x, weight, bias), near)).toBe(true);
  });

  test('gradients', () => {
    const [dWeight, dBias] = [full([3, 4], 7), full([3], 7)];
    const dx = linearBackward(x, weight, dy, { dWeight, dBias });
    expect(dx?.allclose(dy.matmul(weight), near)).toBe(true);
    expect(dWeight.allclose(dy.t().matmul(x), near)).toBe(true);
    expect(dBias.allclose(dy.sum(0), near)).toBe(true);
    expect(linearBackward(x, weight, dy, { dWeight, dBias, accumulate: true, inputGrad: false })).toBeNull();
    expect(dWeight.allclose(dy.t().matmul(x).mul(2), near)).toBe(true);
    expect(dBias.allclose(dy.sum(0).mul(2), near)).toBe(true);
  });

  test('gradients through the fused relu count where y is above 0', () => {
    const y = linear(x, weight, bias, { activation: 'relu' });
    const masked = dy.mul(y.gt(0).float());
    const dBias = zeros([3]);
    const dx = linearBackward(x, weight, dy, { y, dBias });
    expect(dx?.allclose(masked.matmul(weight), near)).toBe(true);
    expect(dBias.allclose(masked.sum(0), near)).toBe(true);
  });

  test('a gradient may take the place of an operand', () => {
    const dWeight = weight.clone();
    const dx = linearBackward(x, dWeight, dy, { dWeight });
    expect(dx?.allclose(dy.matmul(weight), near)).toBe(true);
    expect(dWeight.allclose(dy.t().matmul(x), near)).toBe(true);
    const gradient = randn([3, 3]);
    const [input, square, sums] = [randn([3, 3]), randn([3, 3]), zeros([3])];
    const [expectedWeight, expectedSums] = [gradient.t().matmul(input), gradient.sum(0)];
    linearBackward(input, square, gradient, { dWeight: gradient, dBias: sums });
    expect(gradient.allclose(expectedWeight, near)).toBe(true);
    expect(sums.allclose(expectedSums, near)).toBe(true);
  });

  test('any leading dimensions, a vector among them', () => {
    const wide = randn([2, 3, 5, 4]);
    const y = linear(wide, weight, bias);
    expect(y.shape).toEqual([2, 3, 5, 3]);
    expect(y.view(-1, 3).toArray()).toEqual(linear(wide.view(-1, 4), weight, bias).toArray());
    expect(linear(wide.permute(1, 2, 0, 3), weight, bias).toArray()).toEqual(y.permute(1, 2, 0, 3).toArray());
    expect(linear(x.index(0), weight, bias).allclose(linear(x, weight, bias).index(0), near)).toBe(true);

    const gradient = randn([2, 3, 5, 3]);
    for (const dims of [
      [0, 1, 2, 3],
      [2, 0, 1, 3],
    ]) {
      const [input, dOut] = [wide.permute(dims), gradient.permute(dims)];
      const [dWeight, dBias] = [full([3, 4], 7), full([3], 7)];
      const dx = linearBackward(input, weight, dOut, { dWeight, dBias });
      expect(dx?.shape).toEqual(input.shape);
      expect(dx?.allclose(dOut.matmul(weight), near)).toBe(true);
      expect(dWeight.allclose(gradient.view(-1, 3).t().matmul(wide.view(-1, 4)), near)).toBe(true);
      expect(dBias.allclose(gradient.sum([0, 1, 2]), near)).toBe(true);
    }
    const dBias = zeros([3]);
    expect(linearBackward(x.index(0), weight, dy.index(0), { dBias })?.shape).toEqual([4]);
    expect(dBias.toArray()).toEqual(dy.index(0).toArray());
  });

  test('an empty batch', () => {
    expect(linear(zeros([0, 4]), weight, bias).shape).toEqual([0, 3]);
    const [dWeight, dBias] = [full([3, 4], 7), full([3], 7)];
    expect(linearBackward(zeros([0, 4]), weight, zeros([0, 3]), { dWeight, dBias })?.shape).toEqual([0, 4]);
    expect(dWeight.abs().sum().item()).toBe(0);
    expect(dBias.abs().sum().item()).toBe(0);
  });

  test('what does not fit is refused', () => {
    expect(() => linear(zeros([5, 3]), weight)).toThrow(
      new ShapeError("linear: x [..., in] and weight [out, in] must agree in 'in', got [5, 3] and [3, 4]"),
    );
    expect(() => linear(zeros([3]), weight)).toThrow(ShapeError);
    expect(() => linear(zeros([]), weight)).toThrow(ShapeError);
    expect(() => linear(x, weight, zeros([4]))).toThrow(
      new ShapeError('linear: bias must have shape [3] for weight [3, 4], got [4]'),
    );
    expect(() => linear(x, weight.double())).toThrow(
      new TypeError('linear: dtypes must be the same, got x float32, weight float64'),
    );
    expect(() => linearBackward(x, weight, zeros([5, 4]))).toThrow(
      new ShapeError('linearBackward: dy must have shape [5, 3], got [5, 4]'),
    );
    const dWeight = zeros([4, 3]);
    expect(() => linearBackward(x, weight, dy, { dWeight })).toThrow(
      'dWeight must have shape [3, 4], got [4, 3]',
    );
    expect(() => linearBackward(x, weight, dy, { dBias: zeros([1]).expand(3) })).toThrow(ShapeError);
    expect(() => linearBackward(x, weight, dy, { y: zeros([3, 5]) })).toThrow(ShapeError);
  });
});
