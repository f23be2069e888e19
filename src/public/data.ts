/** The namespace `data`: data sets, batches, MNIST, and the digits that stand in for it. */

export { Dataset, dataset } from '../data/dataset.ts';
export { DownloadError, type DownloadProgress } from '../data/download.ts';
export { type IdxArray, parseIdx } from '../data/idx.ts';
export { type ReadIdxOptions, readIdx } from '../data/idxFile.ts';
export { type Batch, DataLoader, type LoaderOptions, loader } from '../data/loader.ts';
export {
  type DigitSets,
  type DigitSource,
  type MnistOptions,
  mnist,
  mnistOrProcedural,
  type ProceduralOptions,
  proceduralMnist,
} from '../data/mnist.ts';
export { normalize, type TrainingStatistics } from '../data/normalize.ts';
export { type ProceduralDigits, proceduralDigits } from '../data/proceduralDigits.ts';
