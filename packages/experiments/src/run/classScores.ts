/** How well classes were told apart. */
export interface ClassScores {
  /** Share of texts that were given their class. */
  accuracy: number;
  /** Mean over the classes of F1 = 2 TP / (2 TP + FP + FN); 0 for a class that was never hit. */
  macroF1: number;
}

/** Scores of a confusion matrix: texts of each class (row) that were given each class (column). */
export function classScores(confusion: readonly (readonly number[])[]): ClassScores {
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const hits = confusion.map((row, k) => row[k]);
  const f1 = confusion.map((row, k) => {
    const told = sum(confusion.map(other => other[k]));
    return hits[k] === 0 ? 0 : (2 * hits[k]) / (sum(row) + told);
  });
  return { accuracy: sum(hits) / sum(confusion.map(sum)), macroF1: sum(f1) / f1.length };
}

/** The scores under the names that log lines and results use: `testAccuracy`, `testMacroF1`. */
export function prefixed<P extends 'validation' | 'test'>(part: P, { accuracy, macroF1 }: ClassScores) {
  return { [`${part}Accuracy`]: accuracy, [`${part}MacroF1`]: macroF1 } as Record<
    `${P}Accuracy` | `${P}MacroF1`,
    number
  >;
}
