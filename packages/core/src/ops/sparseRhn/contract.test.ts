import { describe, expect, it } from 'vitest';
import { type RhnOperandShapes, validateRhn } from './contract.ts';

const good: RhnOperandShapes = {
  x: [5, 12],
  s0: [3, 4],
  w: [6, 5],
  r: [
    [6, 3],
    [6, 3],
  ],
  bias: [12],
};

describe('validateRhn', () => {
  it('reads the sizes off the operands, with and without a mask', () => {
    const shape = { inputs: 5, hidden: 3, depth: 2, steps: 3, batch: 4 };
    expect(validateRhn(good)).toEqual(shape);
    expect(validateRhn({ ...good, mask: [3, 4] })).toEqual(shape);
  });

  it.each<[keyof RhnOperandShapes, number[] | number[][], RegExp]>([
    ['x', [5, 13], /expected the columns of x to be steps \* batch with batch 4 .*got 13 columns. Pad/],
    ['x', [60], /expected x of shape \[inputs, steps \* batch\].*got \[60\]. Activations are feature-major/],
    ['s0', [0, 4], /expected s0 of shape \[hidden, batch\].* at least 1, got \[0, 4\]/],
    ['w', [12, 5], /expected w of shape \[6, 5\], got \[12, 5\]. Check: .*stack the gates h, t/],
    ['r', [], /expected at least 1 matrix in r, got 0. Pass one/],
    [
      'r',
      [
        [6, 3],
        [6, 5],
      ],
      /expected r\[1\] of shape \[6, 3\], got \[6, 5\]/,
    ],
    ['bias', [6], /expected bias of shape \[12\], got \[6\]. Check: .*depth 2 off r; stack the depths/],
    ['mask', [3, 12], /expected mask of shape \[3, 4\], got \[3, 12\]. Check: .*one mask for all steps/],
  ])('refuses %s of shape [%s]', (name, shape, message) => {
    expect(() => validateRhn({ ...good, [name]: shape })).toThrow(message);
  });
});
