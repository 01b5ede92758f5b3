import type { Run, Task } from '../load/run.ts';
import type { Study } from '../load/study.ts';
import { bytes, duration, fixed, ratio, scaled } from './format.ts';
import {
  densityField,
  flopsCaveat,
  parameterFields,
  type RunRow,
  runRows,
  seedField,
  settingFields,
  shareOfDense,
  taskId,
  trainingFlops,
} from './identity.ts';
import { direction, MEASURES, measureColumn } from './measures.ts';
import { type Field, number, type Table, tableOf, text } from './table.ts';

const fieldsOf = (task: Task, studies: readonly Study[]): Field<RunRow>[] => [
  ...settingFields<RunRow>(),
  densityField(studies),
  seedField(),
  {
    ...text('status', 'Status', row => row.run.status),
    hidden: runRows(studies).every(({ run }) => run.status === 'finished'),
    cell: row => ({ value: row.run.status, text: statusText(row.run) }),
  },
  ...MEASURES[task].flatMap(measure => {
    const { key, name, test, validation } = measure;
    const of = 'at the best epoch, the one of least validation loss';
    return [
      measureColumn<RunRow>(measure, `test_${key}`, `Test ${name}`, row => test(row.run), `Test ${name} ${of}`),
      measureColumn<RunRow>(
        measure,
        `validation_${key}`,
        `Validation ${name}`,
        row => validation(row.run),
        `Validation ${name} ${of}`,
      ),
    ];
  }),
  ...parameterFields<RunRow>(),
  number(
    'flops_per_token',
    'FLOPs per token',
    row => trainingFlops(row.run),
    scaled,
    'Floating-point operations of one training step per token: forward and backward matrix products, and what the method adds',
  ),
  number(
    'flops_relative',
    'of dense',
    ({ run, study }) => shareOfDense(study, run).training,
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

/** Every run of a task, one row each. */
export function runsTable(task: Task, studies: readonly Study[]): Table {
  const rows = runRows(studies);
  const finished = rows.every(({ run }) => run.status === 'finished');
  const all = finished ? 'Every run that was found; all have finished.' : 'Every run that was found, finished or not.';
  return tableOf(
    {
      id: taskId('runs', task),
      title: 'Runs',
      caption:
        `${all} ${direction(task)} Parameters and FLOPs are also given ` +
        `relative to the same model with every matrix dense.${flopsCaveat(studies)} Each number leads to its run.`,
    },
    rows,
    fieldsOf(task, studies),
  );
}

function statusText(run: Run): string {
  if (run.status === 'finished') return 'finished';
  if (run.status === 'failed') return `failed at step ${run.failed?.step}`;
  const planned = run.start.spec['epochs'];
  return `epoch ${run.epochs.at(-1)?.epoch ?? 0}${typeof planned === 'number' ? ` of ${planned}` : ''}`;
}
