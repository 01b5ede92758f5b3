import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type RunStatus, runState } from '../run/status.ts';
import type { PlannedRun } from './study.ts';

/** How every run of a study stands in its folder; one that was never begun counts as interrupted at epoch 0. */
export function standing(planned: readonly PlannedRun[], runs: string): Map<PlannedRun, RunStatus> {
  return new Map(
    planned.map(run => {
      const directory = join(runs, run.name);
      const none = { bestValidationPerplexity: null, testPerplexity: null, epoch: 0, epochs: run.spec.epochs };
      const state: RunStatus = ['log.jsonl', 'DONE'].some(file => existsSync(join(directory, file)))
        ? runState(run.name, directory)
        : { name: run.name, runDir: directory, status: 'interrupted', ...none };
      return [run, state];
    }),
  );
}
