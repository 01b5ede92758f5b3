import type { Run } from '../load/run.ts';
import type { Study } from '../load/study.ts';
import { bytes, duration, fixed, percent, perplexity, ratio, scaled } from './format.ts';
import { type RunRow, relative, runRows, seedField, settingFields } from './identity.ts';
import { type Field, number, type Table, tableOf, text } from './table.ts';

const FIELDS: Field<RunRow>[] = [
  ...settingFields<RunRow>(),
  seedField(),
  {
    ...text('status', 'Status', row => row.run.status),
    cell: row => ({ value: row.run.status, text: statusText(row.run) }),
  },
  number(
    'test_perplexity',
    'Test perplexity',
    row => row.run.testPerplexity,
    perplexity,
    'Test perplexity of the model with the best validation perplexity',
  ),
  number(
    'validation_perplexity',
    'Validation perplexity',
    row => row.run.validationPerplexity,
    perplexity,
    'Best validation perplexity of any epoch',
  ),
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
    'FLOPs per token',
    row => row.run.start.flops.training,
    scaled,
    'Floating-point operations of one training step per token: forward and backward matrix products',
  ),
  number(
    'flops_relative',
    'of dense',
    row => relative(row.run.start.flops.training, row.run.start.flops.denseTraining),
    ratio,
    'FLOPs as a multiple of those of the same model with every matrix dense',
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
    'Tokens per s',
    row => row.run.tokensPerSecond,
    value => fixed(value, 0),
    'Training throughput, median over epochs',
  ),
  {
    ...text<RunRow>('folder', 'Folder', row => row.run.id),
    cell: row => ({ value: row.run.id, text: row.run.id.slice(-8), folder: row.run.directory }),
  },
];

/** Every run, one row each. */
export function runsTable(studies: readonly Study[]): Table {
  return tableOf(
    {
      id: 'runs',
      title: 'Runs',
      caption:
        'Every run that was found, finished or not. Perplexity: lower is better. Parameters and FLOPs are also given ' +
        'relative to the same model with every matrix dense. Each number leads to its run.',
    },
    runRows(studies),
    FIELDS,
  );
}

function statusText(run: Run): string {
  if (run.status === 'finished') return 'finished';
  if (run.status === 'failed') return `failed at step ${run.failed?.step}`;
  const planned = run.start.spec['epochs'];
  return `epoch ${run.epochs.at(-1)?.epoch ?? 0}${typeof planned === 'number' ? ` of ${planned}` : ''}`;
}
