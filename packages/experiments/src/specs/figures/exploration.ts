import type { Exhibit } from '../exhibit.ts';
import { DESK_BOOK, IN_WORDS, PAPER_PTB, PAPER_SEEDS, QUICK_BOOK } from '../scales.ts';

const runs = [{ method: 'static' }, { method: 'set' }, { method: 'selfish' }, { method: 'rigl' }];

/** How much of all possible connections training has tried. */
export const exploration: Exhibit = {
  id: 'figure-7',
  title: 'Explored share of all connections',
  question: 'How many of all possible connections has training tried, and how many of the first are left?',
  view: { kind: 'explored' },
  scales: {
    quick: {
      setting: `${IN_WORDS.quickBook} Two seeds.`,
      groups: [{ title: 'Moby Dick', ...QUICK_BOOK, runs, seeds: [1, 2] }],
    },
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
