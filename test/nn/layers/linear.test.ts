import { expect, test } from 'vitest';
import {
  gradCheck,
  manualSeed,
  nn,
  ones,
  randn,
  ShapeError,
  type Tensor,
  tensor,
  zeros,
} from '../../../src/index.ts';
import { expectFigures, flat } from '../../figures.ts';
import { onBothKernels } from '../../onBothKernels.ts';
import { expectLayer, fixture } from '../fixture.ts';

onBothKernels('Linear', () => {
  test('forward and gradients are PyTorch’s', () => {
    expectLayer(nn.linear(4, 3, { dtype: 'float64' }), fixture.layers.linear);
    expectLayer(nn.linear(4, 3, { bias: false, dtype: 'float64' }), fixture.layers.linearWithoutBias);
  });

  test('gradients agree with differences', () => {
    manualSeed(1);
    gradCheck(nn.linear(4, 3), randn([5, 4]));
    gradCheck(nn.linear(4, 3, { bias: false }), randn([4, 5]).t());
    gradCheck(nn.linear(1, 1), randn([1, 1]));
    gradCheck(nn.linear(4, 3), randn([2, 5, 4]));
    gradCheck(nn.linear(4, 3), randn([5, 2, 4]).transpose(0, 1));
    gradCheck(nn.linear(4, 3), randn([4]));
    gradCheck(nn.sequential(nn.linear(4, 3), nn.relu(), nn.linear(3, 2)), randn([2, 2, 4]));
  });

  test('begins as PyTorch’s does', () => {
    const { first, last, sum, bias } = fixture.defaultLinear;
    manualSeed(42);
    const layer = nn.linear(784, 50);
    expect(layer.weight.shape).toEqual([50, 784]);
    expectFigures(layer.weight.select(0, 0).narrow(0, 0, 6), first);
    expectFigures(layer.weight.select(0, -1).narrow(0, -6, 6), last);
    expect(layer.weight.double().sum().item()).toBeCloseTo(sum, 9);
    expectFigures(layer.bias as Tensor, bias);
  });

  test('gradients accumulate until zeroGrad', () => {
    manualSeed(2);
    const layer = nn.linear(2, 2);
    const step = (x: Tensor) => {
      layer.forward(x);
      layer.backward(ones([1, 2]));
      return [layer.weight, layer.bias].map((parameter) => flat(parameter?.grad as Tensor));
    };
    const x = tensor([[3, 4]]);
    expect(layer.weight.grad).toBeNull();
    expect(step(x)).toEqual([
      [3, 4, 3, 4],
      [1, 1],
    ]);
    expect(step(x)).toEqual([
      [6, 8, 6, 8],
      [2, 2],
    ]);
    layer.zeroGrad();
    expect(layer.weight.grad).toBeNull();
    expect(step(x)).toEqual([
      [3, 4, 3, 4],
      [1, 1],
    ]);
    layer.weight.zeroGrad(); // only one of the two
    expect(step(x)).toEqual([
      [3, 4, 3, 4],
      [2, 2],
    ]);
  });

  test('an empty batch, an empty layer', () => {
    const layer = nn.linear(3, 2);
    expect(layer.forward(zeros([0, 3])).shape).toEqual([0, 2]);
    expect(layer.backward(zeros([0, 2]))?.shape).toEqual([0, 3]);
    expect(layer.weight.grad?.abs().sum().item()).toBe(0);
    expect(
      nn
        .linear(0, 2)
        .forward(zeros([4, 0]))
        .abs()
        .sum()
        .item(),
    ).toBe(0);
  });

  test('refuses what does not fit', () => {
    const layer = nn.linear(3, 2);
    expect(() => layer.forward(zeros([4, 2]))).toThrow(
      new ShapeError("linear: x [..., in] and weight [out, in] must agree in 'in', got [4, 2] and [2, 3]"),
    );
    expect(() => layer.forward(zeros([4, 3], { dtype: 'float64' }))).toThrow(TypeError);
    expect(() => nn.linear(-1, 2)).toThrow(
      new RangeError('Linear: sizes must be whole numbers from 0, got -1 in [2, -1]'),
    );
    expect(() => nn.linear(2, 2, { dtype: 'int32' })).toThrow(
      new TypeError("Parameter: data must be float32 or float64, got int32; convert it with to('float32')"),
    );
  });
});
