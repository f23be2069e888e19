import { expect, test } from 'vitest';
import { allocatedBytes } from '../../src/core/pools.ts';
import { data, manualSeed, nn, optim, randint, randn, type Tensor, train } from '../../src/index.ts';
import { onBothKernels } from '../onBothKernels.ts';

function setUp(activation: nn.Module = nn.relu()) {
  manualSeed(1);
  const set = data.dataset(randn([4000, 20]), randint(5, [4000]));
  const model = nn.sequential(nn.linear(20, 200), activation, nn.linear(200, 5));
  return { set, model, loss: nn.crossEntropyLoss() };
}

/** ReLU of a user's, who looks at its results after the step. */
class Watched extends nn.ReLU {
  readonly seen: Tensor[] = [];

  override forward(x: Tensor): Tensor {
    const y = super.forward(x);
    this.seen.push(y);
    return y;
  }
}

onBothKernels('trainEpoch', () => {
  test.each([
    ['without momentum', 0],
    ['with momentum', 0.9],
  ])('a step allocates nothing once warm, %s', (_, momentum) => {
    const { set, model, loss } = setUp();
    const sgd = optim.sgd(model.parameters(), { lr: 0.01, momentum });
    const steps = train.trainEpoch(model, loss, sgd, set, { batchSize: 16 });
    for (let i = 0; i < 100; i++) steps.next();
    const before = allocatedBytes();
    for (let i = 0; i < 100; i++) expect(steps.next().done).toBe(false);
    expect(allocatedBytes()).toBe(before);
  });

  test('what a Module of a user puts aside stays, and figures are the same', () => {
    const figures = [nn.relu(), new Watched()].map((activation) => {
      const { set, model, loss } = setUp(activation);
      const sgd = optim.sgd(model.parameters(), { lr: 0.01 });
      manualSeed(2);
      const steps = train.trainEpoch(model, loss, sgd, set, { batchSize: 64 });
      let step = steps.next();
      while (!step.done) step = steps.next();
      if (activation instanceof Watched) {
        expect(activation.seen).toHaveLength(63);
        for (const y of activation.seen) expect(Number(y.min().item())).toBe(0);
      }
      return step.value;
    });
    expect(figures[1]).toBe(figures[0]);
  });

  test('so does what a method in the place of a declared one puts aside', () => {
    const { set, model, loss } = setUp();
    const seen: Tensor[] = [];
    const last = model.layers[2] as nn.Module;
    const { forward } = last;
    last.forward = (x) => {
      const y = forward.call(last, x);
      seen.push(y);
      return y;
    };
    const sgd = optim.sgd(model.parameters(), { lr: 0.01 });
    const steps = train.trainEpoch(model, loss, sgd, set, { batchSize: 64 });
    for (let i = 0; i < 5; i++) steps.next();
    expect(seen).toHaveLength(5);
    for (const y of seen) expect(Number.isFinite(y.sum().item())).toBe(true);
  });
});
