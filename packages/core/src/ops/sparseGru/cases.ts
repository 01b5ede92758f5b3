import { RECURRENT_CASES, type RecurrentCase } from '../recurrentCases.ts';

/**
 * The cases of sparseGru: those that all recurrent layers share. The largest dense one, whose units have 64 weights in
 * (-1, 1), has gradients of up to 17 in a GRU, and rounding grows with them as they are carried back.
 */
export const GRU_CASES: readonly RecurrentCase[] = RECURRENT_CASES.map(each =>
  each.shape.hidden === 64 && each.wh === null ? { ...each, slack: 10 } : each,
);
