import { performance } from 'node:perf_hooks';
import type { Tensor } from '../core/tensor.ts';
import type { Batch } from '../data/loader.ts';
import type { Loss } from '../nn/losses/loss.ts';
import type { Module } from '../nn/module.ts';
import { measureBatches, type RowSum, trainBatches, type Updates } from './epoch.ts';
import { accuracy, countCorrect } from './metrics.ts';

/** Batches to learn from, and batches to measure on. Each `for … of` must be one pass over all of them. */
export interface Loaders {
  readonly train: Iterable<Batch>;
  readonly valid: Iterable<Batch>;
}

/** A figure for people, averaged over the rows of a batch: output and target are those that the loss gets. */
export type Metric = (output: Tensor, target: Tensor) => number;

/** How a model does on the validation set: the loss, and each metric under its name. */
export interface Validation<Name extends string = string> {
  readonly validLoss: number;
  readonly metrics: Readonly<Record<Name, number>>;
}

/** One epoch's figures. */
export interface EpochRecord<Name extends string = string> extends Validation<Name> {
  /** From 1, over all calls of `fit`. */
  readonly epoch: number;
  readonly trainLoss: number;
  /** Of training and validation. */
  readonly seconds: number;
}

export interface FitOptions<Name extends string = string> {
  /** Called after each batch: the epoch, from 1, and the rows of it that were seen so far. */
  readonly onBatch?: ((epoch: number, seen: number) => void) | undefined;
  /** Called after each epoch. `false` ends the training there. */
  // biome-ignore lint/suspicious/noConfusingVoidType: most hooks return nothing, and should not have to
  readonly onEpoch?: ((record: EpochRecord<Name>) => boolean | void) | undefined;
}

/**
 * The training loop with all that it needs: data, model, optimizer, loss, and metrics for people to look at.
 *
 *     const learner = train.learner({ train, valid }, model, sgd, nn.crossEntropyLoss(), { accuracy: train.accuracy });
 *     learner.fit(5);
 */
export class Learner<Name extends string = never> {
  readonly loaders: Loaders;
  readonly model: Module;
  readonly optimizer: Updates;
  readonly loss: Loss;
  readonly metrics: Readonly<Record<Name, Metric>>;
  /** The figures of all epochs so far. */
  readonly history: EpochRecord<Name>[] = [];

  constructor(
    loaders: Loaders,
    model: Module,
    optimizer: Updates,
    loss: Loss,
    metrics: Readonly<Record<Name, Metric>> = {} as Record<Name, Metric>,
  ) {
    for (const part of ['train', 'valid'] as const) checkBatches(part, loaders?.[part]);
    for (const [name, metric] of Object.entries(metrics)) {
      if (typeof metric === 'function') continue;
      throw new TypeError(`Learner: metric '${name}' must be a function of output and target`);
    }
    this.loaders = loaders;
    this.model = model;
    this.optimizer = optimizer;
    this.loss = loss;
    this.metrics = metrics;
  }

  /**
   * Trains for so many epochs more, and validates after each.
   *
   * @returns the figures of these epochs, which `history` has too
   * @throws RangeError unless `epochs` is a whole number from 0
   */
  fit(epochs: number, { onBatch, onEpoch }: FitOptions<Name> = {}): EpochRecord<Name>[] {
    if (!Number.isSafeInteger(epochs) || epochs < 0) {
      throw new RangeError(`fit: epochs must be a whole number from 0, got ${epochs}`);
    }
    const records: EpochRecord<Name>[] = [];
    while (records.length < epochs) {
      const epoch = this.history.length + 1;
      const started = performance.now();
      const trainLoss = this.#trainEpoch((seen) => onBatch?.(epoch, seen));
      const validation = this.validate();
      const seconds = (performance.now() - started) / 1000;
      const record = { epoch, trainLoss, ...validation, seconds };
      records.push(record);
      this.history.push(record);
      if (onEpoch?.(record) === false) break;
    }
    return records;
  }

  /** Loss and metrics on the validation batches, averaged over their rows; the model learns nothing. */
  validate(): Validation<Name> {
    const sums = Object.fromEntries(
      Object.entries<Metric>(this.metrics).map(([name, metric]): [string, RowSum] => [
        name,
        metric === accuracy ? countCorrect : (output, target) => metric(output, target) * target.length,
      ]),
    ) as Record<Name, RowSum>;
    const { loss, averages } = measureBatches(this.model, this.loss, this.loaders.valid, sums);
    return { validLoss: loss, metrics: averages };
  }

  #trainEpoch(onBatch: (seen: number) => void): number {
    const steps = trainBatches(this.model, this.loss, this.optimizer, this.loaders.train);
    for (;;) {
      const step = steps.next();
      if (step.done) return step.value;
      onBatch(step.value);
    }
  }
}

/** A generator, say, is a second pass long, and then trains on nothing. */
function checkBatches(part: string, batches: Iterable<Batch> | undefined): void {
  const iterator = batches?.[Symbol.iterator];
  if (typeof iterator === 'function' && !('next' in (batches as object))) return;
  throw new TypeError(`Learner: loaders.${part} must be batches that can be walked through again and again`);
}

/** `new Learner(loaders, model, optimizer, loss, metrics)`. */
export function learner<Name extends string = never>(
  loaders: Loaders,
  model: Module,
  optimizer: Updates,
  loss: Loss,
  metrics?: Readonly<Record<Name, Metric>>,
): Learner<Name> {
  return new Learner(loaders, model, optimizer, loss, metrics);
}
