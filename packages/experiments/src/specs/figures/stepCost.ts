import type { Exhibit, Group } from '../exhibit.ts';
import { DESK_STEPS, IN_WORDS, PAPER_PTB, QUICK_BOOK } from '../scales.ts';

function againstDensity(study: Omit<Group, 'title'>, density: number[]): Omit<Group, 'title'> {
  return { ...study, seeds: [1], grid: { method: ['set'], density }, runs: [{ method: 'dense' }] };
}

/** Do time and memory follow the nonzeros? */
export const stepCost: Exhibit = {
  id: 'figure-9',
  title: 'Time and memory against density',
  question: 'Do the time of a step and the memory of training follow the number of nonzeros?',
  view: { kind: 'step-cost' },
  alone: true,
  scales: {
    quick: {
      setting: `${IN_WORDS.quickBook} Trained one at a time.`,
      groups: [{ title: 'Moby Dick', ...againstDensity(QUICK_BOOK, [0.1, 0.5]) }],
    },
    desk: {
      setting: `${IN_WORDS.deskSteps} Trained one at a time.`,
      groups: [{ title: 'Moby Dick', ...againstDensity(DESK_STEPS, [0.01, 0.02, 0.05, 0.1, 0.2, 0.33, 0.5, 1]) }],
    },
    paper: {
      setting:
        'LSTM of 2x1500 units on Penn Treebank, trained one at a time. One epoch and one seed: neither changes what a step takes.',
      groups: [
        {
          title: 'Penn Treebank',
          ...againstDensity({ ...PAPER_PTB, settings: { epochs: 1 } }, [0.01, 0.02, 0.05, 0.1, 0.2, 0.33, 0.5, 1]),
        },
      ],
    },
  },
};
