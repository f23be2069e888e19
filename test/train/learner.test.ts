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

/** What does not depend on the clock. */
const figures = (records: train.EpochRecord[]) => records.map(({ seconds, ...rest }) => rest);

test('fitAsync gives the figures of fit', async () => {
  const [a, b] = [setUp(), setUp()];
  const metrics = { accuracy: train.accuracy };
  manualSeed(4);
  const expected = train.learner(a.loaders, a.model, a.sgd, a.loss, metrics).fit(3);
  manualSeed(4);
  const learner = train.learner(b.loaders, b.model, b.sgd, b.loss, metrics);
  const onBatch = vi.fn();
  const onEpoch = vi.fn(({ epoch }: train.EpochRecord) => epoch < 3);
  const records = await learner.fitAsync(5, { onBatch, onEpoch });
  expect(figures(records)).toEqual(figures(expected));
  expect(learner.history).toEqual(records);
  expect(onBatch).toHaveBeenCalledTimes(30);
  expect(onBatch.mock.lastCall).toEqual([3, 300]);
});

test('fitAsync lets timers have their turn, and others the model, in whichever mode they leave it', async () => {
  const { model, sgd, loss } = setUp();
  const set = points(20_000, 5);
  const loaders = { train: data.loader(set, { batchSize: 8 }), valid: data.loader(set, { batchSize: 8 }) };
  const learner = train.learner(loaders, model, sgd, loss);
  let turns = 0;
  const modes = new Set<boolean>();
  const timer = setInterval(() => {
    turns++;
    modes.add(model.training);
    model.eval();
    model.forward(set.x.narrow(0, 0, 3));
    if (turns % 2 === 0) model.train();
  }, 1);
  const [record] = await learner.fitAsync(1);
  clearInterval(timer);
  expect(turns).toBeGreaterThan(2);
  expect(modes.has(true)).toBe(true);
  expect(record.validLoss).toBeLessThan(0.2);
  expect(model.training && loss.training).toBe(true);
});

test('a signal ends fitAsync before the next batch, and one fitAsync runs at a time', async () => {
  const { model, sgd, loss } = setUp();
  const set = points(20_000, 5);
  const loaders = { train: data.loader(set, { batchSize: 8 }), valid: data.loader(set) };
  const learner = train.learner(loaders, model, sgd, loss);
  const controller = new AbortController();
  const training = learner.fitAsync(100, { signal: controller.signal });
  await expect(learner.fitAsync(1)).rejects.toThrow(/already training/);
  expect(() => learner.fit(1)).toThrow(/fit: this Learner is already training/);
  setTimeout(() => controller.abort(new Error('enough')), 5);
  await expect(training).rejects.toThrow('enough');
  expect(learner.history).toEqual([]);
  await expect(learner.fitAsync(1, { signal: controller.signal })).rejects.toThrow('enough');
  await expect(learner.fitAsync(1.5)).rejects.toThrow(
    /fitAsync: epochs must be a whole number from 0, got 1.5/,
  );
  expect(learner.fit(0)).toEqual([]);
  expect(model.training).toBe(true);
});

test('validateAsync and evaluateAsync measure what validate and evaluate do', async () => {
  const { loaders, model, sgd, loss } = setUp();
  const learner = train.learner(loaders, model, sgd, loss, { accuracy: train.accuracy });
  learner.fit(1);
  expect(await learner.validateAsync()).toEqual(learner.validate());
  const set = points(900, 6);
  const expected = train.evaluate(model, loss, set, { batchSize: 100 });
  expect(await train.evaluateAsync(model, loss, set)).toEqual(expected);
  await expect(train.evaluateAsync(model, loss, set, { signal: AbortSignal.abort() })).rejects.toThrow(
    /abort/,
  );
  expect(model.training && loss.training).toBe(true);
});

test('trainBatchesAsync takes batches that come one after the other', async () => {
  const [a, b] = [setUp(), setUp()];
  manualSeed(4);
  const steps = train.trainBatches(a.model, a.loss, a.sgd, a.loaders.train);
  let step = steps.next();
  while (!step.done) step = steps.next();
  manualSeed(4);
  async function* slowly() {
    for (const batch of b.loaders.train) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      yield batch;
    }
  }
  expect(await train.trainBatchesAsync(b.model, b.loss, b.sgd, slowly())).toBe(step.value);
});
