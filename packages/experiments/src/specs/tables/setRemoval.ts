import type { Exhibit, Group } from '../exhibit.ts';
import { DESK_BOOK, IN_WORDS, PAPER_PTB, PAPER_SEEDS, QUICK_BOOK } from '../scales.ts';

const RUNS: Group['runs'] = [
  { method: 'dense' },
  { method: 'static' },
  { method: 'set', drop: 'set' },
  { method: 'set', drop: 'set-misread' },
  { method: 'set', drop: 'magnitude' },
];

/** The released code of Selfish-RNN removes the most negative weights where SET removes those nearest zero. */
export const setRemoval: Exhibit = {
  id: 'table-6',
  title: 'Removal as in SET, and as it was misread',
  question:
    'How much does it cost to remove the most negative weights, where SET removes those nearest zero of each sign?',
  view: { kind: 'quality' },
  scales: {
    quick: { setting: IN_WORDS.quickBook, groups: [{ title: 'Moby Dick', ...QUICK_BOOK, runs: RUNS }] },
    desk: {
      setting: `${IN_WORDS.deskBook} Three seeds.`,
      groups: [{ title: 'Moby Dick', ...DESK_BOOK, runs: RUNS, seeds: PAPER_SEEDS }],
    },
    paper: {
      setting: `${IN_WORDS.paperPtb} Three seeds.`,
      groups: [{ title: 'Penn Treebank', ...PAPER_PTB, runs: RUNS }],
    },
  },
};
