import { type DigitSets, mnist, mnistOrProcedural } from '../data/mnist.ts';
import { normalize } from '../data/normalize.ts';

export interface Digits extends Pick<DigitSets, 'trainSet' | 'validSet'> {
  /** One line that says which data these are. */
  readonly description: string;
}

/**
 * Digits to train on, normalised with the training images' statistics: the IDX files in `dir`; without it MNIST
 * from the cache or the network; without that, digits that the program draws itself. `signal` ends a download.
 */
export async function loadDigits(dir: string | undefined, signal: AbortSignal): Promise<Digits> {
  const sets =
    dir === undefined ? await mnistOrProcedural({ signal }) : await mnist({ dir, verify: 'known', signal });
  const { trainSet, validSet, source } = normalize(sets);
  const counts = `${trainSet.length} images to train, ${validSet.length} to validate`;
  const instead = source.insteadOf === undefined ? '' : `\n         (not MNIST: ${source.insteadOf})`;
  return { trainSet, validSet, description: `${source.name}, ${source.where}: ${counts}${instead}` };
}
