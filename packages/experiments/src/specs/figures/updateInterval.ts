import type { Exhibit } from '../exhibit.ts';
import { DESK_BOOK, IN_WORDS, PAPER_PTB, QUICK_BOOK } from '../scales.ts';

const METHODS = ['set', 'rigl'];
const REFERENCES = [{ method: 'dense' }, { method: 'static' }];

/** How often the topology is updated. */
export const updateInterval: Exhibit = {
  id: 'figure-4',
  title: 'Quality against the update interval',
  question: 'How many steps should lie between two topology updates?',
  view: { kind: 'against', x: ['updateSteps'], series: 'method' },
  scales: {
    quick: {
      setting: IN_WORDS.quickBook,
      groups: [
        { title: 'Moby Dick', ...QUICK_BOOK, grid: { method: ['set'], updateSteps: [5, 20] }, runs: REFERENCES },
      ],
    },
    desk: {
      setting: `${IN_WORDS.deskBook} An epoch has 308 steps. One seed: single runs.`,
      groups: [
        {
          title: 'Moby Dick',
          ...DESK_BOOK,
          grid: { method: METHODS, updateSteps: [25, 75, 150, 300, 600] },
          runs: REFERENCES,
        },
      ],
    },
    paper: {
      setting: `${IN_WORDS.paperPtb} An epoch has 1,327 steps. Three seeds.`,
      groups: [
        {
          title: 'Penn Treebank',
          ...PAPER_PTB,
          grid: { method: METHODS, updateSteps: [100, 300, 700, 1327, 4000] },
          runs: REFERENCES,
        },
      ],
    },
  },
};
