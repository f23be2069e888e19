import { div_, sub } from '../ops/elementwise.ts';
import { mean as meanOf, std as stdOf } from '../ops/reductions.ts';
import { Dataset } from './dataset.ts';

/** What was subtracted, and what was divided by. */
export interface TrainingStatistics {
  readonly mean: number;
  readonly std: number;
}

/**
 * x − mean, divided by the standard deviation, for training and validation set alike, with the mean and standard
 * deviation (over all elements, n − 1) of the **training** set: the model must see both on one scale, and nothing of
 * the validation set may reach it.
 *
 * @returns new data sets; labels are shared, whatever else is in `sets` is kept, and the statistics are added
 * @throws RangeError where all training inputs are equal, or some are not finite
 */
export function normalize<Sets extends { trainSet: Dataset; validSet: Dataset }>(
  sets: Sets,
): Sets & TrainingStatistics {
  const { trainSet, validSet } = sets;
  const mean = meanOf(trainSet.x).item() as number;
  const std = stdOf(trainSet.x).item() as number;
  // written so that NaN fails
  if (!(std > 0 && std < Infinity)) {
    throw new RangeError(`normalize: the training inputs have mean ${mean} and standard deviation ${std}`);
  }
  const normalized = ({ x, y }: Dataset) => new Dataset(div_(sub(x, mean), std), y);
  return { ...sets, trainSet: normalized(trainSet), validSet: normalized(validSet), mean, std };
}
