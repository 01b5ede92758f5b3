import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

export { logValues, outcome } from './outcome.ts';

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const directory = mkdtempSync(join(tmpdir(), 'sparse-rnn-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
