import { allocateTensor } from '../core/tensor.ts';
import { Dataset } from './dataset.ts';
import { DownloadError } from './download.ts';
import { type LabelledImages, type MnistFileOptions, readMnistFiles } from './mnistFiles.ts';
import { proceduralDigits } from './proceduralDigits.ts';

const PIXELS = 28 * 28;

/** Where digits came from, for programs to say. */
export interface DigitSource {
  /** `MNIST`, `Fashion-MNIST`, `unverified IDX files` or `procedural digits`. */
  readonly name: string;
  /** The folder, or the seed. */
  readonly where: string;
  /** Why it is not MNIST, where that was tried first. */
  readonly insteadOf?: string | undefined;
}

export interface DigitSets {
  /** x [n, 784] float32 · y [n] int32, 0 to 9 */
  readonly trainSet: Dataset;
  readonly validSet: Dataset;
  readonly source: DigitSource;
}

interface ScaleOptions {
  /** What pixels from 0 to 255 are divided by. */
  readonly scale?: number | undefined;
}

export interface MnistOptions extends MnistFileOptions, ScaleOptions {
  /**
   * - `'lesson'` (the default): train on the first 50,000 of the training images and validate on the last 10,000 of
   *   them, as in the lesson's `mnist.pkl.gz`; scale 256, as there. (Of another number of images, a sixth validates.)
   * - `'standard'`: train on all training images and validate on t10k; scale 255.
   */
  readonly split?: 'lesson' | 'standard' | undefined;
}

/**
 * MNIST as data sets: from the IDX files in `dir`, else from the cache folder, else downloaded. `verify: 'known'` or
 * `false` accepts other sets of this layout, such as Fashion-MNIST; `source.name` says which it is.
 *
 * @throws Error where folder or file are missing, FormatError where a file is damaged or not MNIST's, DownloadError
 *   where no mirror has them, RangeError for an unknown split, or a scale that is not above 0
 */
export async function mnist(options: MnistOptions = {}): Promise<DigitSets> {
  const { split = 'lesson' } = options;
  if (split !== 'lesson' && split !== 'standard') {
    throw new RangeError(`mnist: split must be 'lesson' or 'standard', got ${String(split)}`);
  }
  const scale = checkScale('mnist', options.scale ?? (split === 'lesson' ? 256 : 255));
  if (split === 'lesson') {
    const { name, dir, parts } = await readMnistFiles(['train'], options);
    return { ...splitOff('mnist', parts.train, scale), source: { name, where: dir } };
  }
  const { name, dir, parts } = await readMnistFiles(['train', 't10k'], options);
  return {
    trainSet: datasetOf(parts.train, scale),
    validSet: datasetOf(parts.t10k, scale),
    source: { name, where: dir },
  };
}

export interface ProceduralOptions extends ScaleOptions {
  /** Of both sets together; 60,000 unless said otherwise. The last sixth validates. */
  readonly count?: number | undefined;
  /** 0 unless said otherwise. */
  readonly seed?: number | undefined;
}

/**
 * {@link proceduralDigits} as data sets, like the lesson's MNIST: 50,000 and 10,000, scale 256.
 *
 * @throws RangeError for a count that is not a whole number from 2, or a scale that is not above 0
 */
export function proceduralMnist({
  count = 60_000,
  seed = 0,
  scale = 256,
}: ProceduralOptions = {}): DigitSets {
  checkScale('proceduralMnist', scale);
  const source = { name: 'procedural digits', where: `seed ${seed}` };
  return { ...splitOff('proceduralMnist', proceduralDigits({ count, seed }), scale), source };
}

/**
 * {@link mnist} where it can be had, else {@link proceduralMnist}, with the reason in `source.insteadOf`. Only the
 * lack of a download leads there: with `dir`, and for wrong options, errors are those of `mnist`.
 */
export async function mnistOrProcedural(options: MnistOptions & ProceduralOptions = {}): Promise<DigitSets> {
  try {
    return await mnist(options);
  } catch (error) {
    if (!(error instanceof DownloadError)) throw error;
    const { count, seed, scale } = options;
    const sets = proceduralMnist({ count, seed, scale });
    return { ...sets, source: { ...sets.source, insteadOf: error.message } };
  }
}

function checkScale(operation: string, scale: number): number {
  if (typeof scale !== 'number' || !(scale > 0 && scale < Infinity)) {
    throw new RangeError(`${operation}: scale must be a number above 0, got ${String(scale)}`);
  }
  return scale;
}

function splitOff(
  operation: string,
  all: LabelledImages,
  scale: number,
): Pick<DigitSets, 'trainSet' | 'validSet'> {
  const count = all.labels.length;
  if (count < 2) {
    throw new RangeError(
      `${operation}: a training and a validation set need at least 2 images, got ${count}`,
    );
  }
  const start = count - Math.ceil(count / 6);
  return {
    trainSet: datasetOf(all, scale, 0, start),
    validSet: datasetOf(all, scale, start, count),
  };
}

function datasetOf(
  { images, labels }: LabelledImages,
  scale: number,
  start = 0,
  end = labels.length,
): Dataset {
  const x = allocateTensor('mnist', [end - start, PIXELS], 'float32');
  // 256 divisions instead of 47 million
  const values = Float32Array.from({ length: 256 }, (_, pixel) => pixel / scale);
  const pixels = images.subarray(start * PIXELS, end * PIXELS);
  const { memory } = x;
  for (let i = 0; i < pixels.length; i++) memory[i] = values[pixels[i]];
  const y = allocateTensor('mnist', [end - start], 'int32');
  y.memory.set(labels.subarray(start, end));
  return new Dataset(x, y);
}
