import { describe, expect, it } from 'vitest';
import { NonMonotoneTrigger } from './trigger.ts';

/** Number of the loss, 1 for the first, at which a trigger fires; undefined if it does not. */
function firesAt(losses: number[], n = 5, by?: number): number | undefined {
  const trigger = new NonMonotoneTrigger(n, by);
  const fired = losses.map(loss => trigger.observe(loss));
  expect(fired.filter(Boolean).length).toBe(fired.includes(true) ? 1 : 0);
  expect(trigger.fired).toBe(fired.includes(true));
  return fired.includes(true) ? fired.indexOf(true) + 1 : undefined;
}

describe('the non-monotone trigger', () => {
  it('needs more than n earlier losses: with exactly five it stays silent, with six it fires', () => {
    expect(firesAt([1, 2, 3, 4, 5, 6])).toBeUndefined();
    expect(firesAt([1, 2, 3, 4, 5, 6, 7])).toBe(7);
  });

  it('an equal loss does not fire, the next number above it does', () => {
    expect(firesAt([3, 2, 2, 2, 2, 2, 3])).toBeUndefined();
    expect(firesAt([3, 2, 2, 2, 2, 2, 3 + Number.EPSILON * 2])).toBe(7);
  });

  it('compares with the smallest of all earlier losses but the last n', () => {
    // The smallest is among the last five until two more have come; 2.5 was no improvement on 1 but is not above 4.
    expect(firesAt([4, 1, 2.5, 2.5, 2.5, 2.5, 2.5, 2.5])).toBe(8);
    expect(firesAt([4, 3, 2, 1, 2, 3, 4, 3.5, 2])).toBe(8);
    expect(firesAt([1, 9, 9, 9, 9, 9, 0.5, 0.9, 1.5])).toBe(9);
  });

  it('never fires while the loss falls', () => {
    expect(firesAt(Array.from({ length: 100 }, (_, epoch) => 1 / (epoch + 1)))).toBeUndefined();
  });

  it('n = 0: fires at the first loss above the best', () => {
    expect(firesAt([3, 2, 2, 1, 1.5], 0)).toBe(5);
  });

  it('fires at the end of a given epoch at the latest, also of one whose loss falls or is not finite', () => {
    expect(firesAt([5, 4, 3, 2, 1], 5, 3)).toBe(3);
    expect(firesAt([3, 2, 2, 1, 1.5, 1.5], 0, 6)).toBe(5);
    expect(firesAt([5, Number.NaN, 3], 5, 2)).toBe(2);
    expect(firesAt([5, 4, 3], 5, 4)).toBeUndefined();
  });

  it('a loss that is not finite counts as an earlier one, is never the smallest, and never fires', () => {
    expect(firesAt([1, Number.NaN, Number.NaN, Number.NaN, Number.NaN, Number.NaN, Number.NaN, 1.5])).toBe(8);
    expect(firesAt([Number.NaN, 2, 2, 2, 2, 2, 9, 9])).toBe(8);
    expect(firesAt([1, 1, 1, 1, 1, 1, Number.POSITIVE_INFINITY])).toBeUndefined();
    expect(firesAt([Number.NEGATIVE_INFINITY, 1, 1, 1, 1, 1, 1, 1])).toBeUndefined();
  });

  it('goes on from its JSON state as if nothing had been between', () => {
    const losses = [5, Number.NaN, 4, 3, 3.5, 3.4, 3.3, 3.2, 3.1, 3.05, 9];
    const whole = new NonMonotoneTrigger(5, 9);
    let resumed = new NonMonotoneTrigger(5, 9);
    for (const loss of losses) {
      expect(resumed.observe(loss)).toBe(whole.observe(loss));
      const state = JSON.parse(JSON.stringify(resumed.save()));
      resumed = new NonMonotoneTrigger(5, 9);
      resumed.load(state);
      expect(resumed.save()).toEqual(whole.save());
    }
    expect(whole.fired).toBe(true);
  });

  it.each([-1, 0.5, Number.NaN])('%s epochs are an error', n => {
    expect(() => new NonMonotoneTrigger(n)).toThrow(/^expected a whole number of epochs as nonMonotone, got /);
    expect(() => new NonMonotoneTrigger(5, n)).toThrow(/^expected a whole number of epochs as averageBy, got /);
  });
});
