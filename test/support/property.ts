import fc from 'fast-check';

/** The same cases every time, unless PROPERTY_SEED says otherwise. */
const SEED = Number(process.env['PROPERTY_SEED'] ?? 20261122);

/**
 * Checks a property on 1,000 cases (fewer where a case is slow). A failure is reported with the smallest case
 * found, the seed, and the path to it.
 */
export function checkProperty<Case>(
  cases: fc.Arbitrary<Case>,
  holds: (given: Case) => void,
  numRuns = 1000,
): void {
  fc.assert(fc.property(cases, holds), { seed: SEED, numRuns });
}

/** Whether properties end before all their cases (stress.ts), so that rare ones may be missing. */
export const casesAreCut = fc.readConfigureGlobal()?.interruptAfterTimeLimit !== undefined;
