import { beforeAll, describe } from 'vitest';
import { availableKernels, type KernelsName, setKernels } from '../src/kernels/active.ts';

const here = availableKernels();

/** The TypeScript kernels, and the best native ones that this machine has. */
export const bothKernels: readonly KernelsName[] = here.includes('native')
  ? ['typescript', 'native']
  : ['typescript'];

/** `describe`, once on each kernel set. */
export function onBothKernels(name: string, body: (kernels: KernelsName) => void): void {
  describe.each(bothKernels)(`${name} (%s)`, (kernels) => {
    beforeAll(() => setKernels(kernels));
    body(kernels);
  });
}
