import { defineConfig } from 'vitest/config';
import shared from '../../vitest.shared.ts';

/** Tests of how long something takes. */
const TIMED = ['src/browserMany.test.ts'];

const { include, ...common } = shared.test ?? {};

// Those of time come when the others are done, which would take the cores from them.
export default defineConfig({
  test: {
    ...common,
    globalSetup: ['src/testing/globalSetup.ts'],
    projects: [
      { extends: true, test: { name: 'report', include, exclude: TIMED, sequence: { groupOrder: 0 } } },
      { extends: true, test: { name: 'time', include: TIMED, sequence: { groupOrder: 1 } } },
    ],
  },
});
