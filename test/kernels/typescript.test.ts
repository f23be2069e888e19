import { expect, test } from 'vitest';
import { typescriptKernels } from '../../src/kernels/typescript/kernels.ts';
import { runTable } from './table.ts';

runTable(typescriptKernels);

test('the TypeScript kernels have one thread, whatever is asked for', () => {
  typescriptKernels.setNumThreads(4);
  expect(typescriptKernels.numThreads()).toBe(1);
});
