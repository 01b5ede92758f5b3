import type { Exhibit } from '../exhibit.ts';
import { DESK_BOOK, IN_WORDS, PAPER_PTB, PAPER_SEEDS, QUICK_BOOK } from '../scales.ts';

/** The first three leave every matrix its number of weights; `dsr` and `hyper` move weights between matrices too. */
const runs = [{ method: 'set' }, { method: 'selfish' }, { method: 'rigl' }, { method: 'dsr' }, { method: 'hyper' }];

/** Where the weights go when gates and matrices may compete for them. */
export const gateDensities: Exhibit = {
  id: 'figure-6',
  title: 'Densities of gates and matrices',
  question: 'Which gates and which matrices gain connections as the topology adapts?',
  view: { kind: 'gates' },
  scales: {
    quick: { setting: IN_WORDS.quickBook, groups: [{ title: 'Moby Dick', ...QUICK_BOOK, runs }] },
    desk: {
      setting: `${IN_WORDS.deskBook} Three seeds.`,
      groups: [{ title: 'Moby Dick', ...DESK_BOOK, runs, seeds: PAPER_SEEDS }],
    },
    paper: {
      setting: `${IN_WORDS.paperPtb} Three seeds.`,
      groups: [{ title: 'Penn Treebank', ...PAPER_PTB, runs }],
    },
  },
};
