import { describe, expect, it } from 'vitest';
import { type GruOperandShapes, validateGru } from './contract.ts';

const good: GruOperandShapes = { x: [5, 12], h0: [3, 4], wx: [9, 5], wh: [9, 3], bias: [9], recurrentBias: [9] };

describe('validateGru', () => {
  it('reads the sizes off the operands', () => {
    expect(validateGru(good)).toEqual({ inputs: 5, hidden: 3, steps: 3, batch: 4 });
  });

  it.each<[keyof GruOperandShapes, number[], RegExp]>([
    ['x', [5, 13], /^sparseGru: expected the columns of x to be steps \* batch with batch 4 .*got 13 columns. Pad/],
    ['x', [60], /^sparseGru: expected x of shape \[inputs, steps \* batch\].*got \[60\]/],
    ['h0', [3], /expected h0 of shape \[hidden, batch\].*got \[3\]/],
    ['wx', [12, 5], /expected wx of shape \[9, 5\], got \[12, 5\]. Check: .*stack the gates r, z, n/],
    ['wh', [3, 9], /expected wh of shape \[9, 3\], got \[3, 9\]/],
    ['bias', [18], /expected bias of shape \[9\], got \[18\]. Check: .*b_ih/],
    ['recurrentBias', [3], /expected recurrentBias of shape \[9\], got \[3\]. Check: .*b_hh/],
  ])('refuses %s of shape [%s]', (name, shape, message) => {
    expect(() => validateGru({ ...good, [name]: shape })).toThrow(message);
  });

  it('takes and checks lengths', () => {
    expect(validateGru(good, [3, 2, 2, 1]).lengths).toEqual([3, 2, 2, 1]);
    expect(() => validateGru(good, [1, 2, 2, 3])).toThrow(/^sparseGru: expected lengths that never increase, got 2/);
  });
});
