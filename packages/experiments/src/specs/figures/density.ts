import type { Exhibit, Group } from '../exhibit.ts';
import { DESK_BOOK, IN_WORDS, PAPER_PTB, PAPER_SEEDS, QUICK_BOOK } from '../scales.ts';

function againstDensity(study: Omit<Group, 'title'>, density: number[]): Omit<Group, 'title'> {
  return { ...study, grid: { method: ['static', 'set', 'rigl'], density }, runs: [{ method: 'dense' }] };
}

/** From a hundredth of the weights to all of them. */
export const density: Exhibit = {
  id: 'figure-2',
  title: 'Quality against density',
  question: 'How few weights are enough, and from which density on is a sparse model as good as the dense one?',
  view: { kind: 'against', x: ['density'], series: 'method' },
  scales: {
    quick: {
      setting: `${IN_WORDS.quickBook} Two seeds.`,
      groups: [
        {
          title: 'Moby Dick',
          ...QUICK_BOOK,
          seeds: [1, 2],
          grid: { method: ['static', 'set'], density: [0.1, 0.5] },
          runs: [{ method: 'dense' }],
        },
      ],
    },
    desk: {
      setting: `${IN_WORDS.deskBook} Three seeds.`,
      groups: [
        {
          title: 'Moby Dick',
          ...againstDensity({ ...DESK_BOOK, seeds: PAPER_SEEDS }, [0.01, 0.02, 0.05, 0.1, 0.2, 0.5]),
        },
      ],
    },
    paper: {
      setting: `${IN_WORDS.paperPtb} Three seeds.`,
      groups: [{ title: 'Penn Treebank', ...againstDensity(PAPER_PTB, [0.01, 0.02, 0.05, 0.1, 0.2, 0.33, 0.5]) }],
    },
  },
};
