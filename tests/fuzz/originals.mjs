/** The files that are mutated: those of two small runs that were trained for it, a study, a plan, a launch and distances. */
import { copyFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  compareSeeds,
  createSpec,
  evaluateRun,
  knownNames,
  run,
  writeJobs,
  writePlan,
} from '../../packages/experiments/dist/internal.js';
import { writeStudy } from '../soak/study.mjs';

const TINY = { hidden: 6, embedding: 6, layers: 1, batch: 4, evaluationBatch: 4, density: 0.4 };

/**
 * Trains language models, `model` and its like of another seed and without sparsity, and a classifier into
 * `<folder>/originals`. @returns Where everything lies.
 */
export async function makeOriginals(folder) {
  writeStudy(folder, true);
  const runs = join(folder, 'originals');
  const train = async settings => {
    const spec = createSpec('demo', { ...TINY, ...settings }, knownNames());
    const result = await run(runs, spec, { threads: 1, checkpointSeconds: 1e6 });
    if (result.status !== 'finished') throw new Error(`an original was not trained: ${result.reason}`);
    return result.runDir;
  };
  const data = `folder:${join(folder, 'corpus')}`;
  const reviews = { task: 'classification', data: `csv:${join(folder, 'reviews.csv')}`, maxLength: 12, minCount: 1 };
  const model = await train({ data, window: 8, epochs: 5 });
  const classifier = await train({ ...reviews, epochs: 4 });
  const other = await train({ data, window: 8, epochs: 5, seed: 2 });
  const dense = [];
  for (const seed of [1, 2]) dense.push(await train({ data, window: 8, epochs: 5, seed, method: 'dense', density: 1 }));
  await evaluateRun(model, { model: 'last', threads: 1 });
  return {
    model,
    classifier,
    other,
    dense,
    study: writeStudyFile(folder, data),
    csv: writeCsv(folder),
    plan: await writePlanFile(folder, [dense, [model, other]]),
    distances: await writeDistances(folder, runs),
    jobs: writeLaunch(folder),
  };
}

/** A copy of a run folder's files, to put a mutated one among. */
export function copyRun(from, to, names) {
  mkdirSync(to, { recursive: true });
  for (const name of names) copyFileSync(join(from, name), join(to, name));
}

/** The log as it was written before there were seals. */
export function withoutSeals(log) {
  const plain = line => {
    const { after: _after, check: _check, ...rest } = JSON.parse(line);
    return JSON.stringify(rest);
  };
  return Buffer.from(`${log.toString().trimEnd().split('\n').map(plain).join('\n')}\n`);
}

function writeStudyFile(folder, data) {
  const path = join(folder, 'study.yaml');
  writeFileSync(
    path,
    `name: densities # a comment
question: How much is left as the weights get fewer?
preset: ptb-lstm-256
settings: { data: '${data}', epochs: 5, optimizer: sgd, learningRate: 20 }
seeds: [1, 2, 3]
grid:
  method: [set, static]
  density: [0.1, 0.33]
runs:
  - { method: dense }
  - { method: set, density: 0.1, grow: gradient }
budget: { hours: 4 }
`,
  );
  return path;
}

function writeCsv(folder) {
  const path = join(folder, 'texts.csv');
  const rows = Array.from({ length: 60 }, (_, k) => {
    const words = [`w${k % 7}`, `w${k % 11}`, k % 5 === 0 ? 'a "quoted" word,\nand a line' : 'naïve', `w${k % 3}`].join(
      ' ',
    );
    return `${k % 2 ? 'good' : 'bad'},"${words.replaceAll('"', '""')}",${k}`;
  });
  writeFileSync(path, ['label,text,id', ...rows].join('\r\n'));
  return path;
}

/** Those of the two models, which differ in their seed alone. */
async function writeDistances(folder, runs) {
  const { computed } = await compareSeeds(runs);
  if (computed !== 1) throw new Error(`expected one pair of runs, got ${computed}`);
  const path = join(folder, 'distances.json');
  renameSync(join(runs, 'distances.json'), path);
  return path;
}

function writeLaunch(folder) {
  const arrays = [
    { job: '17', offset: 0, size: 2 },
    { job: '18', offset: 2, size: 1 },
  ];
  const runs = ['demo-set-0123456789ab', 'demo-set-123456789abc', 'demo-dense-23456789abcd'];
  writeJobs(folder, { schema: 1, submitted: '2026-11-25T00:00:00Z', arrays, report: '19', runs });
  return join(folder, 'jobs.json');
}

/** @param rows the runs of each row. */
async function writePlanFile(folder, rows) {
  const planned = rows.map(runs => {
    const starts = runs.map(runDir => JSON.parse(readFileSync(join(runDir, 'log.jsonl'), 'utf8').split('\n')[0]));
    const [{ method, density }] = starts;
    return {
      label: `method=${method}, density=${density}`,
      settings: { method, density },
      runs: starts.map(({ run, seed }) => ({ run, seed })),
    };
  });
  const exhibit = (id, kind, view) => ({
    ...{
      id,
      kind,
      view,
      title: 'What it shows',
      question: 'Which is better?',
      setting: 'An LSTM.',
      command: 'npx ...',
    },
    groups: [{ title: 'demo', rows: planned }],
    published: ['table-1'],
  });
  await writePlan(folder, 'quick', [
    exhibit('table-1', 'table', { kind: 'quality' }),
    exhibit('table-8', 'table', { kind: 'cost' }),
    exhibit('figure-1', 'figure', { kind: 'curves' }),
    exhibit('figure-2', 'figure', { kind: 'against', x: ['density'], series: 'method' }),
    exhibit('figure-7', 'figure', { kind: 'explored' }),
  ]);
  return join(folder, 'plan.json');
}
