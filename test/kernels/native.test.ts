import { afterAll, beforeAll, describe, test } from 'vitest';
import { availableKernels, kernels, setKernels, setNumThreads } from '../../src/kernels/active.ts';
import { runTable } from './table.ts';

const isas = availableKernels().filter((name) => name !== 'typescript' && name !== 'native');

describe.each(isas)('%s', (isa) => {
  beforeAll(() => {
    setKernels(isa);
    setNumThreads(2);
  });
  afterAll(() => setKernels('native'));

  setKernels(isa); // for the names that the table gives its tests
  runTable(kernels());
});

if (isas.length === 0) test.skip('native kernels: no addon was built', () => {});
