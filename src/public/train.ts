/** What `handgrad.train` holds. */

export {
  type EpochOptions,
  type Evaluation,
  evaluate,
  trainBatches,
  trainEpoch,
  type Updates,
} from '../train/epoch.ts';
export { type AsyncOptions, type Batches, evaluateAsync, trainBatchesAsync } from '../train/epochAsync.ts';
export {
  type EpochRecord,
  type FitAsyncOptions,
  type FitOptions,
  Learner,
  type Loaders,
  learner,
  type Metric,
  type Validation,
} from '../train/learner.ts';
export { accuracy } from '../train/metrics.ts';
