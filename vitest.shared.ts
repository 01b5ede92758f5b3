import { defineConfig } from 'vitest/config';

/** Results as JSON beside the package, for scripts/test.mjs, when it names a file for them. */
export const reporters = process.env.CI_RESULTS
  ? ['default', ['json', { outputFile: process.env.CI_RESULTS }] as const]
  : ['default'];

/** What every package's tests share. */
export default defineConfig({
  test: {
    include: ['src/**/*.test.ts'],
    reporters,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Two cores: each worker may start threads of its own.
    maxWorkers: 2,
  },
});
