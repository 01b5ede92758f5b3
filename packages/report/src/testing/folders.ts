import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Loaded, loadRuns } from '../load/index.ts';
import { type SyntheticRun, writeRun } from './syntheticRuns.ts';

/** An empty folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sparse-rnn-report-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes runs to a folder of the test's own and loads them. */
export function loadSynthetic(...runs: SyntheticRun[]): Loaded {
  const folder = temporaryFolder();
  for (const run of runs) writeRun(folder, run);
  return loadRuns([folder]);
}

/** A folder of the test's own with three finished runs below `runs`. */
export function runFolder(): { root: string; runs: string } {
  const root = temporaryFolder();
  const runs = join(root, 'runs');
  writeRun(runs, { method: 'dense', density: 1, seed: 1 });
  writeRun(runs, { method: 'set', density: 0.1, seed: 1 });
  writeRun(runs, { method: 'set', density: 0.1, seed: 2 });
  return { root, runs };
}
