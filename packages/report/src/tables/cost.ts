import type { Run } from '../load/run.ts';
import type { Study } from '../load/study.ts';
import { bytes, fixed, ratio, scaled } from './format.ts';
import { type RunRow, relative, runRows, seedField, settingFields } from './identity.ts';
import { type Field, number, onlyIfDiffers, type Table, tableOf, text } from './table.ts';

interface CostRow extends RunRow {
  /** The dense run that times are compared with: same study, engine, threads and processor. */
  twin?: Run;
}

const MEASURED = 'As a multiple of the dense run on the same processor, engine and threads';

const FIELDS: Field<CostRow>[] = [
  ...settingFields<CostRow>(),
  seedField(),
  onlyIfDiffers(text('engine', 'Engine', row => `${row.run.start.engine.name}, ${threads(row.run)}`)),
  number(
    'flops_forward',
    'Forward FLOPs',
    row => row.run.start.flops.forward,
    scaled,
    'Per token: 2 per nonzero in matrix products',
  ),
  number(
    'flops_training',
    'Training FLOPs',
    row => row.run.start.flops.training,
    scaled,
    'Per token, forward and backward',
  ),
  number(
    'flops_relative',
    'of dense',
    row => relative(row.run.start.flops.training, row.run.start.flops.denseTraining),
    ratio,
    'Training FLOPs as a multiple of those of the dense model',
  ),
  number(
    'step_ms',
    'Step time',
    row => row.run.stepMs,
    value => (value === null ? fixed(null, 1) : `${fixed(value, 1)}\u00a0ms`),
    'Median wall time of a training step',
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
  number(
    'tokens_per_second',
    'Tokens per s',
    row => row.run.tokensPerSecond,
    value => fixed(value, 0),
    'Training throughput, median over epochs',
  ),
];

/** What each run costs: counted FLOPs beside measured time and memory. */
export function costTable(studies: readonly Study[]): Table {
  const all = runRows(studies);
  const dense = all.filter(({ run }) => run.method === 'dense' && run.stepMs !== null);
  const rows = all.map((row): CostRow => {
    const twins = dense.filter(other => other.study === row.study && sameMachine(other.run, row.run));
    return { ...row, twin: (twins.find(({ run }) => run.seed === row.run.seed) ?? twins[0])?.run };
  });
  return tableOf(
    {
      id: 'cost',
      title: 'Cost',
      caption:
        'FLOPs are per token and counted by one rule for all methods; times and memory are measured. Measured ratios ' +
        'stand only where a dense run on the same processor, engine and threads is at hand.',
    },
    rows,
    FIELDS,
  );
}

function threads(run: Run): string {
  const count = run.start.engine.threads;
  return `${count} ${count === 1 ? 'thread' : 'threads'}`;
}

function sameMachine(a: Run, b: Run): boolean {
  return (
    a.start.machine.cpu === b.start.machine.cpu &&
    a.start.engine.name === b.start.engine.name &&
    a.start.engine.threads === b.start.engine.threads
  );
}
