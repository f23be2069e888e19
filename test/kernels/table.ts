/**
 * The one table by which every implementation of the kernel contract is tested: each kernel, in every layout
 * and at awkward sizes, against naive formulas, and if wanted against another implementation too.
 */

import { describe } from 'vitest';
import type { Kernels } from '../../src/kernels/contract.ts';
import { copiesTable } from './table/copies.ts';
import { elementwiseTable } from './table/elementwise.ts';
import { lossesTable } from './table/losses.ts';
import { productsTable } from './table/products.ts';
import { reductionsTable } from './table/reductions.ts';

/** Declares the tests of `kernels`; with `reference`, results must agree with its results as well. */
export function runTable(kernels: Kernels, reference?: Kernels): void {
  const subject = { kernels, reference };
  describe(`${kernels.name} kernels`, () => {
    elementwiseTable(subject);
    copiesTable(subject);
    reductionsTable(subject);
    productsTable(subject);
    lossesTable(subject);
  });
}
