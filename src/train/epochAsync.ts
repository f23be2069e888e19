/**
 * The passes of epoch.ts, for programs that have other things to do: between batches the event loop has its turn
 * whenever it has waited for a millisecond. Each step is whole: nobody sees a model half updated.
 */

import { Turns } from '../core/turns.ts';
import type { Dataset } from '../data/dataset.ts';
import { type Batch, loader } from '../data/loader.ts';
import type { Loss } from '../nn/losses/loss.ts';
import type { Module } from '../nn/module.ts';
import {
  type Evaluation,
  type Measured,
  Measuring,
  type RowSum,
  trainingStep,
  type Updates,
} from './epoch.ts';
import { countCorrect } from './metrics.ts';

/** Batches that are there, or that come one after the other. */
export type Batches = Iterable<Batch> | AsyncIterable<Batch>;

export interface AsyncOptions {
  /** Ends the work before the next batch: it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** What is done with each batch, and with the model when others may have it: around the turns of the event loop. */
interface Pass {
  readonly use: (batch: Batch) => void;
  /** Before the first batch, and before each that follows a turn. */
  readonly resume: () => void;
  readonly pause: () => void;
}

async function forEachBatch(batches: Batches, { signal }: AsyncOptions, pass: Pass): Promise<void> {
  const turns = new Turns();
  signal?.throwIfAborted();
  pass.resume();
  try {
    if (Symbol.iterator in batches) {
      for (const batch of batches) {
        pass.use(batch);
        if (!turns.due()) continue;
        pass.pause();
        await turns.take();
        signal?.throwIfAborted();
        pass.resume();
      }
    } else {
      for await (const batch of batches) {
        signal?.throwIfAborted();
        pass.resume();
        pass.use(batch);
        pass.pause();
        if (turns.due()) await turns.take();
      }
      signal?.throwIfAborted();
    }
  } finally {
    pass.pause();
  }
}

/**
 * `trainBatches`, to its end; `onBatch` gets the number of rows seen so far.
 *
 * @returns the loss, averaged over the rows as they were seen
 */
export async function trainBatchesAsync(
  model: Module,
  loss: Loss,
  optimizer: Updates,
  batches: Batches,
  options: AsyncOptions & { readonly onBatch?: ((seen: number) => void) | undefined } = {},
): Promise<number> {
  const step = trainingStep(model, loss, optimizer);
  let total = 0;
  let seen = 0;
  await forEachBatch(batches, options, {
    resume: () => {
      model.train();
      loss.train();
    },
    use: (batch) => {
      total += step(batch);
      seen += batch[0].shape[0];
      options.onBatch?.(seen);
    },
    pause: () => {},
  });
  return total / seen;
}

/** `measureBatches`. When others have the model it is in train mode, as they expect it. */
export async function measureBatchesAsync<Name extends string>(
  model: Module,
  loss: Loss,
  batches: Batches,
  sums: Readonly<Record<Name, RowSum>>,
  options: AsyncOptions = {},
): Promise<Measured<Name>> {
  const measuring = new Measuring(model, loss, sums);
  await forEachBatch(batches, options, {
    resume: () => measuring.resume(),
    use: (batch) => measuring.add(batch),
    pause: () => measuring.pause(),
  });
  return measuring.end();
}

/**
 * `evaluate` that leaves the event loop free. Its batches are smaller, so that none takes long; the last digit of the
 * loss may differ for that.
 */
export async function evaluateAsync(
  model: Module,
  loss: Loss,
  set: Dataset,
  { batchSize = 100, ...options }: { readonly batchSize?: number | undefined } & AsyncOptions = {},
): Promise<Evaluation> {
  const batches = loader(set, { batchSize, reuse: true });
  const { loss: value, averages } = await measureBatchesAsync(
    model,
    loss,
    batches,
    { correct: countCorrect },
    options,
  );
  return { loss: value, accuracy: averages.correct };
}
