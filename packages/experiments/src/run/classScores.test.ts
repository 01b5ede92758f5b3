import { expect, it } from 'vitest';
import { classScores, prefixed } from './classScores.ts';

it('accuracy and macro-F1 of a confusion matrix, worked by hand', () => {
  // Class 0: 8 of 10 hit, 10 told; class 1: 3 of 6 hit, 5 told; class 2: 4 of 4 hit, 5 told.
  const confusion = [
    [8, 1, 1],
    [2, 3, 1],
    [0, 0, 4],
  ];
  const { accuracy, macroF1 } = classScores(confusion);
  expect(accuracy).toBe(15 / 20);
  expect(macroF1).toBeCloseTo((16 / 20 + 6 / 10 + 8 / 10) / 3, 12);
});

it('a class that is never hit counts 0, also where it is never told', () => {
  expect(
    classScores([
      [3, 0],
      [2, 0],
    ]),
  ).toEqual({ accuracy: 0.6, macroF1: 6 / 8 / 2 });
});

it('names the part', () => {
  expect(prefixed('test', { accuracy: 0.5, macroF1: 0.25 })).toEqual({ testAccuracy: 0.5, testMacroF1: 0.25 });
});
