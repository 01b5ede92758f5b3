import type { Exhibit } from '../exhibit.ts';
import { BASELINES_AND_SET, KINDS_OF_METHODS } from '../methodLists.ts';
import { DESK_WIKITEXT, IN_WORDS, PAPER_WIKITEXT, QUICK_BOOK } from '../scales.ts';

/** The question of table 1 on twice the text with three times the words. */
export const wikitext2: Exhibit = {
  id: 'table-3',
  title: 'WikiText-2, LSTM',
  question: 'Does the same hold on a larger text with more words?',
  view: { kind: 'quality' },
  published: ['wikitext-2'],
  scales: {
    quick: {
      setting: `${IN_WORDS.quickBook} Embedding and decoder tied.`,
      groups: [
        {
          title: 'Moby Dick',
          ...QUICK_BOOK,
          settings: { ...QUICK_BOOK.settings, tied: true },
          runs: BASELINES_AND_SET,
        },
      ],
    },
    desk: {
      setting: `${IN_WORDS.deskWikitext} One seed: single runs.`,
      groups: [{ title: 'WikiText-2', ...DESK_WIKITEXT, runs: BASELINES_AND_SET }],
    },
    paper: {
      setting: `${IN_WORDS.paperWikitext} Three seeds.`,
      groups: [{ title: 'WikiText-2', ...PAPER_WIKITEXT, runs: KINDS_OF_METHODS }],
    },
  },
};
