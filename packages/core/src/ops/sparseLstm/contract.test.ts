import { describe, expect, it } from 'vitest';
import { type LstmOperandShapes, validateLstm, validateLstmGradients } from './contract.ts';

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
});

describe('validateLstmGradients', () => {
  const shape = validateLstm(good);

  it('takes dy alone, or with the gradients of the last state', () => {
    validateLstmGradients(shape, { dy: [3, 12] });
    validateLstmGradients(shape, { dy: [3, 12], dhLast: [3, 4], dcLast: [3, 4] });
  });

  it.each([
    ['dy', { dy: [3, 4] }, /expected dy of shape \[3, 12\], got \[3, 4\]/],
    ['dhLast', { dy: [3, 12], dhLast: [4, 3] }, /expected dhLast of shape \[3, 4\], got \[4, 3\]/],
    ['dcLast', { dy: [3, 12], dcLast: [3] }, /expected dcLast of shape \[3, 4\], got \[3\]/],
  ])('refuses a wrong %s', (_name, shapes, message) => {
    expect(() => validateLstmGradients(shape, shapes)).toThrow(message);
  });
});
