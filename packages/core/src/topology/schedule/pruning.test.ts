import fc from 'fast-check';
import { expect, test } from 'vitest';
import { gmp } from '../methods/gmp.ts';
import { anyShare } from '../random.testing.ts';
import { DEFAULT_PRUNING, type PruningSchedule, pruneDue, pruneProgress, validatePruning } from './pruning.ts';

const length = { stepsPerEpoch: 10, epochs: 4 };
const base: PruningSchedule = { steps: 0, begin: 0, end: 1 };

function due(change: Partial<PruningSchedule>): number[] {
  const steps = Array.from({ length: 45 }, (_, step) => step);
  return steps.filter(step => pruneDue({ ...base, ...change }, length, step));
}

test('pruning is due at the end of every epoch, or every n steps, from begin to end', () => {
  expect(due({ end: 0.75 })).toEqual([10, 20, 30]);
  expect(due({ steps: 8, begin: 0.2, end: 0.6 })).toEqual([8, 16, 24]);
  expect(due({ steps: 8, begin: 0.25, end: 0.6 })).toEqual([16, 24]);
  expect(due(DEFAULT_PRUNING)).toEqual([10, 20]);
});

test('the end is always due, but before the last step at the latest', () => {
  expect(due({ end: 0.55 })).toEqual([10, 20, 22]);
  expect(due({ end: 1 })).toEqual([10, 20, 30, 39]);
  expect(due({ begin: 1, end: 1 })).toEqual([39]);
  expect(due({ begin: 0, end: 0 })).toEqual([0]);
});

test('progress goes from 0 at the begin to 1 at the end', () => {
  const schedule = { steps: 0, begin: 0.25, end: 0.75 };
  expect([0, 10, 15, 20, 30, 35].map(step => pruneProgress(schedule, length, step))).toEqual([0, 0, 0.25, 0.5, 1, 1]);
  expect(pruneProgress({ steps: 0, begin: 0.5, end: 0.5 }, length, 20)).toBe(1);
});

test('worked example: to density .2 in four prunings, of the density above .2 half the way leaves an eighth', () => {
  const schedule = { steps: 5, begin: 0, end: 0.5 };
  const density = (step: number) => gmp.prune!.density(0.2, pruneProgress(schedule, length, step));
  expect(due(schedule)).toEqual([5, 10, 15, 20]);
  [0.5375, 0.3, 0.2125, 0.2].forEach((wanted, i) => {
    expect(density(5 * (i + 1))).toBeCloseTo(wanted, 14);
  });
});

test('for any schedule the last pruning is at progress 1, and progress never falls', () => {
  const share = anyShare;
  fc.assert(
    fc.property(
      share,
      share,
      fc.nat(12),
      fc.integer({ min: 1, max: 9 }),
      fc.nat(6),
      (a, b, steps, perEpoch, epochs) => {
        const schedule = { steps, begin: Math.min(a, b), end: Math.max(a, b) };
        const training = { stepsPerEpoch: perEpoch, epochs: 1 + epochs };
        validatePruning(schedule);
        const at = Array.from({ length: perEpoch * (1 + epochs) }, (_, step) => step);
        const progress = at
          .filter(step => pruneDue(schedule, training, step))
          .map(step => pruneProgress(schedule, training, step));
        expect(progress.at(-1)).toBe(1);
        expect(progress).toEqual([...progress].sort((x, y) => x - y));
        expect(progress.filter(p => p === 1).length).toBe(1);
      },
    ),
  );
});

test.each([
  [{ steps: 0.5 }, 'expected a whole number of steps between prunings, got 0.5; use 0 for one every epoch'],
  [{ begin: -1 }, 'expected a begin of the pruning in [0, 1], a share of the training, got -1'],
  [{ begin: 0.5, end: 0.4 }, 'expected an end of the pruning in [0.5, 1] (from its begin on), got 0.4'],
  [{ end: Number.NaN }, 'expected an end of the pruning in [0, 1] (from its begin on), got NaN'],
])('%o is refused', (change, message) => {
  expect(() => validatePruning({ ...base, ...change })).toThrow(message);
});
