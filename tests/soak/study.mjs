/** The study that is killed: small runs of every kind of state that a checkpoint has to hold. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rng } from '../../packages/core/dist/index.js';

/** Kinds of runs; `quick` ones suffice for a test of seconds. */
const RUNS = [
  { method: 'set', optimizer: 'adam', learningRate: 0.01, quick: true },
  { method: 'rigl', updateSteps: 15, cell: 'gru' },
  // Goes over from SGD to averaging after an epoch that is no better.
  { method: 'set', optimizer: 'snt-asgd', learningRate: 5, nonMonotone: 1, quick: true },
  { method: 'gmp', optimizer: 'momentum', learningRate: 0.1, pruneSteps: 20 },
  {
    method: 'selfish',
    optimizer: 'snt-asgd',
    learningRate: 5,
    nonMonotone: 1,
    dropoutKind: 'locked',
    dropoutWord: 0.2,
  },
  { method: 'dense', optimizer: 'sgd', learningRate: 1, dropoutInput: 0.2, dropoutOutput: 0.2 },
  { task: 'classification', method: 'set', maxLength: 12, minCount: 1, quick: true },
];

/**
 * Writes corpus, CSV file and study into a folder.
 *
 * @returns Path of the study file.
 */
export function writeStudy(folder, quick) {
  mkdirSync(join(folder, 'corpus'), { recursive: true });
  const lines = quick ? 200 : 400;
  for (const [part, count] of [
    ['train', lines],
    ['valid', lines / 8],
    ['test', lines / 8],
  ]) {
    writeFileSync(join(folder, 'corpus', `${part}.txt`), text(part, count));
  }
  const csv = join(folder, 'reviews.csv');
  writeFileSync(csv, `label,text\n${reviews(quick ? 200 : 600)}`);
  const runs = RUNS.filter(run => run.quick || !quick).map(({ quick: _quick, ...run }) => {
    return { ...run, ...(run.task ? { data: `csv:${csv}` } : { window: 8 }) };
  });
  const settings = {
    data: `folder:${join(folder, 'corpus')}`,
    hidden: 12,
    embedding: 12,
    layers: 1,
    batch: 4,
    evaluationBatch: 4,
    density: 0.3,
    epochs: quick ? 24 : 40,
  };
  const study = join(folder, 'soak.yaml');
  // JSON is YAML.
  writeFileSync(study, JSON.stringify({ name: 'soak', preset: 'demo', settings, seeds: quick ? [1] : [1, 2], runs }));
  return study;
}

/** Lines in which each word is followed by one of two others. */
function text(part, count) {
  const stream = rng(1, 'soak', part);
  let word = 0;
  const next = () => {
    word = (2 * word + stream.integer(2)) % 23;
    return `w${word}`;
  };
  return Array.from({ length: count }, () => `${Array.from({ length: 12 }, next).join(' ')}\n`).join('');
}

/** Texts whose label follows from one word. */
function reviews(count) {
  const stream = rng(1, 'soak', 'reviews');
  const review = (_, row) => {
    const words = Array.from({ length: 4 + stream.integer(6) }, () => `w${stream.integer(30)}`);
    words[stream.integer(words.length)] = row % 2 ? 'splendid' : 'dreadful';
    return `${row % 2 ? 'good' : 'bad'},${words.join(' ')}\n`;
  };
  return Array.from({ length: count }, review).join('');
}
