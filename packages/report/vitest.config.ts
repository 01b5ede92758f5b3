import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: { include: ['src/**/*.test.ts'], globalSetup: ['src/testing/globalSetup.ts'], testTimeout: 20_000 },
});
