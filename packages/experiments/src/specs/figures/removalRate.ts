import type { Exhibit } from '../exhibit.ts';
import { DESK_BOOK, IN_WORDS, PAPER_PTB, QUICK_BOOK } from '../scales.ts';

const METHODS = ['set', 'rigl'];
const REFERENCES = [{ method: 'dense' }, { method: 'static' }];

/** How much of the topology an update moves. */
export const removalRate: Exhibit = {
  id: 'figure-3',
  title: 'Quality against the removal rate',
  question: 'What share of the weights should an update move?',
  view: { kind: 'against', x: ['removalRate'], series: 'method' },
  scales: {
    quick: {
      setting: IN_WORDS.quickBook,
      groups: [
        {
          title: 'Moby Dick',
          ...QUICK_BOOK,
          grid: { method: ['set'], removalRate: [0.1, 0.5, 0.9] },
          runs: REFERENCES,
        },
      ],
    },
    desk: {
      setting: `${IN_WORDS.deskBook} One seed: single runs.`,
      groups: [
        {
          title: 'Moby Dick',
          ...DESK_BOOK,
          grid: { method: METHODS, removalRate: [0.1, 0.3, 0.5, 0.7, 0.9] },
          runs: REFERENCES,
        },
      ],
    },
    paper: {
      setting: `${IN_WORDS.paperPtb} Three seeds.`,
      groups: [
        {
          title: 'Penn Treebank',
          ...PAPER_PTB,
          grid: { method: METHODS, removalRate: [0.1, 0.2, 0.3, 0.5, 0.7, 0.8, 0.9] },
          runs: REFERENCES,
        },
      ],
    },
  },
};
