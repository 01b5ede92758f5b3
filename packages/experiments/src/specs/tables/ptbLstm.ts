import type { Exhibit } from '../exhibit.ts';
import { allMethods, selfishAveragedBy } from '../methodLists.ts';
import { DESK_PTB, IN_WORDS, PAPER_PTB, QUICK_BOOK } from '../scales.ts';

/** Every method against dense and static. */
export const ptbLstm: Exhibit = {
  id: 'table-1',
  title: 'Penn Treebank, LSTM',
  question: 'Does a sparse LSTM whose connections adapt predict as well as a dense one, and which method adapts best?',
  view: { kind: 'quality' },
  published: ['ptb-lstm'],
  scales: {
    quick: {
      setting: `${IN_WORDS.quickBook} Two seeds.`,
      groups: [{ title: 'Moby Dick', ...QUICK_BOOK, seeds: [1, 2], runs: allMethods(20) }],
    },
    desk: {
      setting: `${IN_WORDS.deskPtb} ${IN_WORDS.averaged} Three seeds.`,
      groups: [{ title: 'Penn Treebank', ...DESK_PTB, runs: selfishAveragedBy(3, allMethods(20)) }],
    },
    paper: {
      setting: `${IN_WORDS.paperPtb} Three seeds.`,
      groups: [{ title: 'Penn Treebank', ...PAPER_PTB, runs: allMethods(40) }],
    },
  },
};
