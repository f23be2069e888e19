import { defineConfig } from 'vitest/config';

/** What takes minutes: packaging, other Node versions, other processors, memory over time. */
export default defineConfig({
  test: {
    include: ['test/long/**/*.test.ts'],
    testTimeout: 600_000,
    hookTimeout: 600_000,
    fileParallelism: false,
  },
});
