import type { DoneLine, EpochLine, StartLine } from '@sparse-rnn/experiments/runlog';

const CLASSES = ['negative', 'neutral', 'positive'];
const TEXTS = { train: [900, 300, 800], validation: [90, 30, 80], test: [100, 40, 60] };

/** What a classifier's log says about its data beside what every log says. */
export function classifierDataset(): Partial<StartLine['dataset']> {
  return {
    classes: CLASSES,
    texts: TEXTS,
    notes: {
      unusable: 12,
      unusableTexts: [{ file: 'reviews.csv', line: 17, reason: 'no text' }],
      leftOut: 3,
      duplicates: { withinTrain: 2, trainValidation: 0, trainTest: 1, validationTest: 0 },
      truncated: { train: 100, validation: 0, test: 5 },
      unknownShare: { train: 0, validation: 0.012, test: 0.015 },
      split: 'as distributed',
    },
  };
}

/** A confusion matrix of the test part in which about a share of each class is hit. */
export function confusionOf(share: number): number[][] {
  return TEXTS.test.map((texts, truth) => {
    const hits = Math.round(share * texts);
    const near = Math.round(0.7 * (texts - hits));
    return TEXTS.test.map((_, given) =>
      given === truth ? hits : given === (truth + 1) % 3 ? near : texts - hits - near,
    );
  });
}

/** Scores of an epoch's validation. */
export function classifierEpoch(accuracy: number): Partial<EpochLine> {
  return { validationAccuracy: accuracy, validationMacroF1: 0.97 * accuracy };
}

/** Scores of the test: the share on the diagonal, and the mean F1 = 2 hits / (row sum + column sum). */
export function classifierDone(confusion: number[][], bestValidationAccuracy: number): Partial<DoneLine> {
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const hits = confusion.map((row, index) => row[index]);
  const f1 = confusion.map((row, index) => (2 * row[index]) / (sum(row) + sum(confusion.map(other => other[index]))));
  return {
    bestValidationAccuracy,
    testAccuracy: sum(hits) / sum(confusion.flat()),
    testMacroF1: sum(f1) / f1.length,
    testConfusion: confusion,
  };
}
