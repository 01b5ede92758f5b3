import type { Exhibit } from '../exhibit.ts';
import { KINDS_OF_METHODS, selfishAveragedBy } from '../methodLists.ts';
import { DESK_RHN, IN_WORDS, PAPER_RHN, QUICK_RHN } from '../scales.ts';

/** The question of table 1 for the other cell of the study. */
export const ptbRhn: Exhibit = {
  id: 'table-2',
  title: 'Penn Treebank, RHN',
  question: 'Does the same hold for a recurrent highway network?',
  view: { kind: 'quality' },
  published: ['ptb-rhn'],
  scales: {
    quick: { setting: IN_WORDS.quickRhn, groups: [{ title: 'Moby Dick', ...QUICK_RHN, runs: KINDS_OF_METHODS }] },
    desk: {
      setting: `${IN_WORDS.deskRhn} ${IN_WORDS.averaged} One seed: single runs.`,
      groups: [{ title: 'Penn Treebank', ...DESK_RHN, runs: selfishAveragedBy(2, KINDS_OF_METHODS) }],
    },
    paper: {
      setting: `${IN_WORDS.paperRhn} Three seeds.`,
      groups: [{ title: 'Penn Treebank', ...PAPER_RHN, runs: KINDS_OF_METHODS }],
    },
  },
};
