/**
 * The one table by which every implementation of the kernel contract is tested: each kernel, in every layout
 * and at awkward sizes, against naive formulas, and if wanted against another implementation too.
 */

import { describe } from 'vitest';
import type { Kernels } from '../../src/kernels/contract.ts';
import { argReduceTable } from './table/argReduce.ts';
import { copiesTable } from './table/copies.ts';
import { elementwiseTable } from './table/elementwise.ts';
import { gatherTable } from './table/gather.ts';
import { histogramTable } from './table/histogram.ts';
import { linearTable } from './table/linear.ts';
import { lossesTable } from './table/losses.ts';
import { matmulTable } from './table/matmul.ts';
import { reduceTable } from './table/reduce.ts';
import { slicesTable } from './table/slices.ts';
import { ternaryTable } from './table/ternary.ts';
import { varianceTable } from './table/variance.ts';

/** Declares the tests of `kernels`; with `reference`, results must agree with its results as well. */
export function runTable(kernels: Kernels, reference?: Kernels): void {
  const subject = { kernels, reference };
  describe(`${kernels.name} kernels`, () => {
    elementwiseTable(subject);
    ternaryTable(subject);
    copiesTable(subject);
    gatherTable(subject);
    reduceTable(subject);
    varianceTable(subject);
    argReduceTable(subject);
    slicesTable(subject);
    histogramTable(subject);
    matmulTable(subject);
    linearTable(subject);
    lossesTable(subject);
  });
}
