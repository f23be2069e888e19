import { expect, test, vi } from 'vitest';
import { data, manualSeed, nn, optim, randn, type Tensor, train } from '../../src/index.ts';

/** Rows of two numbers; the class is whether the first is larger. */
function points(count: number, seed: number): data.Dataset {
  manualSeed(seed);
  const x = randn([count, 2]);
  return data.dataset(x, x.select(1, 0).gt(x.select(1, 1)).int());
}

function setUp() {
  const loaders = {
    train: data.loader(points(300, 1), { batchSize: 32, shuffle: true }),
    valid: data.loader(points(70, 2), { batchSize: 32 }),
  };
  manualSeed(3);
  const model = nn.sequential(nn.linear(2, 8), nn.relu(), nn.linear(8, 2));
  const sgd = optim.sgd(model.parameters(), { lr: 0.2 });
  return { loaders, model, sgd, loss: nn.crossEntropyLoss() };
}

test('fit is the loop that one writes by hand', () => {
  const [a, b] = [setUp(), setUp()];
  manualSeed(4);
  const learner = train.learner(a.loaders, a.model, a.sgd, a.loss, { accuracy: train.accuracy });
  const records = learner.fit(3);

  manualSeed(4);
  const expected: number[] = [];
  for (let epoch = 0; epoch < 3; epoch++) {
    let total = 0;
    for (const [x, y] of b.loaders.train) {
      b.sgd.zeroGrad();
      total += Number(b.loss.forward(b.model.forward(x), y).item()) * x.length;
      b.model.backward(b.loss.backward());
      b.sgd.step();
    }
    expected.push(total / 300);
  }
  expect(records.map(({ trainLoss }) => trainLoss)).toEqual(expected);
  const { x, y } = b.loaders.valid.dataset;
  const { validLoss, metrics } = records[2];
  expect(metrics.accuracy).toBeCloseTo(train.accuracy(b.model.forward(x), y), 12);
  expect(validLoss).toBeCloseTo(Number(b.loss.forward(b.model.forward(x), y).item()), 5);
  expect(metrics.accuracy).toBeGreaterThan(0.9);
});

test('epochs count on over several fits, and history has them all', () => {
  const { loaders, model, sgd, loss } = setUp();
  const learner = train.learner(loaders, model, sgd, loss);
  expect(learner.fit(0)).toEqual([]);
  expect(learner.fit(1).map(({ epoch }) => epoch)).toEqual([1]);
  expect(learner.fit(2).map(({ epoch }) => epoch)).toEqual([2, 3]);
  expect(learner.history.map(({ epoch }) => epoch)).toEqual([1, 2, 3]);
  expect(learner.history[2].metrics).toEqual({});
  expect(learner.history[2].seconds).toBeGreaterThan(0);
});

test('hooks hear of every batch and epoch, and may end the training', () => {
  const { loaders, model, sgd, loss } = setUp();
  const learner = new train.Learner(loaders, model, sgd, loss);
  const onBatch = vi.fn();
  const onEpoch = vi.fn(({ epoch }: train.EpochRecord) => epoch < 2);
  expect(learner.fit(5, { onBatch, onEpoch })).toHaveLength(2);
  expect(onEpoch).toHaveBeenCalledTimes(2);
  expect(onBatch.mock.calls.map(([epoch]) => epoch)).toEqual([...Array(10).fill(1), ...Array(10).fill(2)]);
  expect(onBatch.mock.calls.slice(0, 10).map(([, seen]) => seen)).toEqual([
    32, 64, 96, 128, 160, 192, 224, 256, 288, 300,
  ]);
});

test('validate weighs a smaller last batch by its rows, teaches nothing, and leaves train mode', () => {
  const { loaders, model, sgd, loss } = setUp();
  const rows: number[] = [];
  const share = (_: Tensor, target: Tensor) => {
    rows.push(target.length);
    return target.length === 6 ? 1 : 0; // 70 = 32 + 32 + 6
  };
  const learner = train.learner(loaders, model, sgd, loss, { share });
  const before = model.stateDict();
  const { metrics } = learner.validate();
  expect(rows).toEqual([32, 32, 6]);
  expect(metrics.share).toBeCloseTo(6 / 70, 12);
  for (const [name, value] of model.stateDict()) expect(value.toArray()).toEqual(before.get(name)?.toArray());
  expect(model.training && loss.training).toBe(true);
});

test('what cannot work is refused', () => {
  const { loaders, model, sgd, loss } = setUp();
  const once = loaders.train[Symbol.iterator]();
  expect(() => train.learner({ ...loaders, train: once }, model, sgd, loss)).toThrow(/loaders\.train.*again/);
  const metric = 'accuracy' as unknown as train.Metric;
  expect(() => train.learner(loaders, model, sgd, loss, { metric })).toThrow(
    /metric 'metric' must be a function/,
  );
  expect(() => train.learner(loaders, model, sgd, loss).fit(1.5)).toThrow(/whole number from 0, got 1.5/);
});
