import type { EpochLine } from '@sparse-rnn/experiments/runlog';
import type { Run, Task } from '../load/run.ts';
import { accuracy, perplexity, points } from './format.ts';
import { type Field, number } from './table.ts';

/** A number that says how good a model is. */
export interface Measure {
  /** Part of column names: `test_accuracy`. */
  key: string;
  /** As it stands in a sentence. */
  name: string;
  higherIsBetter: boolean;
  /** d3's number format for axes and hover boxes. */
  axis: string;
  format(value: number | null): string;
  /** A difference or a deviation, without its sign and unit. */
  formatDifference(value: number | null): string;
  /** Unit of a difference: percentage points, or none. */
  differenceUnit: '' | 'pp';
  validation(run: Run): number | null;
  test(run: Run): number | null;
  /** In the validation after an epoch. */
  epoch(line: EpochLine): number | undefined;
}

const PERPLEXITY: Measure = {
  key: 'perplexity',
  name: 'perplexity',
  higherIsBetter: false,
  axis: '.4r',
  format: perplexity,
  formatDifference: perplexity,
  differenceUnit: '',
  validation: run => run.validationPerplexity,
  test: run => run.testPerplexity,
  epoch: line => line.validationPerplexity,
};

const ACCURACY: Measure = {
  key: 'accuracy',
  name: 'accuracy',
  higherIsBetter: true,
  axis: '.2%',
  format: accuracy,
  formatDifference: points,
  differenceUnit: 'pp',
  validation: run => run.validationAccuracy,
  test: run => run.testAccuracy,
  epoch: line => line.validationAccuracy,
};

const MACRO_F1: Measure = {
  key: 'macro_f1',
  name: 'macro-F1',
  higherIsBetter: true,
  axis: '.2%',
  format: accuracy,
  formatDifference: points,
  differenceUnit: 'pp',
  validation: run => run.validationMacroF1,
  test: run => run.testMacroF1,
  epoch: line => line.validationMacroF1,
};

/** What the models of each task are judged by; the first measure decides which one is better. */
export const MEASURES: Record<Task, [Measure, ...Measure[]]> = {
  'language-model': [PERPLEXITY],
  classification: [ACCURACY, MACRO_F1],
};

/** `Lower is better.`, as captions say it. */
export function direction(task: Task): string {
  const names = MEASURES[task].map(measure => measure.name).join(' and ');
  return `${names[0].toUpperCase()}${names.slice(1)}: ${MEASURES[task][0].higherIsBetter ? 'higher' : 'lower'} is better.`;
}

/** A column of values of a measure: sorting begins with the best. */
export function measureColumn<T>(
  measure: Measure,
  key: string,
  title: string,
  value: (item: T) => number | null,
  hint: string,
): Field<T> {
  return { ...number(key, title, value, measure.format, hint), highFirst: measure.higherIsBetter };
}

/** Whether the value `a` of a measure is better than `b`. */
export function isBetter(measure: Measure, a: number, b: number): boolean {
  return measure.higherIsBetter ? a > b : a < b;
}
