import { expect, test } from 'vitest';
import { removalRate, type UpdateSchedule, updateDue, validateSchedule } from './schedule.ts';

const base: UpdateSchedule = { steps: 0, rate: 0.7, schedule: 'constant', endRate: 0.005, stop: 1 };
const length = { stepsPerEpoch: 10, epochs: 4 };

function due(schedule: Partial<UpdateSchedule>): number[] {
  const steps = Array.from({ length: 45 }, (_, step) => step);
  return steps.filter(step => updateDue({ ...base, ...schedule }, length, step));
}

test('every epoch: after its last step, but not after the last step of training', () => {
  expect(due({})).toEqual([10, 20, 30]);
});

test('every n steps: at the multiples of n, whatever the epochs', () => {
  expect(due({ steps: 15 })).toEqual([15, 30]);
  expect(due({ steps: 8 })).toEqual([8, 16, 24, 32]);
});

test('up to and with the stop point, its share of all steps rounded half away from zero', () => {
  expect(due({ stop: 0.5 })).toEqual([10, 20]);
  expect(due({ steps: 1, stop: 0.0625 })).toEqual([1, 2, 3]);
  expect(due({ stop: 0.49 })).toEqual([10, 20]);
  expect(due({ stop: 0.48 })).toEqual([10]);
  expect(due({ stop: 0 })).toEqual([]);
});

test('constant: the same rate always', () => {
  expect(removalRate(base, length, 30)).toBe(0.7);
});

test('cosine: rate at the start, half way between at half time, endRate at the stop point and after', () => {
  const cosine: UpdateSchedule = { ...base, schedule: 'cosine' };
  expect(removalRate(cosine, length, 0)).toBe(0.7);
  expect(removalRate(cosine, length, 10)).toBeCloseTo(0.005 + (0.695 * (1 + Math.SQRT1_2)) / 2, 14);
  expect(removalRate(cosine, length, 20)).toBeCloseTo(0.3525, 14);
  expect(removalRate(cosine, length, 40)).toBe(0.005);
  expect(removalRate({ ...cosine, stop: 0.5 }, length, 10)).toBeCloseTo(0.3525, 14);
  expect(removalRate({ ...cosine, stop: 0.5 }, length, 30)).toBe(0.005);
});

test.each([
  [{ steps: -1 }, 'expected a whole number of steps between topology updates, got -1'],
  [{ steps: 1.5 }, 'expected a whole number of steps between topology updates, got 1.5'],
  [{ rate: 1.1 }, 'expected a removal rate in [0, 1], got 1.1'],
  [{ rate: Number.NaN }, 'expected a removal rate in [0, 1], got NaN'],
  [{ schedule: 'cosine', endRate: 0.8 }, 'expected an end rate in [0, 0.7] (up to the removal rate), got 0.8'],
  [{ stop: 2 }, 'expected a stop point in [0, 1], a share of the training, got 2'],
  [{ schedule: 'linear' }, 'expected a rate schedule constant or cosine, got "linear"'],
])('%o is refused', (change, message) => {
  expect(() => validateSchedule({ ...base, ...(change as Partial<UpdateSchedule>) })).toThrow(message);
});

test('a valid schedule passes; endRate matters to a cosine only', () => {
  validateSchedule({ ...base, schedule: 'cosine' });
  validateSchedule({ ...base, rate: 0.001 });
});
