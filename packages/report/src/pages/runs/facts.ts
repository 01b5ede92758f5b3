import type { Run } from '../../load/run.ts';
import { type Study, specText } from '../../load/study.ts';
import { classNames, notesText } from '../../tables/data.ts';
import { bytes, duration, fixed, NONE, ratio, scaled } from '../../tables/format.ts';
import { denseCounts, trainingFlops } from '../../tables/identity.ts';
import { MEASURES } from '../../tables/measures.ts';

/** Names and their values, as text. */
export type Facts = [name: string, value: string][];

/** What came of a run, as names and values. */
export function runResults(study: Study, run: Run): Facts {
  const dense = denseCounts(study, run);
  const measures = MEASURES[run.task];
  return [
    ...measures.map(({ name, test, format }): [string, string] => [`Test ${name}`, format(test(run))]),
    ...measures.map(({ name, validation, format }): [string, string] => [
      `Validation ${name} at the best epoch, the one of least validation loss`,
      run.bestEpoch === null ? NONE : `${format(validation(run))} (epoch ${run.bestEpoch})`,
    ]),
    ...run.evaluations.flatMap(line =>
      measures.map(({ name, format, evaluation }): [string, string] => [
        `${line.part === 'test' ? 'Test' : 'Validation'} ${name}, ${line.model} model`,
        `${format(evaluation(line) ?? null)} (epoch ${line.epoch}${otherEngine(run, line.engine)})`,
      ]),
    ),
    ['Parameters', `${scaled(run.size.parameters)} of ${scaled(dense.parameters)}`],
    ['Training FLOPs per token', `${scaled(trainingFlops(run))} of ${scaled(dense.training)}`],
    ['Wall time', duration(run.wallSeconds)],
    ['Peak memory', bytes(run.peakRssBytes)],
    ['Topology updates', String(run.topology.length)],
    ...averaging(run),
  ];
}

/** Since when the average of the weights is what is evaluated; nothing for other optimizers, and logs that do not tell. */
function averaging({ epochs }: Run): Facts {
  if (epochs.every(({ averaged }) => averaged === undefined)) return [];
  const first = epochs.find(({ averaged }) => averaged);
  return [
    ['Averaged weights', first === undefined ? 'not yet: its trigger has not fired' : `from epoch ${first.epoch} on`],
  ];
}

/** The engine of an evaluation after the run, where it is not the one that trained. */
function otherEngine({ start }: Run, engine: string | undefined): string {
  return engine === undefined || engine === start.engine.name ? '' : `, on engine ${engine}`;
}

/** The settings of a run, by key in alphabetical order. */
export function specification({ start: { spec } }: Run): Facts {
  return Object.keys(spec)
    .sort()
    .map(key => [key, specText(spec[key])]);
}

/** Where and with what a run was trained. */
export function environment(run: Run): Facts {
  const { start, done } = run;
  const { tokens } = start.dataset;
  return [
    ['Data set', start.dataset.name],
    ['Data SHA-256', start.dataset.sha256],
    ['Vocabulary', fixed(start.dataset.vocabulary, 0)],
    [
      'Tokens',
      `${fixed(tokens.train, 0)} training, ${fixed(tokens.validation, 0)} validation, ${fixed(tokens.test, 0)} test`,
    ],
    ...classes(start.dataset),
    ['Engine', `${start.engine.name}, ${start.engine.threads} threads (${start.engine.reason})`],
    ['Processor', `${start.machine.cpu}, ${start.machine.cores} cores`],
    ['Memory', bytes(start.machine.memoryBytes)],
    ['System', start.machine.os],
    ...Object.entries(start.versions).map(([name, version]): [string, string] => [`Version of ${name}`, version]),
    ['Commit', start.commit],
    ['Started', start.time],
    ['Ended', done?.time ?? run.failed?.time ?? NONE],
    ['FLOPs relative to its dense form', ratio(trainingFlops(run) / Math.max(1, start.flops.denseTraining))],
    ['Weights SHA-256', done?.weightsSha256 ?? NONE],
  ];
}

/** What the log says about the texts of a classifier. */
function classes(dataset: Run['start']['dataset']): Facts {
  const { texts } = dataset;
  if (texts === undefined) return [];
  const names = classNames(dataset);
  const part = (counts: readonly number[]) =>
    names.map((name, index) => `${name} ${fixed(counts[index] ?? 0, 0)}`).join(', ');
  return [
    ['Training texts', part(texts.train)],
    ['Validation texts', part(texts.validation)],
    ['Test texts', part(texts.test)],
    ...(dataset.notes === undefined ? [] : [['Corpus notes', notesText(dataset)] as [string, string]]),
  ];
}
