import fc from 'fast-check';
import { expect, test } from 'vitest';
import { apportion } from './apportion.ts';

const unlimited = [1e9, 1e9, 1e9];

test('shares are proportional where they come out whole', () => {
  expect(apportion(12, [1, 2, 3], unlimited)).toEqual([2, 4, 6]);
});

test('what is left over goes to the largest fractional parts', () => {
  // 10 * [.17, .33, .5] = [1.7, 3.3, 5]
  expect(apportion(10, [17, 33, 50], unlimited)).toEqual([2, 3, 5]);
});

test('equal fractional parts: the lower index gets the unit', () => {
  expect(apportion(4, [1, 1, 1], unlimited)).toEqual([2, 1, 1]);
  expect(apportion(5, [1, 1, 1], unlimited)).toEqual([2, 2, 1]);
});

test('what exceeds a capacity is shared again in proportion', () => {
  expect(apportion(12, [4, 1, 1], [2, 100, 100])).toEqual([2, 5, 5]);
});

test('a second share may overflow in its turn', () => {
  expect(apportion(12, [8, 3, 1], [2, 4, 100])).toEqual([2, 4, 6]);
});

test('where only zero weights have room, the room is the weight', () => {
  expect(apportion(10, [1, 0, 0], [4, 2, 4])).toEqual([4, 2, 4]);
  expect(apportion(7, [1, 0, 0], [4, 2, 4])).toEqual([4, 1, 2]);
});

test('the sum, the capacities and proportion to within one unit hold for any weights', () => {
  const entry = fc.record({
    weight: fc.double({ min: 0, max: 1e6, noNaN: true }),
    capacity: fc.integer({ min: 0, max: 5000 }),
  });
  fc.assert(
    fc.property(
      fc.array(entry, { minLength: 1, maxLength: 8 }),
      fc.nat(1000).map(n => n / 1000),
      (entries, share) => {
        const weights = entries.map(e => e.weight);
        const capacities = entries.map(e => e.capacity);
        const total = Math.floor(share * capacities.reduce((a, b) => a + b, 0));
        const shares = apportion(total, weights, capacities);
        expect(shares.reduce((a, b) => a + b, 0)).toBe(total);
        shares.forEach((s, i) => {
          expect(Number.isInteger(s) && s >= 0 && s <= capacities[i]).toBe(true);
        });
        // Of two matrices that are not full, the heavier never gets less by more than the one unit of rounding.
        for (let i = 0; i < shares.length; i++)
          for (let j = 0; j < shares.length; j++)
            if (weights[i] > weights[j] && shares[i] < capacities[i] && weights[j] > 0)
              expect(shares[i]).toBeGreaterThanOrEqual(shares[j] - 1);
      },
    ),
  );
});

test('a total above all capacities is an error', () => {
  expect(() => apportion(5, [1, 1], [2, 2])).toThrow('cannot share 5 out over capacities that sum to 4');
});
