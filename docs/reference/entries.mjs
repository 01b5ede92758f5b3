import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the repository. */
export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');

/** What users import, and the source that exports it. */
export const ENTRIES = {
  '@sparse-rnn/core': 'packages/core/src/index.ts',
  '@sparse-rnn/core/layers': 'packages/core/src/layers/index.ts',
  '@sparse-rnn/datasets': 'packages/datasets/src/index.ts',
  '@sparse-rnn/experiments': 'packages/experiments/src/index.ts',
  '@sparse-rnn/experiments/runlog': 'packages/experiments/src/runlog/index.ts',
  '@sparse-rnn/report': 'packages/report/src/index.ts',
};
