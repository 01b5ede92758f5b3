import type { Exhibit } from '../exhibit.ts';
import { ptbLstm } from '../tables/ptbLstm.ts';

/** The runs of table 1, epoch by epoch. */
export const learningCurves: Exhibit = {
  id: 'figure-1',
  title: 'Learning curves on Penn Treebank',
  question: 'When in training do adaptive, static and dense models part?',
  view: { kind: 'curves' },
  scales: ptbLstm.scales,
};
