import type { Exhibit, Group } from '../exhibit.ts';
import { BASELINES_AND_SET, KINDS_OF_METHODS } from '../methodLists.ts';
import { IN_WORDS, QUICK_TEXTS } from '../scales.ts';

/** The one place where the presets leave the study's recipe; a model of this size trains in minutes, at full size on a desk too. */
const RATE =
  'Adam at .003 (TREC: .002, SpamAssassin: .01), above the usual .001, at which the sparse models stay on a plateau for epochs.';

/** What is trained on the three corpora of the study's kind; a run of each preset as it is. */
function corpora(runs: Group['runs'], seeds: number[]): Group[] {
  return [
    { title: 'IMDb', preset: 'text-lstm', runs, seeds },
    { title: 'TREC-6', preset: 'trec-lstm', runs, seeds },
    { title: 'TREC-50', preset: 'trec-lstm', settings: { data: 'trec-50' }, runs, seeds },
    { title: 'SST-2', preset: 'sst2-lstm', runs, seeds },
    { title: 'SpamAssassin', preset: 'spam-lstm', runs, seeds },
  ];
}

/** Accuracy and parameters of text classifiers. */
export const textClassification: Exhibit = {
  id: 'table-4',
  title: 'Text classification',
  question: 'Does a text classifier with a twenty-fifth of the weights classify as well as a dense one?',
  view: { kind: 'quality' },
  published: ['imdb'],
  scales: {
    quick: {
      setting: `${IN_WORDS.quickTexts} Two seeds.`,
      groups: [{ title: 'SpamAssassin', ...QUICK_TEXTS, runs: BASELINES_AND_SET }],
    },
    desk: {
      setting: `LSTM of 256 units (SpamAssassin: 64) at density .04 (SpamAssassin: .1), presets as they are. ${RATE} Three seeds.`,
      groups: corpora([{ method: 'dense' }, { method: 'static' }, { method: 'set' }], [1, 2, 3]),
    },
    paper: {
      setting: `LSTM of 256 units (SpamAssassin: 64) at density .04 (SpamAssassin: .1), presets as they are. ${RATE} Five seeds.`,
      groups: corpora(
        KINDS_OF_METHODS.filter(({ method }) => method !== 'selfish'),
        [1, 2, 3, 4, 5],
      ),
    },
  },
};
