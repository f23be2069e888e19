/** What `handgrad.train` holds. */

export { type EpochOptions, type Evaluation, evaluate, trainEpoch } from '../train/epoch.ts';
export { accuracy } from '../train/metrics.ts';
