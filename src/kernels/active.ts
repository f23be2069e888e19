/** Chooses the kernels; the only file that knows both implementations. */

import type { Kernels } from './contract.ts';
import { typescriptKernels } from './typescript/kernels.ts';

/** The kernels that operations run on. */
export function kernels(): Kernels {
  return typescriptKernels;
}
