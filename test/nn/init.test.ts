import { describe, expect, test } from 'vitest';
import {
  defaultGenerator,
  Generator,
  init,
  manualSeed,
  nn,
  ones,
  randn,
  ShapeError,
  zeros,
} from '../../src/index.ts';
import { expectFigures, flat } from '../figures.ts';
import { onBothKernels } from '../onBothKernels.ts';
import { fixture } from './fixture.ts';

onBothKernels('init', () => {
  test.each(fixture.init)('%s(%j) draws what PyTorch draws', (name, options, figures) => {
    manualSeed(3);
    const [, shape] = figures;
    const x = zeros(shape);
    const fill = init[name] as (x: ReturnType<typeof zeros>, options?: object) => typeof x;
    expect(Object.keys(options).length > 0 ? fill(x, options) : fill(x)).toBe(x);
    expectFigures(x, figures);
  });

  test('constants', () => {
    expect(flat(init.constant_(zeros([2]), 0.5))).toEqual([0.5, 0.5]);
    expect(flat(init.ones_(zeros([2])))).toEqual([1, 1]);
    expect(flat(init.zeros_(ones([2])))).toEqual([0, 0]);
    expect(flat(init.normal_(zeros([2]), 3, 0))).toEqual([3, 3]);
    expect(flat(init.uniform_(zeros([2]), 3, 3))).toEqual([3, 3]);
  });

  test('takes parameters', () => {
    const layer = nn.linear(3, 2);
    expect(init.zeros_(layer.weight)).toBe(layer.weight);
    expect(flat(layer.weight)).toEqual([0, 0, 0, 0, 0, 0]);
  });

  test('the lesson: a ReLU leaves the scale as it is; fanOut where the weight lies [in, out]', () => {
    const generator = new Generator(1);
    const x = randn([2000, 784], { generator });
    const ours = init.kaimingNormal_(zeros([784, 50]), { mode: 'fanOut', generator });
    const asInLinear = init.kaimingNormal_(zeros([50, 784]), { generator }).t();
    for (const weight of [ours, asInLinear]) {
      // Before the ReLU the variance is 2; half of a normal distribution has mean √(2/2π) and E[y²] = 1.
      const hidden = x.matmul(weight).clampMin(0);
      expect(hidden.mean().item()).toBeCloseTo(Math.sqrt(1 / Math.PI), 1);
      expect(hidden.square().mean().item()).toBeCloseTo(1, 1);
    }
  });

  test('a generator of one’s own', () => {
    const before = defaultGenerator.getState();
    const weights = [1, 1].map((seed) =>
      flat(init.xavierUniform_(zeros([4, 5]), { gain: 2, generator: new Generator(seed) })),
    );
    expect(weights[0]).toEqual(weights[1]);
    expect(defaultGenerator.getState()).toEqual(before);
  });
});

describe('gains and fans', () => {
  test.each(fixture.gains)('calculateGain(%s, %s) is %s', (nonlinearity, slope, gain) => {
    expect(init.calculateGain(nonlinearity, slope ?? undefined)).toBeCloseTo(gain, 14);
  });

  test('fans of a layer and of a convolution', () => {
    expect(init.fanInAndFanOut(zeros([50, 784]))).toEqual({ fanIn: 784, fanOut: 50 });
    expect(init.fanInAndFanOut(zeros([32, 1, 5, 5]))).toEqual({ fanIn: 25, fanOut: 800 });
    expect(init.kaimingUniform_(zeros([0, 5])).shape).toEqual([0, 5]);
    expect(init.xavierNormal_(zeros([5, 0])).shape).toEqual([5, 0]);
  });

  test('what is refused', () => {
    expect(() => init.kaimingNormal_(zeros([5]))).toThrow(
      new ShapeError('fanInAndFanOut: needs at least 2 dimensions, got [5]'),
    );
    expect(() => init.calculateGain('toString' as 'relu')).toThrow(
      new TypeError(
        "calculateGain: nonlinearity must be one of linear, conv, sigmoid, tanh, relu, leakyRelu, selu, got 'toString'",
      ),
    );
    expect(() => init.kaimingNormal_(zeros([2, 2]), { mode: 'fan_in' as 'fanIn' })).toThrow(
      new TypeError("kaimingNormal_: mode must be 'fanIn' or 'fanOut', got 'fan_in'"),
    );
    expect(() => init.kaimingUniform_(zeros([2, 2]), { a: Number.NaN })).toThrow(RangeError);
    expect(() => init.xavierNormal_(zeros([2, 2]), { gain: Number.NaN })).toThrow(
      new RangeError('xavierNormal_: gain must be a finite number, got NaN'),
    );
    expect(() => init.xavierUniform_(zeros([2, 2]).int())).toThrow(TypeError);
  });
});
