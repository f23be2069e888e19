import { OutOfMemoryError } from '../../core/errors.ts';
import { useNativeMemory } from '../../core/pools.ts';
import type { Kernels } from '../contract.ts';
import type { Addon } from './addon.ts';
import { elementwise } from './elementwise.ts';
import { gathering } from './gather.ts';
import { indexing } from './indexing.ts';
import { losses } from './losses.ts';
import { masks } from './masks.ts';
import { products } from './matmul.ts';
import { parameters } from './parameters.ts';
import { reductions } from './reduce.ts';
import { sgd } from './sgd.ts';
import { slices } from './slices.ts';

/**
 * The contract on the addon. Where the addon has no code for a dtype (integers in a function that is there for
 * floats) or for an operation, `fallback` does it.
 */
export function nativeKernels(addon: Addon, fallback: Kernels): Kernels {
  addon.initialize(parameters, OutOfMemoryError);
  useNativeMemory(addon);
  return {
    ...fallback,
    ...elementwise(addon, fallback),
    ...products(addon),
    ...reductions(addon, fallback),
    ...losses(addon),
    ...sgd(addon),
    ...indexing(addon),
    ...masks(addon),
    ...gathering(addon, fallback),
    ...slices(addon, fallback),
    get name() {
      return `native ${addon.info().isa}`;
    },
    numThreads: () => addon.numThreads(),
    setNumThreads: (count) => addon.setNumThreads(count),
  };
}
