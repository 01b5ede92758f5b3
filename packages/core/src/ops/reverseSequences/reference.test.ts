import { expect, it } from 'vitest';
import { rng } from '../../base/philox.ts';
import { reverseSequences } from './reference.ts';

const [FEATURES, STEPS] = [3, 5];

it('worked example: sequences of 3 and 1 are turned around, each within its own length, and padding becomes 0', () => {
  // Columns (t, b), t outermost: 1 2 3 and, of length 1, 7 with padding 8 9.
  expect([...reverseSequences([1, 7, 2, 8, 3, 9], 1, 6, [3, 1])]).toEqual([3, 7, 2, 0, 1, 0]);
});

it.each([[[5]], [[5, 3, 3, 1]], [[2, 1]]])(
  'the gradient agrees with finite differences for every entry, lengths %j',
  lengths => {
    const columns = STEPS * lengths.length;
    const stream = rng(1, 'reverse', ...lengths);
    const [x, dy] = [0, 1].map(() => Array.from({ length: FEATURES * columns }, () => stream.normal()));
    const loss = () => reverseSequences(x, FEATURES, columns, lengths).reduce((sum, y, k) => sum + y * dy[k], 0);
    // The gradient is the same op applied to dY, as contract.ts says.
    const gradient = reverseSequences(dy, FEATURES, columns, lengths);
    const step = 1e-5;
    x.forEach((value, k) => {
      x[k] = value + step;
      const above = loss();
      x[k] = value - step;
      const below = loss();
      x[k] = value;
      expect(Math.abs(gradient[k] - (above - below) / (2 * step))).toBeLessThan(1e-7);
    });
  },
);
