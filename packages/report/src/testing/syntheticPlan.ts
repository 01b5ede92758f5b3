import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { PLAN_FILE, PLAN_SCHEMA, type Plan, type PlannedExhibit } from '@sparse-rnn/experiments/runlog';
import { type SyntheticRun, writeRun } from './syntheticRuns.ts';

/** An exhibit of made-up runs. */
export interface SyntheticExhibit {
  id: string;
  title?: string;
  view?: PlannedExhibit['view'];
  rows: SyntheticRun[];
  /** How many runs the plan has besides that were never started. Default 0. */
  missing?: number;
}

/** Writes the runs of some exhibits, and the plan that names them, to a folder. */
export function writeStudy(root: string, exhibits: readonly SyntheticExhibit[], scale: Plan['scale'] = 'desk'): void {
  mkdirSync(root, { recursive: true });
  const plan: Plan = { schema: PLAN_SCHEMA, scale, exhibits: exhibits.map(exhibit => planned(root, exhibit)) };
  writeFileSync(join(root, PLAN_FILE), JSON.stringify(plan));
}

function planned(root: string, { id, title, view, rows, missing = 0 }: SyntheticExhibit): PlannedExhibit {
  const byLabel = new Map<string, PlannedExhibit['groups'][number]['rows'][number]>();
  for (const run of rows) {
    const label = `method=${run.method}, density=${run.density}`;
    const row = byLabel.get(label) ?? { label, settings: { method: run.method, density: run.density }, runs: [] };
    byLabel.set(label, row);
    row.runs.push({ run: basename(writeRun(root, run)), seed: run.seed ?? 1 });
  }
  const lost = Array.from({ length: missing }, (_, index) => ({ run: `demo-set-missing${index}`, seed: index + 1 }));
  if (lost.length > 0) {
    byLabel.set('lost', { label: 'method=set, density=0.02', settings: { method: 'set', density: 0.02 }, runs: lost });
  }
  const figure = id.startsWith('figure');
  return {
    id,
    kind: figure ? 'figure' : 'table',
    title: title ?? `Perplexity of ${id}`,
    question: 'Is a sparse model as good as the dense one at a tenth of its parameters?',
    setting: 'Made-up LSTM of 64 units on SOTU, 8 epochs, three seeds each.',
    command: `sparse-rnn reproduce ${id} --scale desk --runs runs`,
    view: view ?? (figure ? { kind: 'curves' } : { kind: 'quality' }),
    groups: [{ title: 'demo on sotu', rows: [...byLabel.values()] }],
    published: [],
  };
}
