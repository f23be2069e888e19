/** One pass over a dataset: training on it, or measuring on it. */

import type { Dataset } from '../data/dataset.ts';
import { loader } from '../data/loader.ts';
import type { Loss } from '../nn/losses/loss.ts';
import type { Module } from '../nn/module.ts';
import { countCorrect } from './metrics.ts';

/** What an epoch needs of an optimizer. */
interface Updates {
  zeroGrad(): void;
  step(): void;
}

export interface EpochOptions {
  readonly batchSize: number;
}

/**
 * Trains `model` on all of `trainSet` once, in an order drawn from the default generator: for each batch
 * predict, compare, go backward and step.
 *
 * Between batches it hands over to its caller, with the number of images seen so far; who stops asking stops the
 * training there.
 *
 * @returns the loss, averaged over the images as they were seen
 */
export function* trainEpoch(
  model: Module,
  loss: Loss,
  optimizer: Updates,
  trainSet: Dataset,
  { batchSize }: EpochOptions,
): Generator<number, number, void> {
  model.train();
  loss.train();
  let total = 0;
  let seen = 0;
  for (const [x, y] of loader(trainSet, { batchSize, shuffle: true, reuse: true })) {
    optimizer.zeroGrad();
    const value = loss.forward(model.forward(x), y);
    // Nobody asks for the gradient of the images.
    model.backward(loss.backward(), { inputGrad: false });
    optimizer.step();
    total += Number(value.item()) * x.shape[0];
    seen += x.shape[0];
    yield seen;
  }
  return total / seen;
}

export interface Evaluation {
  /** Averaged over all images. */
  readonly loss: number;
  /** The share of images whose largest logit is that of their label, from 0 to 1. */
  readonly accuracy: number;
}

/** Loss and accuracy of a classifier on a dataset; the model learns nothing, and is left in train mode. */
export function evaluate(model: Module, loss: Loss, set: Dataset, { batchSize = 1000 } = {}): Evaluation {
  model.eval();
  loss.eval();
  let total = 0;
  let correct = 0;
  for (const [x, y] of loader(set, { batchSize, reuse: true })) {
    const logits = model.forward(x);
    total += Number(loss.forward(logits, y).item()) * x.shape[0];
    correct += countCorrect(logits, y);
  }
  model.train();
  loss.train();
  return { loss: total / set.length, accuracy: correct / set.length };
}
