import { defineConfig } from 'vitest/config';

/** What every package's tests share: results as JSON beside the package, read by scripts/test.mjs. */
export default defineConfig({
  test: {
    include: ['src/**/*.test.ts'],
    reporters: process.env.CI_RESULTS ? [['json', { outputFile: 'test-results.json' }], 'default'] : ['default'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Two cores: each worker may start threads of its own.
    maxWorkers: 2,
  },
});
