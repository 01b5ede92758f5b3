import type { Exhibit, Group } from '../exhibit.ts';
import { DESK_BOOK, IN_WORDS, PAPER_PTB, PAPER_SEEDS, QUICK_BOOK } from '../scales.ts';

/** For every density the sparse model, and dense models with fewer units and as many parameters. */
function largeAgainstSmall(study: Omit<Group, 'title'>, density: number[]): Omit<Group, 'title'> {
  return { ...study, grid: { method: ['dense-small', 'static', 'set'], density }, runs: [{ method: 'dense' }] };
}

const EQUAL =
  'dense-small has as many parameters as the sparse model of its density; with equal FLOPs, methods are compared where a vertical line crosses theirs in the second panel.';

/** Is it better to keep the units and drop weights, or to keep the weights of fewer units? */
export const equalSize: Exhibit = {
  id: 'figure-5',
  title: 'Sparse and large against dense and small',
  question: 'With the same number of parameters, or of FLOPs: many units sparsely connected, or few units densely?',
  view: { kind: 'against', x: ['parameters', 'flops'], series: 'method' },
  scales: {
    quick: {
      setting: `${IN_WORDS.quickBook} ${EQUAL}`,
      groups: [{ title: 'Moby Dick', ...largeAgainstSmall(QUICK_BOOK, [0.2, 0.5]) }],
    },
    desk: {
      setting: `${IN_WORDS.deskBook} Three seeds. ${EQUAL}`,
      groups: [
        { title: 'Moby Dick', ...largeAgainstSmall({ ...DESK_BOOK, seeds: PAPER_SEEDS }, [0.05, 0.1, 0.2, 0.5]) },
      ],
    },
    paper: {
      setting: `${IN_WORDS.paperPtb} Three seeds. ${EQUAL}`,
      groups: [{ title: 'Penn Treebank', ...largeAgainstSmall(PAPER_PTB, [0.05, 0.1, 0.2, 0.33, 0.5]) }],
    },
  },
};
