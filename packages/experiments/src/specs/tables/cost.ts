import type { Exhibit, Group } from '../exhibit.ts';
import { allMethods } from '../methodLists.ts';
import { DESK_STEPS, IN_WORDS, PAPER_PTB, QUICK_BOOK } from '../scales.ts';

/** So few steps between updates that a short run has several: what they take shows in the time a token. */
function costOf(study: Omit<Group, 'title'>, learningRate: number, updateSteps: number): Omit<Group, 'title'> {
  return { ...study, settings: { ...study.settings, updateSteps }, seeds: [1], runs: allMethods(learningRate) };
}

/** What every method takes, counted and measured. */
export const cost: Exhibit = {
  id: 'table-8',
  title: 'Cost of every method',
  question: 'What does each method take in parameters, FLOPs, time and memory?',
  view: { kind: 'cost' },
  alone: true,
  scales: {
    quick: {
      setting: `${IN_WORDS.quickBook} Trained one at a time.`,
      groups: [{ title: 'Moby Dick', ...costOf(QUICK_BOOK, 20, 10) }],
    },
    desk: {
      setting: `${IN_WORDS.deskSteps} Topology updates every 25 steps. Trained one at a time.`,
      groups: [{ title: 'Moby Dick', ...costOf(DESK_STEPS, 20, 25) }],
    },
    paper: {
      setting:
        'LSTM of 2x1500 units on Penn Treebank, density .33, updates every 200 steps, one at a time. One epoch and one seed: neither changes what a step takes.',
      groups: [
        {
          title: 'Penn Treebank',
          ...costOf({ ...PAPER_PTB, settings: { epochs: 1 } }, 40, 200),
        },
      ],
    },
  },
};
