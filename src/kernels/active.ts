import type { Kernels } from './contract.ts';
export function kernels(): Kernels {
  throw new Error('none');
}
