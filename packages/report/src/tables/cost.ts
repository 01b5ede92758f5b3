import type { Run, Task } from '../load/run.ts';
import type { Study } from '../load/study.ts';
import { bytes, fixed, ratio, scaled } from './format.ts';
import {
  flopsCaveat,
  forwardFlops,
  parameterFields,
  type RunRow,
  relative,
  runRows,
  seedField,
  settingFields,
  shareOfDense,
  taskId,
  trainingFlops,
} from './identity.ts';
import { type Field, number, onlyIfDiffers, type Table, tableOf, text } from './table.ts';
import { denseStep } from './twins.ts';

type ComputedBytes = NonNullable<NonNullable<Run['done']>['bytes']>['computed'];

interface CostRow extends RunRow {
  /** The dense run that time and memory are compared with. */
  twin?: Run;
}

const MEASURED = 'As a multiple of the dense run of the same model on the same processor, engine and threads';

const fieldsOf = (runs: readonly Run[]): Field<CostRow>[] => [
  ...settingFields<CostRow>(),
  seedField(),
  onlyIfDiffers(text('engine', 'Engine', row => `${row.run.start.engine.name}, ${threads(row.run)}`)),
  ...parameterFields<CostRow>(),
  number(
    'flops_forward',
    'Forward FLOPs',
    row => forwardFlops(row.run),
    scaled,
    'Per token: 2 per nonzero in matrix products',
  ),
  number(
    'flops_training',
    'Training FLOPs',
    row => trainingFlops(row.run),
    scaled,
    'Per token, forward and backward, and what the method adds',
  ),
  {
    ...number<CostRow>(
      'flops_method_extra',
      'of it by the method',
      row => row.run.done?.flopsSpent?.method ?? null,
      scaled,
      'Per token: what the method computes beside forward and backward pass, shared out over all steps',
    ),
    hidden: !runs.some(run => (run.done?.flopsSpent?.method ?? 0) > 0),
  },
  number(
    'flops_relative',
    'of dense',
    ({ run, study }) => shareOfDense(study, run).training,
    ratio,
    'Training FLOPs as a multiple of those of the dense model',
  ),
  {
    ...number<CostRow>(
      'flops_per_sequence',
      'Forward FLOPs per text',
      row => row.run.start.flops.perSequence ?? null,
      scaled,
      'Once per text, besides those per token: 2 per nonzero in the linear layer behind the last token',
    ),
    hidden: runs.every(run => run.start.flops.perSequence === undefined),
  },
  number(
    'step_ms',
    'Step time',
    row => row.run.stepMs,
    value => (value === null ? fixed(null, 1) : `${fixed(value, 1)}\u00a0ms`),
    'Median wall time of a training step: what a topology update takes now and then does not show in it',
  ),
  number('step_relative', 'of dense', row => relative(row.run.stepMs, row.twin?.stepMs ?? null), ratio, MEASURED),
  number('peak_rss_bytes', 'Peak memory', row => row.run.peakRssBytes, bytes, 'Largest resident set of the process'),
  number(
    'memory_relative',
    'of dense',
    row => relative(row.run.peakRssBytes, row.twin?.peakRssBytes ?? null),
    ratio,
    MEASURED,
  ),
  number(
    'peak_heap_bytes',
    'Engine heap',
    row => row.run.peakHeapBytes,
    bytes,
    "High-water mark of the engine's own heap: weights, gradients, optimizer state and activations",
  ),
  ...computedFields(runs),
  number(
    'tokens_per_second',
    'Tokens per s',
    row => row.run.tokensPerSecond,
    value => fixed(value, 0),
    'Training throughput, median over epochs: steps, topology updates and all else between them',
  ),
  number(
    'token_time_relative',
    'time a token, of dense',
    row => relative(row.twin?.tokensPerSecond ?? null, row.run.tokensPerSecond),
    ratio,
    `${MEASURED}: of this throughput, so that topology updates are included`,
  ),
];

/** Bytes that follow from shapes and counts, beside those measured; on the page only where a log has them. */
function computedFields(runs: readonly Run[]): Field<CostRow>[] {
  const hidden = runs.every(run => run.done?.bytes === undefined);
  const column = (key: string, title: string, of: (computed: ComputedBytes) => number, hint: string) => {
    const value = ({ run }: CostRow) => (run.done?.bytes === undefined ? null : of(run.done.bytes.computed));
    return { ...number(key, title, value, bytes, hint), hidden };
  };
  return [
    column(
      'computed_peak_bytes',
      'computed',
      ({ peak }) => peak,
      "The most that one training step has in use on the engine's heap, computed from shapes and counts; what scores for " +
        'growth take comes on top',
    ),
    column(
      'computed_weight_bytes',
      'of it weights',
      ({ weights, biases }) => Object.values(weights).reduce((total, part) => total + part, biases),
      'Computed: values, indices, second copies, gradients and optimizer state',
    ),
    column(
      'computed_activation_bytes',
      'activations',
      ({ activations, logits }) => activations + logits,
      'Computed: what the forward pass keeps for the backward pass, and the logits',
    ),
  ];
}

/** What each run of a task costs: counted FLOPs beside measured time and memory. */
export function costTable(task: Task, studies: readonly Study[]): Table {
  const rows = runRows(studies).map((row): CostRow => ({ ...row, twin: denseStep(row.study, row.setting, row.run) }));
  return tableOf(
    {
      id: taskId('cost', task),
      title: 'Cost',
      caption:
        `FLOPs are per token and counted by one rule for all methods; times and memory are measured${measuredOn(rows)}. ` +
        `Measured ratios stand only where a dense run of the same model on the same processor, engine and threads is at hand.${flopsCaveat(studies)}`,
    },
    rows,
    fieldsOf(rows.map(({ run }) => run)),
  );
}

/** Where all runs were trained, if that is one and the same for all. */
function measuredOn(rows: readonly CostRow[]): string {
  const places = new Set(
    rows.map(({ run }) => `engine ${run.start.engine.name}, ${threads(run)}, on ${run.start.machine.cpu}`),
  );
  return places.size === 1 ? ` (${[...places][0]})` : '';
}

function threads(run: Run): string {
  const count = run.start.engine.threads;
  return `${count} ${count === 1 ? 'thread' : 'threads'}`;
}
