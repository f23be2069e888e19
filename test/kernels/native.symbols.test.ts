import { expect, test } from 'vitest';
import { findLeaks } from '../../scripts/symbols.ts';

const leaks = findLeaks();

test.skipIf(leaks === null)(
  `each instruction set shows the linker its table alone${leaks === null ? ' (skipped: no nm, or nothing built)' : ''}`,
  () => {
    expect(leaks?.length).toBeGreaterThanOrEqual(2); // scalar, and what the machine has
    for (const { isa, symbols } of leaks ?? []) expect([isa, symbols]).toEqual([isa, []]);
  },
);
