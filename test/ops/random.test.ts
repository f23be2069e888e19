import { expect, test } from 'vitest';
import {
  defaultGenerator,
  Generator,
  manualSeed,
  ones,
  rand,
  randint,
  randLike,
  randn,
  randnLike,
  randperm,
  ShapeError,
  type Tensor,
  zeros,
} from '../../src/index.ts';
import { expectFigures, flat } from '../figures.ts';
import { onBothKernels } from '../onBothKernels.ts';
import { fixture } from './cases.ts';

/** What scripts/fixtures/ops.py calls so: tensors that are not contiguous, on 36 elements. */
const views: Record<string, (whole: Tensor) => Tensor> = {
  transposed: (whole) => whole.view(4, 9).t(),
  column: (whole) => whole.view(18, 2).select(1, 1),
  permuted: (whole) => whole.view(2, 3, 6).permute(1, 2, 0).narrow(0, 1, 2),
};

onBothKernels('random', () => {
  test.each(fixture.random)('%s of a %s %s tensor is what PyTorch draws', (op, view, dtype, values) => {
    manualSeed(7);
    const x = views[view](zeros([36], { dtype }));
    expect(x[op]()).toBe(x);
    expectFigures(x, [dtype, x.shape, values]);
  });

  test('one call after the other', () => {
    expect(manualSeed(1)).toBe(defaultGenerator);
    expectFigures(rand([2]), ['float32', [2], [0.7576316, 0.27931088]]);
    expectFigures(randn([2]), ['float32', [2], [0.116313614, 0.72130215]]);
    expectFigures(randint(-3, 9, 4), ['int32', [4], [8, 2, 8, -3]]);
    expectFigures(randint(10, 2), ['int32', [2], [8, 9]]);
    expectFigures(randperm(6), ['int32', [6], [4, 0, 3, 2, 1, 5]]);
    expectFigures(rand(2, { dtype: 'float64' }), ['float64', [2], [0.9840209669192943, 0.24476071319318726]]);
  });

  test('a generator of one’s own leaves the default one alone', () => {
    manualSeed(5);
    const state = defaultGenerator.getState();
    const generator = new Generator(5);
    const own = [
      rand([3], { generator }),
      randn([20], { generator }),
      randLike(ones([2]), { generator }),
      randnLike(ones([2]), { generator }),
      randint(100, [3], { generator }),
      randint(50, 100, [3], { generator }),
      randperm(7, { generator }),
      ones([3]).uniform_(-1, 1, { generator }),
      ones([3]).normal_(2, 3, { generator }),
      ones([3]).bernoulli_(0.5, { generator }),
    ];
    expect(defaultGenerator.getState()).toEqual(state);
    const byDefault = [
      rand([3]),
      randn([20]),
      randLike(ones([2])),
      randnLike(ones([2])),
      randint(100, [3]),
      randint(50, 100, [3]),
      randperm(7),
      ones([3]).uniform_(-1, 1),
      ones([3]).normal_(2, 3),
      ones([3]).bernoulli_(),
    ];
    expect(byDefault.map(flat)).toEqual(own.map(flat));
  });

  test('in place fills a view and nothing else', () => {
    const x = zeros([6, 3]);
    const { version } = x.storage();
    x.narrow(0, 2, 2).uniform_(1, 2);
    x.select(1, 0).narrow(0, 4, 2).normal_(-9, 0);
    expect(flat(x.ge(1).sum(1))).toEqual([0, 0, 3, 3, 0, 0]);
    expect(flat(x.eq(-9).sum(0))).toEqual([2, 0, 0]);
    expect(x.storage().version).toBe(version + 2);
    expect(ones([40], { dtype: 'int32' }).bernoulli_(0).sum().item()).toBe(0);
    expect(zeros([40], { dtype: 'bool' }).bernoulli_(1).all().item()).toBe(true);
  });
});

test('shapes, dtypes and defaults', () => {
  expect(rand([2, 3])).toMatchObject({ dtype: 'float32', shape: [2, 3] });
  expect(randn(4, { dtype: 'float64' })).toMatchObject({ dtype: 'float64', shape: [4] });
  expect(randint(3, [2, 2])).toMatchObject({ dtype: 'int32', shape: [2, 2] });
  expect(randint(0, 2, 5, { dtype: 'bool' })).toMatchObject({ dtype: 'bool', shape: [5] });
  expect(randperm(3)).toMatchObject({ dtype: 'int32', shape: [3] });
  expect(randLike(ones([2, 3], { dtype: 'float64' }).t())).toMatchObject({ dtype: 'float64', shape: [3, 2] });
  expect(randnLike(ones([2]).int(), { dtype: 'float32' })).toMatchObject({ dtype: 'float32', shape: [2] });
  expect(randn([0]).shape).toEqual([0]);
  expect(randn([]).shape).toEqual([]);
});

test('refuses, and then has drawn nothing', () => {
  manualSeed(1);
  const state = defaultGenerator.getState();
  const x = ones([2]);
  const bad: [message: string, draw: () => unknown][] = [
    ['rand: dtype must be float32 or float64, got int32', () => rand([2], { dtype: 'int32' })],
    ['randn: sizes must be whole numbers from 0, got -1', () => randn([-1])],
    ['randint: low must be less than high, got low = 3, high = 3', () => randint(3, 3, [1])],
    ['randint: low and high must be safe integers', () => randint(0.5, [1])],
    ['randint: uint8 holds integers from 0 to 255', () => randint(300, [1], { dtype: 'uint8' })],
    ['randint: bool holds 0 and 1, got low = 0, high = 3', () => randint(3, [1], { dtype: 'bool' })],
    ['randperm: n must be an integer from 0', () => randperm(-1)],
    ['randperm: n must be an integer from 0', () => randperm(2.5)],
    ['randperm: bool does not hold the numbers from 0 to 2 - 1', () => randperm(2, { dtype: 'bool' })],
    ['randperm: uint8 does not hold the numbers from 0 to 257 - 1', () => randperm(257, { dtype: 'uint8' })],
    ['uniform_: from must not exceed to, got from = 1, to = 0', () => x.uniform_(1, 0)],
    ['normal_: std must be at least 0, got -1', () => x.normal_(0, -1)],
    ['normal_: mean must be finite in float32, got NaN', () => x.normal_(Number.NaN)],
    ['bernoulli_: p must lie in [0, 1], got 2', () => x.bernoulli_(2)],
    ['uniform_: input must be float32 or float64, got int32', () => x.int().uniform_()],
    ['normal_: cannot write into a tensor of shape [3, 2]', () => x.expand(3, 2).normal_()],
    ['generator must be a Generator, got 5', () => rand([2], { generator: 5 as unknown as Generator })],
  ];
  for (const [message, draw] of bad) expect(draw).toThrow(message);
  expect(() => x.expand(3, 2).uniform_()).toThrow(ShapeError);
  expect(x.toArray()).toEqual([1, 1]);
  expect(defaultGenerator.getState()).toEqual(state);
});
