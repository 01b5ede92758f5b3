import type { Exhibit, Group } from '../exhibit.ts';
import { DESK_BOOK, IN_WORDS, PAPER_PTB, QUICK_BOOK } from '../scales.ts';

const GATES_ONLY = { sparseEmbedding: false, sparseDecoder: false };

const RUNS: Group['runs'] = [
  { method: 'dense' },
  { method: 'static' },
  { method: 'set' },
  { method: 'set', sparseRecurrent: false, sparseDecoder: false },
  { method: 'set', ...GATES_ONLY, sparseGates: 'input' },
  { method: 'set', ...GATES_ONLY, sparseGates: 'recurrent' },
  { method: 'set', ...GATES_ONLY },
  { method: 'set', sparseEmbedding: false, sparseRecurrent: false },
  { method: 'set', sparseEmbedding: false },
  { method: 'set', sparseRecurrent: false },
  { method: 'set', sparseDecoder: false },
];

/** What may be sparse at which price. */
export const sparseMatrices: Exhibit = {
  id: 'table-7',
  title: 'Which matrices are sparse',
  question:
    'Which matrices may be sparse without loss: the embedding, the gates’ input or recurrent matrices, the decoder?',
  view: { kind: 'quality' },
  scales: {
    quick: { setting: IN_WORDS.quickBook, groups: [{ title: 'Moby Dick', ...QUICK_BOOK, runs: RUNS }] },
    desk: {
      setting: `${IN_WORDS.deskBook} One seed: single runs.`,
      groups: [{ title: 'Moby Dick', ...DESK_BOOK, runs: RUNS }],
    },
    paper: {
      setting: `${IN_WORDS.paperPtb} Three seeds.`,
      groups: [{ title: 'Penn Treebank', ...PAPER_PTB, runs: RUNS }],
    },
  },
};
