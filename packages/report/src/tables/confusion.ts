import { anchorOf, type Study } from '../load/study.ts';
import type { Csv } from './csv.ts';
import { classNames } from './data.ts';

/** Which class the texts of each class were given in the test, summed over the seeds of a setting. */
export interface ConfusionMatrix {
  label: string;
  /** Section of the setting's runs. */
  anchor: string;
  /** Finished runs that are summed. */
  runs: number;
  /** Texts of each class (row) that were given each class (column). */
  counts: number[][];
}

/** The confusion matrices of a study's settings: one block of the page and one CSV file. */
export interface Confusions {
  id: string;
  title: string;
  caption: string;
  classes: string[];
  matrices: ConfusionMatrix[];
  csv: Csv;
}

/** Sums the matrices of each setting's finished runs; undefined where no run has one. */
export function confusionsOf(study: Study, suffix: string): Confusions | undefined {
  const matrices = study.settings.flatMap((setting): ConfusionMatrix[] => {
    const { label, runs } = setting;
    const logged = runs.flatMap(run => (run.done?.testConfusion === undefined ? [] : [run.done.testConfusion]));
    if (logged.length === 0) return [];
    const size = Math.max(...logged.map(matrix => matrix.length));
    const counts = Array.from({ length: size }, (_, row) =>
      Array.from({ length: size }, (_, column) =>
        logged.reduce((sum, matrix) => sum + (matrix[row]?.[column] ?? 0), 0),
      ),
    );
    return [{ label, anchor: anchorOf(setting), runs: logged.length, counts }];
  });
  if (matrices.length === 0) return undefined;
  const named = classNames(study.dataset);
  const size = Math.max(...matrices.map(({ counts }) => counts.length));
  const classes = Array.from({ length: size }, (_, index) => named[index] ?? `class ${index + 1}`);
  return {
    id: `confusion-${study.anchor}`,
    title: `Confusion matrices${suffix}`,
    caption:
      'Test texts of each true class (row) by the class that they were given (column), summed over the finished seeds ' +
      'of a setting; the share is of the row. The diagonal holds the hits, its shares are the recall of each class.',
    classes,
    matrices,
    csv: {
      columns: ['preset', 'data', 'setting', 'runs', 'true_class', 'given_class', 'texts', 'share_of_true_class'],
      rows: matrices.flatMap(({ label, runs, counts }) =>
        counts.flatMap((row, truth) =>
          row.map((texts, given) => [
            study.preset,
            study.dataset.name,
            label,
            runs,
            classes[truth],
            classes[given],
            texts,
            rowShare(row, given),
          ]),
        ),
      ),
    },
  };
}

/** Share of a row's texts in one of its cells; null in an empty row. */
export function rowShare(row: readonly number[], column: number): number | null {
  const all = row.reduce((sum, value) => sum + value, 0);
  return all === 0 ? null : row[column] / all;
}
