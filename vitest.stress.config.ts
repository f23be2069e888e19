import { defineConfig } from 'vitest/config';
import quick from './vitest.config.ts';

/**
 * The quick tests with a garbage collector that runs all the time and moves all that it can: memory that is used
 * after it was freed, or found where it no longer is, does not stay hidden. Of properties fewer cases, and of native
 * kernels one instruction set. Two hours of a core; the files most concerned take minutes:
 * `npm run test:stress -- test/core test/nn test/train`.
 */
export default defineConfig({
  test: {
    ...quick.test,
    setupFiles: ['test/support/stress.ts'],
    pool: 'forks',
    // --gc-interval has no effect but in debug builds of V8.
    execArgv: ['--stress-compaction', '--stress-scavenge=50'],
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
});
