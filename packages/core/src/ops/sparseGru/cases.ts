import { SLACK } from '../../testing/tolerances.ts';
import { RECURRENT_CASES, type RecurrentCase } from '../recurrentCases.ts';

/** The cases of sparseGru: those that all recurrent layers share, the largest dense one within a wider tolerance. */
export const GRU_CASES: readonly RecurrentCase[] = RECURRENT_CASES.map(each =>
  each.shape.hidden === 64 && each.wh === null ? { ...each, slack: SLACK.denseGru } : each,
);
