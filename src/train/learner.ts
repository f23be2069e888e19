import { performance } from 'node:perf_hooks';
import { StateError } from '../core/errors.ts';
import type { Tensor } from '../core/tensor.ts';
import type { Batch } from '../data/loader.ts';
import type { Loss } from '../nn/losses/loss.ts';
import type { Module } from '../nn/module.ts';
import { type Measured, measureBatches, type RowSum, trainBatches, type Updates } from './epoch.ts';
import { type AsyncOptions, measureBatchesAsync, trainBatchesAsync } from './epochAsync.ts';
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

export type FitAsyncOptions<Name extends string = string> = FitOptions<Name> & AsyncOptions;

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
  #fitting = false;

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
    this.#begin('fit', epochs);
    const records: EpochRecord<Name>[] = [];
    while (records.length < epochs) {
      const epoch = this.history.length + 1;
      const started = performance.now();
      const trainLoss = this.#trainEpoch((seen) => onBatch?.(epoch, seen));
      const record = this.#record(started, trainLoss, this.validate());
      records.push(record);
      if (onEpoch?.(record) === false) break;
    }
    return records;
  }

  /**
   * `fit` that leaves the event loop free: timers and requests have their turn between batches. They may use the model
   * too, to predict with it, say; who trains it in the meantime trains it besides.
   *
   * @throws (rejects with) what `fit` throws; the reason of `signal`, when that ends it before the next batch; StateError
   *   while another `fitAsync` is at it
   */
  async fitAsync(
    epochs: number,
    { onBatch, onEpoch, signal }: FitAsyncOptions<Name> = {},
  ): Promise<EpochRecord<Name>[]> {
    this.#begin('fitAsync', epochs);
    const records: EpochRecord<Name>[] = [];
    const { model, loss, optimizer, loaders } = this;
    this.#fitting = true;
    try {
      while (records.length < epochs) {
        const epoch = this.history.length + 1;
        const started = performance.now();
        const trainLoss = await trainBatchesAsync(model, loss, optimizer, loaders.train, {
          signal,
          onBatch: (seen) => onBatch?.(epoch, seen),
        });
        const record = this.#record(started, trainLoss, await this.validateAsync({ signal }));
        records.push(record);
        if (onEpoch?.(record) === false) break;
      }
    } finally {
      this.#fitting = false;
    }
    return records;
  }

  /** Loss and metrics on the validation batches, averaged over their rows; the model learns nothing. */
  validate(): Validation<Name> {
    return validation(measureBatches(this.model, this.loss, this.loaders.valid, this.#sums()));
  }

  /** `validate` that leaves the event loop free between batches. */
  async validateAsync(options: AsyncOptions = {}): Promise<Validation<Name>> {
    return validation(
      await measureBatchesAsync(this.model, this.loss, this.loaders.valid, this.#sums(), options),
    );
  }

  #begin(operation: string, epochs: number): void {
    if (!Number.isSafeInteger(epochs) || epochs < 0) {
      throw new RangeError(`${operation}: epochs must be a whole number from 0, got ${epochs}`);
    }
    if (this.#fitting) {
      throw new StateError(`${operation}: this Learner is already training; await its fitAsync first`);
    }
  }

  #record(started: number, trainLoss: number, measured: Validation<Name>): EpochRecord<Name> {
    const seconds = (performance.now() - started) / 1000;
    const record = { epoch: this.history.length + 1, trainLoss, ...measured, seconds };
    this.history.push(record);
    return record;
  }

  #sums(): Record<Name, RowSum> {
    const entries = Object.entries<Metric>(this.metrics).map(([name, metric]): [string, RowSum] => [
      name,
      metric === accuracy ? countCorrect : (output, target) => metric(output, target) * target.length,
    ]);
    return Object.fromEntries(entries) as Record<Name, RowSum>;
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

function validation<Name extends string>({ loss, averages }: Measured<Name>): Validation<Name> {
  return { validLoss: loss, metrics: averages };
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
