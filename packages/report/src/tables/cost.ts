import type { Run } from '../load/run.ts';
import { runLabel, type Study, studyTitle } from '../load/study.ts';
import { bytes, fixed, ratio, scaled } from './format.ts';
import { relative } from './runs.ts';
import { type Field, number, type Table, tableOf, text } from './table.ts';

interface CostRow {
  anchor: string;
  label: string;
  study: string;
  run: Run;
  /** The dense run that times are compared with: same study, engine, threads and processor. */
  twin?: Run;
}

const FIELDS: Field<CostRow>[] = [
  text('setting', 'Run', row => row.label),
  text('study', 'Study', row => row.study),
  text('engine', 'Engine', row => `${row.run.start.engine.name}, ${threads(row.run)}`),
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
    'FLOPs × dense',
    row => relative(row.run.start.flops.training, row.run.start.flops.denseTraining),
    ratio,
    'Training FLOPs relative to the dense model',
  ),
  number(
    'step_ms',
    'Step',
    row => row.run.stepMs,
    value => `${fixed(value, 1)}\u00a0ms`,
    'Median wall time of a training step',
  ),
  number(
    'step_relative',
    'Time × dense',
    row => toTwin(row, run => run.stepMs),
    ratio,
    'Measured step time relative to the dense run on the same processor, engine and threads',
  ),
  number('peak_rss_bytes', 'Peak memory', row => row.run.peakRssBytes, bytes, 'Largest resident set of the process'),
  number(
    'memory_relative',
    'Memory × dense',
    row => toTwin(row, run => run.peakRssBytes),
    ratio,
    'Peak memory relative to the dense run on the same processor, engine and threads',
  ),
  number(
    'peak_heap_bytes',
    'Engine heap',
    row => row.run.peakHeapBytes,
    bytes,
    "High-water mark of the engine's own heap",
  ),
  number(
    'tokens_per_second',
    'Tokens/s',
    row => row.run.tokensPerSecond,
    value => fixed(value, 0),
    'Training throughput, median over epochs',
  ),
];

/** What each run costs: counted FLOPs beside measured time and memory. */
export function costTable(studies: readonly Study[]): Table {
  const rows = studies.flatMap(study => {
    const dense = study.settings
      .flatMap(setting => setting.runs)
      .filter(run => run.method === 'dense' && run.stepMs !== null);
    return study.settings.flatMap(setting =>
      setting.runs.map(run => ({
        anchor: run.anchor,
        label: runLabel(setting, run),
        study: studyTitle(study),
        run,
        twin:
          dense.find(other => other.seed === run.seed && sameMachine(other, run)) ??
          dense.find(other => sameMachine(other, run)),
      })),
    );
  });
  return tableOf(
    {
      id: 'cost',
      title: 'Cost',
      caption:
        'FLOPs are counted by one rule for all methods; times and memory are measured. Measured ratios stand only ' +
        'where a dense run on the same processor, engine and threads is at hand.',
    },
    rows,
    FIELDS,
  );
}

function threads(run: Run): string {
  const count = run.start.engine.threads;
  return `${count} ${count === 1 ? 'thread' : 'threads'}`;
}

function toTwin(row: CostRow, value: (run: Run) => number | null): number | null {
  const own = value(row.run);
  const reference = row.twin === undefined ? null : value(row.twin);
  return own === null || reference === null ? null : relative(own, reference);
}

function sameMachine(a: Run, b: Run): boolean {
  return (
    a.start.machine.cpu === b.start.machine.cpu &&
    a.start.engine.name === b.start.engine.name &&
    a.start.engine.threads === b.start.engine.threads
  );
}
