import type { Run } from '../load/run.ts';
import { runLabel, type Study, studyTitle } from '../load/study.ts';
import { bytes, duration, fixed, percent, perplexity, ratio, scaled } from './format.ts';
import { type Field, number, type Table, tableOf, text } from './table.ts';

interface RunRow {
  anchor: string;
  label: string;
  study: string;
  run: Run;
}

const FIELDS: Field<RunRow>[] = [
  text('setting', 'Run', row => row.label),
  text('study', 'Study', row => row.study),
  text('method', 'Method', row => row.run.method),
  number(
    'density',
    'Density',
    row => row.run.density,
    value => String(value),
  ),
  number(
    'seed',
    'Seed',
    row => row.run.seed,
    value => String(value),
  ),
  {
    ...text('status', 'Status', row => row.run.status),
    cell: row => ({ value: row.run.status, text: statusText(row.run) }),
  },
  number(
    'parameters',
    'Parameters',
    row => row.run.start.parameters.total,
    scaled,
    'Trained numbers: nonzeros and biases',
  ),
  number(
    'parameters_relative',
    'of dense',
    row => relative(row.run.start.parameters.total, row.run.start.parameters.dense),
    percent,
    'Parameters relative to the same model with every matrix dense',
  ),
  number(
    'flops_per_token',
    'FLOPs/token',
    row => row.run.start.flops.training,
    scaled,
    'Floating-point operations of one training step per token: forward and backward matrix products',
  ),
  number(
    'flops_relative',
    '× dense',
    row => relative(row.run.start.flops.training, row.run.start.flops.denseTraining),
    ratio,
    'FLOPs relative to the dense model',
  ),
  number(
    'validation_perplexity',
    'Valid. ppl',
    row => row.run.validationPerplexity,
    perplexity,
    'Best validation perplexity',
  ),
  number(
    'test_perplexity',
    'Test ppl',
    row => row.run.testPerplexity,
    perplexity,
    'Test perplexity of the model with the best validation perplexity',
  ),
  number(
    'epochs',
    'Epochs',
    row => row.run.epochs.length,
    value => String(value),
    'Epochs in the log',
  ),
  number(
    'wall_seconds',
    'Wall time',
    row => row.run.wallSeconds,
    duration,
    'Training and evaluation, all processes of the run',
  ),
  number('peak_rss_bytes', 'Peak memory', row => row.run.peakRssBytes, bytes, 'Largest resident set of the process'),
  number(
    'tokens_per_second',
    'Tokens/s',
    row => row.run.tokensPerSecond,
    value => fixed(value, 0),
    'Training throughput, median over epochs',
  ),
  {
    ...text<RunRow>('folder', 'Folder', row => row.run.id),
    cell: row => ({ value: row.run.id, text: row.run.id.slice(-12), folder: row.run.directory }),
  },
];

/** Every run, one row each. Columns that are the same everywhere in a single study are left out of the page's table. */
export function runsTable(studies: readonly Study[]): Table {
  const rows = studies.flatMap(study =>
    study.settings.flatMap(setting =>
      setting.runs.map(run => ({
        anchor: run.anchor,
        label: runLabel(setting, run),
        study: studyTitle(study),
        run,
      })),
    ),
  );
  return tableOf(
    {
      id: 'runs',
      title: 'Runs',
      caption: 'Every run that was found, finished or not. Perplexity: lower is better. Each number leads to its run.',
    },
    rows,
    FIELDS,
  );
}

function statusText(run: Run): string {
  if (run.status === 'finished') return 'finished';
  if (run.status === 'failed') return `failed at step ${run.failed?.step}`;
  const planned = run.start.spec['epochs'];
  const of = typeof planned === 'number' ? ` of ${planned}` : '';
  return `unfinished, epoch ${run.epochs.length}${of}`;
}

/** Quotient of two counts; null where the second is 0. */
export function relative(value: number, reference: number): number | null {
  return reference === 0 ? null : value / reference;
}
