import { beforeAll, describe, expect, test } from 'vitest';
import { data, manualSeed, nn, optim } from '../../src/index.ts';
import { mnistDir } from '../mnistDir.ts';

/**
 * Believable digits: too varied for a linear model, regular enough for a small network, and near enough to real ones
 * that a network which has seen no other reads those.
 */
describe('procedural digits', () => {
  let sets: data.DigitSets & data.TrainingStatistics;
  beforeAll(() => {
    sets = data.normalize(data.proceduralMnist());
  });

  /** Trains by SGD without momentum, and gives the accuracy on the validation set after each epoch. */
  function train(model: nn.Sequential, epochs: number, lr: number): number[] {
    const loss = nn.crossEntropyLoss();
    const sgd = optim.sgd(model.parameters(), { lr });
    return Array.from({ length: epochs }, () => {
      for (const [x, y] of data.loader(sets.trainSet, { batchSize: 64, shuffle: true })) {
        sgd.zeroGrad();
        loss.forward(model.forward(x), y);
        model.backward(loss.backward(), { inputGrad: false });
        sgd.step();
      }
      return accuracy(model, sets.validSet);
    });
  }

  function accuracy(model: nn.Sequential, set: data.Dataset): number {
    model.eval();
    const right = model.forward(set.x).argmax(1).eq(set.y).float().mean().item() as number;
    model.train();
    return right;
  }

  const newMlp = () => nn.sequential(nn.linear(784, 50), nn.relu(), nn.linear(50, 10));

  test('a linear model stays below 0.93, with large steps and with small ones', () => {
    for (const [lr, epochs] of [
      [0.1, 5],
      [0.02, 5],
      [0.002, 10],
    ]) {
      manualSeed(1);
      expect(Math.max(...train(nn.sequential(nn.linear(784, 10)), epochs, lr))).toBeLessThan(0.93);
    }
  }, 600_000);

  test.each([1, 2, 3])(
    'the MLP 784-50-10 reaches 0.97, and 0.75 of real digits (seed %d)',
    async (seed) => {
      manualSeed(seed);
      const mlp = newMlp();
      const reached = train(mlp, 5, 0.1);
      expect(Math.max(...reached)).toBeGreaterThan(0.975);
      if (!mnistDir) return;
      const { validSet } = await data.mnist({ dir: mnistDir, split: 'standard', scale: 256 });
      const real = data.dataset(validSet.x.sub(sets.mean).div(sets.std), validSet.y);
      expect(accuracy(mlp, real)).toBeGreaterThan(0.75);
    },
    600_000,
  );
});
