import { describe, expect, it } from 'vitest';
import { type LstmOperandShapes, validateLstm } from './contract.ts';

const good: LstmOperandShapes = { x: [5, 12], h0: [3, 4], c0: [3, 4], wx: [12, 5], wh: [12, 3], bias: [12] };

describe('validateLstm', () => {
  it('reads the sizes off the operands', () => {
    expect(validateLstm(good)).toEqual({ inputs: 5, hidden: 3, steps: 3, batch: 4 });
  });

  it.each<[keyof LstmOperandShapes, number[], RegExp]>([
    ['x', [5, 13], /expected the columns of x to be steps \* batch with batch 4 .*got 13 columns. Pad/],
    ['x', [60], /expected x of shape \[inputs, steps \* batch\].*got \[60\]. Activations are feature-major/],
    ['x', [5, 0], /expected x of shape .* at least 1, got \[5, 0\]/],
    ['h0', [1, 3, 4], /expected h0 of shape \[hidden, batch\].*got \[1, 3, 4\]/],
    ['c0', [4, 3], /expected c0 of shape \[3, 4\], got \[4, 3\]. Check: .*same layer/],
    ['wx', [5, 12], /expected wx of shape \[12, 5\], got \[5, 12\]. Check: .*stack the gates i, f, g, o/],
    ['wh', [3, 3], /expected wh of shape \[12, 3\], got \[3, 3\]/],
    ['bias', [24], /expected bias of shape \[12\], got \[24\]. Check: .*two biases/],
  ])('refuses %s of shape [%s]', (name, shape, message) => {
    expect(() => validateLstm({ ...good, [name]: shape })).toThrow(message);
  });

  it('takes lengths, and drops them where all columns fill the window', () => {
    expect(validateLstm(good, Int32Array.of(3, 2, 2, 1)).lengths).toEqual([3, 2, 2, 1]);
    expect(validateLstm(good, [3, 3, 3, 3]).lengths).toBeUndefined();
  });

  it.each<[number[], RegExp]>([
    [[3, 2], /^sparseLstm: expected 4 lengths, one per column of the batch, got 2\. Pass one/],
    [[4, 3, 2, 1], /integers from 1 to 3, the steps of the window, got 4 for column 0\. Leave empty/],
    [[3, 2, 1, 0], /integers from 1 to 3, .*got 0 for column 3/],
    [[3, 2.5, 2, 1], /integers from 1 to 3, .*got 2\.5 for column 1/],
    [[3, Number.NaN, 2, 1], /integers from 1 to 3, .*got NaN for column 1/],
    [[2, 3, 2, 1], /expected lengths that never increase, got 3 for column 1 after 2\. Sort/],
  ])('refuses the lengths %j', (lengths, message) => {
    expect(() => validateLstm(good, lengths)).toThrow(message);
  });
});
