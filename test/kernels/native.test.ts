import { afterAll, beforeAll, describe, test } from 'vitest';
import { availableKernels, kernels, setKernels, setNumThreads } from '../../src/kernels/active.ts';
import { casesAreCut } from '../support/property.ts';
import { runTable } from './table.ts';

const present = availableKernels().filter((name) => name !== 'typescript' && name !== 'native');
// The sets differ in their arithmetic alone: under stress of the collector the best one stands for all.
const isas = casesAreCut ? present.slice(-1) : present;

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
