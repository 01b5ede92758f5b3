import type { Run, Task } from '../load/run.ts';
import { densityText, type Setting, type Study, studyTitle } from '../load/study.ts';
import { percent, scaled } from './format.ts';
import type { Summarise } from './statistics.ts';
import { type Field, number, onlyIfDiffers, text } from './table.ts';
import { sameModel } from './twins.ts';

/** Id of a table or figure about all runs of a task: `runs`, or `runs-classification`. */
export function taskId(name: string, task: Task): string {
  return task === 'language-model' ? name : `${name}-${task}`;
}

/** A run as a row of a table. */
export interface RunRow {
  anchor: string;
  study: Study;
  setting: Setting;
  run: Run;
}

/** All runs in the order of the studies, their settings and their seeds. */
export function runRows(studies: readonly Study[]): RunRow[] {
  return studies.flatMap(study =>
    study.settings.flatMap(setting => setting.runs.map(run => ({ anchor: run.anchor, study, setting, run }))),
  );
}

/** The columns that say which setting a row is about. */
export function settingFields<T extends { study: Study; setting: Setting }>(): Field<T>[] {
  return [
    text('method', 'Method', row => row.setting.method),
    {
      ...number<T>('density', 'Density', row => row.setting.density, String, 'Density that was asked for'),
      cell: ({ setting }) => ({
        value: setting.density,
        text: densityText(setting.density) + (setting.startsDense ? ', starts dense' : ''),
      }),
    },
    onlyIfDiffers(text('variant', 'Variant', row => row.setting.variant)),
    onlyIfDiffers(text('study', 'Study', row => studyTitle(row.study))),
  ];
}

export function seedField<T extends { run: Run }>(): Field<T> {
  return number('seed', 'Seed', row => row.run.seed, String);
}

/** Parameters of the tested model, and their share of the dense one's. */
export function parameterFields<T extends { run: Run; study: Study }>(): Field<T>[] {
  return [
    number(
      'parameters',
      'Parameters',
      row => row.run.size.parameters,
      scaled,
      'Trained numbers of the tested model: nonzeros and biases',
    ),
    number(
      'parameters_relative',
      'of dense',
      ({ run, study }) => shareOfDense(study, run).parameters,
      percent,
      'Parameters relative to the same model with every matrix dense',
    ),
  ];
}

/** Measured density, which tells what a method that prunes has come to; the page shows it where some model's changes. */
export function densityField<T extends { run: Run }>(studies: readonly Study[]): Field<T> {
  const runs = studies.flatMap(study => study.settings.flatMap(setting => setting.runs));
  const nnz = (matrices: readonly { nnz: number }[]) => matrices.reduce((total, matrix) => total + matrix.nnz, 0);
  const moves = runs.some(run => run.epochs.some(line => nnz(line.matrices) !== nnz(run.start.matrices)));
  return {
    ...number(
      'density_tested',
      'Density, best epoch',
      row => row.run.size.density ?? 1,
      percent,
      'Nonzeros of the sparse matrices at the best epoch, whose model is tested, as a share of their positions',
    ),
    hidden: !moves,
  };
}

/** Counts of the model that a run is compared with in size and cost; null where no run tells them. */
export interface DenseCounts {
  parameters: number | null;
  forward: number | null;
  training: number | null;
}

/** The run's own model with every matrix dense; for a smaller dense model, the full-size one that the study has of it. */
export function denseCounts(study: Study, run: Run): DenseCounts {
  const full = () =>
    study.settings.flatMap(({ runs }) => runs).find(other => other.method !== 'dense-small' && sameModel(other, run));
  const start = (run.method === 'dense-small' ? full() : run)?.start;
  return {
    parameters: start?.parameters.dense ?? null,
    forward: start?.flops.denseForward ?? null,
    training: start?.flops.denseTraining ?? null,
  };
}

/**
 * Training FLOPs per token, with what the method computed beside forward and backward passes: as the finished run counted
 * them step by step, else those of the model at the start.
 */
export function trainingFlops({ start, done }: Pick<Run, 'start' | 'done'>): number {
  const spent = done?.flopsSpent;
  return spent === undefined ? start.flops.training : spent.training + spent.method;
}

/** What a run takes of what the dense model would; null where no run tells that. */
export interface ShareOfDense {
  parameters: number | null;
  /** Training FLOPs. */
  training: number | null;
}

/** Parameters and training FLOPs of a run as shares of those that `denseCounts` gives. */
export function shareOfDense(study: Study, run: Run): ShareOfDense {
  const dense = denseCounts(study, run);
  return {
    parameters: relative(run.size.parameters, dense.parameters),
    training: relative(trainingFlops(run), dense.training),
  };
}

/** Means of those shares over a setting's finished runs; null where none has finished. */
export function meanShareOfDense(study: Study, setting: Setting, summarise: Summarise): ShareOfDense {
  const shares = setting.runs.filter(run => run.status === 'finished').map(run => shareOfDense(study, run));
  const mean = (key: keyof ShareOfDense) => summarise(shares.map(share => share[key]))?.mean ?? null;
  return { parameters: mean('parameters'), training: mean('training') };
}

/** Forward FLOPs per token of the final model; of the one at the start while a run has not finished. */
export function forwardFlops({ start, done }: Pick<Run, 'start' | 'done'>): number {
  return done?.flopsSpent?.forward ?? start.flops.forward;
}

/** A sentence for the caption of counted FLOPs where a count changes in training; empty where none does. */
export function flopsCaveat(studies: readonly Study[]): string {
  return studies.some(study => study.settings.some(setting => setting.startsDense))
    ? ' Training FLOPs are the mean over all steps of a finished run: a method that starts dense needs fewer as it prunes.'
    : '';
}

/** Quotient of two counts or measures; null where either is missing or the second is 0. */
export function relative(value: number | null, reference: number | null): number | null {
  return value === null || reference === null || reference === 0 ? null : value / reference;
}
