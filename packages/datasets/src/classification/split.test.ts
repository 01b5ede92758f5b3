import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stratifiedChoice } from './split.ts';

const countsOf = (labels: number[], classes: number): number[] =>
  labels.reduce((counts, label) => counts.with(label, counts[label] + 1), new Array<number>(classes).fill(0));

describe('stratifiedChoice', () => {
  it('takes the same share of every class; what is left over where the largest fractions are', () => {
    const labels = [...new Array(15).fill(0), ...new Array(27).fill(1), ...new Array(8).fill(2)];
    const chosen = stratifiedChoice(labels, 3, 0.1, 1, 'test');
    // 1.5, 2.7 and 0.8 of a total of 5: floors 1, 2, 0, then one more for classes 2 and 1.
    expect(
      countsOf(
        chosen.map(i => labels[i]),
        3,
      ),
    ).toEqual([1, 3, 1]);
  });

  it('never takes the last text of a class', () => {
    expect(stratifiedChoice([0, 1, 1, 2], 3, 0.9, 1)).toHaveLength(1);
    expect(stratifiedChoice([0, 1, 2], 3, 0.5, 1)).toEqual([]);
  });

  it('property: distinct indices in order, round(share * N) of them, within one of each class share', () => {
    const labels = fc.array(fc.nat(4), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(
        labels,
        fc.integer({ min: 1, max: 50 }).map(n => n / 100),
        fc.integer(),
        (all, share, seed) => {
          const chosen = stratifiedChoice(all, 5, share, seed, 'x');
          expect(chosen.every((index, k) => index < all.length && (k === 0 || index > chosen[k - 1]))).toBe(true);
          const sizes = countsOf(all, 5);
          const counts = countsOf(
            chosen.map(i => all[i]),
            5,
          );
          counts.forEach((count, k) => {
            expect(Math.abs(count - share * sizes[k])).toBeLessThan(1 + 1e-9);
            if (sizes[k] > 0) expect(count).toBeLessThan(sizes[k]);
          });
          expect(chosen.length).toBeLessThanOrEqual(Math.round(share * all.length));
          if (Math.min(...sizes) >= 4) expect(chosen).toHaveLength(Math.round(share * all.length));
        },
      ),
    );
  });

  it('depends on seed and name, and on nothing else', () => {
    const labels = Array.from({ length: 100 }, (_, i) => i % 2);
    const chosen = stratifiedChoice(labels, 2, 0.2, 1, 'test');
    expect(stratifiedChoice(labels, 2, 0.2, 1, 'test')).toEqual(chosen);
    expect(stratifiedChoice(labels, 2, 0.2, 2, 'test')).not.toEqual(chosen);
    expect(stratifiedChoice(labels, 2, 0.2, 1, 'validation')).not.toEqual(chosen);
  });
});
