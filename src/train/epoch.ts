/** One pass over a dataset: training on it, or measuring on it. */

import { scope } from '../core/scope.ts';
import type { Tensor } from '../core/tensor.ts';
import type { Dataset } from '../data/dataset.ts';
import { type Batch, loader } from '../data/loader.ts';
import type { Loss } from '../nn/losses/loss.ts';
import type { AnyModule, Module } from '../nn/module.ts';
import { isSelfContained } from '../nn/selfContained.ts';
import { countCorrect } from './metrics.ts';

/** What an epoch needs of an optimizer. */
export interface Updates {
  zeroGrad(): void;
  step(): void;
}

export interface EpochOptions {
  readonly batchSize: number;
}

/**
 * Trains `model` on each batch once: predict, compare, go backward and step.
 *
 * Between batches it hands over to its caller, with the number of rows seen so far; who stops asking stops the
 * training there.
 *
 * @returns the loss, averaged over the rows as they were seen
 */
export function* trainBatches(
  model: Module,
  loss: Loss,
  optimizer: Updates,
  batches: Iterable<Batch>,
): Generator<number, number, void> {
  model.train();
  loss.train();
  const step = trainingStep(model, loss, optimizer);
  let total = 0;
  let seen = 0;
  for (const batch of batches) {
    total += step(batch);
    seen += batch[0].shape[0];
    yield seen;
  }
  return total / seen;
}

/** One step of training on a batch: it gives the loss, summed over the rows. */
export function trainingStep(model: Module, loss: Loss, optimizer: Updates): (batch: Batch) => number {
  const within = scopeFor(model, loss);
  return ([x, y]) => {
    optimizer.zeroGrad();
    const value = within(() => {
      const result = loss.forward(model.forward(x), y);
      // Nobody asks for the gradient of the images.
      model.backward(loss.backward(), { inputGrad: false });
      return Number(result.item());
    });
    optimizer.step();
    return value * x.shape[0];
  };
}

/**
 * `scope` where nobody can have put aside what is made in it, so that each step finds the memory of the one before;
 * else the function is just called.
 */
function scopeFor(...modules: readonly AnyModule[]): typeof scope {
  return modules.every(isSelfContained) ? scope : asItIs;
}

function asItIs<Result>(body: () => Result): Result {
  return body();
}

/** `trainBatches` on all of `trainSet` once, in an order drawn from the default generator. */
export function trainEpoch(
  model: Module,
  loss: Loss,
  optimizer: Updates,
  trainSet: Dataset,
  { batchSize }: EpochOptions,
): Generator<number, number, void> {
  return trainBatches(model, loss, optimizer, loader(trainSet, { batchSize, shuffle: true, reuse: true }));
}

/** Something that is counted or summed over the rows of a batch. */
export type RowSum = (output: Tensor, target: Tensor) => number;

/** The loss averaged over all rows, and the sums divided by their number. */
export interface Measured<Name extends string> {
  readonly loss: number;
  readonly averages: Readonly<Record<Name, number>>;
}

/** What `model` does on the batches, loss and further sums; it learns nothing, and is left in train mode. */
export function measureBatches<Name extends string>(
  model: Module,
  loss: Loss,
  batches: Iterable<Batch>,
  sums: Readonly<Record<Name, RowSum>>,
): Measured<Name> {
  const measuring = new Measuring(model, loss, sums);
  measuring.resume();
  for (const batch of batches) measuring.add(batch);
  measuring.pause();
  return measuring.end();
}

/** The sums of `measureBatches`, batch by batch. */
export class Measuring<Name extends string> {
  readonly #model: Module;
  readonly #loss: Loss;
  readonly #sums: [Name, RowSum][];
  readonly #totals: number[];
  readonly #within: typeof scope;
  #total = 0;
  #seen = 0;

  constructor(model: Module, loss: Loss, sums: Readonly<Record<Name, RowSum>>) {
    this.#model = model;
    this.#loss = loss;
    this.#sums = Object.entries(sums) as [Name, RowSum][];
    this.#totals = this.#sums.map(() => 0);
    // Sums of the caller's may put the output aside.
    const ours = this.#sums.every(([, sum]) => sum === countCorrect);
    this.#within = ours ? scopeFor(model, loss) : asItIs;
  }

  resume(): void {
    this.#model.eval();
    this.#loss.eval();
  }

  pause(): void {
    this.#model.train();
    this.#loss.train();
  }

  add([x, y]: Batch): void {
    this.#within(() => {
      const output = this.#model.forward(x);
      this.#total += Number(this.#loss.forward(output, y).item()) * x.shape[0];
      this.#sums.forEach(([, sum], i) => {
        this.#totals[i] += sum(output, y);
      });
    });
    this.#seen += x.shape[0];
  }

  end(): Measured<Name> {
    const averages = Object.fromEntries(this.#sums.map(([name], i) => [name, this.#totals[i] / this.#seen]));
    return { loss: this.#total / this.#seen, averages: averages as Record<Name, number> };
  }
}

export interface Evaluation {
  /** Averaged over all images. */
  readonly loss: number;
  /** The share of images whose largest logit is that of their label, from 0 to 1. */
  readonly accuracy: number;
}

/** Loss and accuracy of a classifier on a dataset; the model learns nothing, and is left in train mode. */
export function evaluate(model: Module, loss: Loss, set: Dataset, { batchSize = 1000 } = {}): Evaluation {
  const batches = loader(set, { batchSize, reuse: true });
  const { loss: value, averages } = measureBatches(model, loss, batches, { correct: countCorrect });
  return { loss: value, accuracy: averages.correct };
}
