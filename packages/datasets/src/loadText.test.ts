import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, type TestContext, vi } from 'vitest';
import { TextBatches } from './batches/text.ts';
import type { TextCorpus } from './classification/corpus.ts';
import { TEXT_DEFAULTS, type TextSettings } from './classification/settings.ts';
import { below } from './fetch/locate.ts';
import { loadTextCorpus } from './loadText.ts';
import { findClassificationSource } from './sources/registry.ts';
import { PARTS, type SourceText } from './sources/types.ts';
import { NO_REAL_DATA, realDataFolder, temporaryFolder, writeFiles } from './testing/folders.ts';

const wordsOf = ({ vocabulary }: TextCorpus, text: Int32Array): string => [...text].map(id => vocabulary[id]).join(' ');
const sizes = (corpus: TextCorpus): number[] => PARTS.map(part => corpus[part].texts.length);

/** What holds for every corpus. */
function expectSound(corpus: TextCorpus, settings: TextSettings): void {
  const { vocabulary, classes, notes } = corpus;
  expect(vocabulary.slice(0, 2)).toEqual(['<pad>', '<unk>']);
  expect(new Set(vocabulary).size).toBe(vocabulary.length);
  expect(vocabulary.length).toBeLessThanOrEqual(settings.maxVocabulary);
  expect(corpus.sha256).toMatch(/^[0-9a-f]{64}$/);
  const counts = new Float64Array(vocabulary.length);
  for (const part of PARTS) {
    const { texts, labels } = corpus[part];
    expect(labels).toHaveLength(texts.length);
    expect(texts.every(({ length }) => length >= 1 && length <= settings.maxLength)).toBe(true);
    expect(texts.every(text => text.every(id => id >= 1 && id < vocabulary.length))).toBe(true);
    expect(notes.balance[part]).toEqual(classes.map((_, k) => labels.filter(label => label === k).length));
    if (part === 'train') for (const text of texts) for (const id of text) counts[id]++;
  }
  // Words by falling frequency in the training part, none below the cut-off.
  expect(counts.every((n, id) => id < 2 || (n >= settings.minCount && (id === 2 || n <= counts[id - 1])))).toBe(true);
}

/** A word for each of a hundred texts: letters alone, as digits would be a token of their own. */
const own = (i: number): string => `own${'abcdefghij'[Math.floor(i / 10)]}${'abcdefghij'[i % 10]}`;

/** A CSV file of 60 texts and one of 12 for test, in three classes. */
async function ownFile(text: (i: number) => string, testText: (i: number) => string): Promise<string> {
  const folder = await temporaryFolder();
  const rows = (n: number, row: (i: number) => string): string =>
    Array.from({ length: n }, (_, i) => `${i % 3},${row(i)}`).join('\n');
  await writeFiles(folder, { 'own.csv': rows(60, text), 'test.csv': rows(12, testText) });
  return folder;
}

const loadOwn = (folder: string, changes: Partial<TextSettings> = {}): Promise<TextCorpus> =>
  loadTextCorpus(`csv:${join(folder, 'own.csv')}`, {
    ...TEXT_DEFAULTS,
    minCount: 1,
    csv: { text: 2, label: 1, testFile: join(folder, 'test.csv') },
    ...changes,
  });

describe('the vocabulary', () => {
  it('does not peek: other texts for validation and test change no id', async () => {
    const text = (i: number): string => `${own(i)} common word ${'often '.repeat(i % 4)}`;
    const before = await loadOwn(await ownFile(text, () => 'common test'));
    // A training text's own word is known, a validation text's is not.
    const validated = Array.from({ length: 60 }, (_, i) => i).filter(i => !before.vocabulary.includes(own(i)));
    expect(validated).toHaveLength(before.validation.texts.length);
    const other = (i: number): string =>
      validated.includes(i) ? 'zebra aardvark word word common '.repeat(30) : text(i);
    const after = await loadOwn(await ownFile(other, i => `aardvark unheard ${own(i)} `.repeat(40)));
    expect(after.vocabulary).toEqual(before.vocabulary);
    expect(after.train).toEqual(before.train);
    expect(after.notes.balance).toEqual(before.notes.balance);
    expect(wordsOf(after, after.validation.texts[0].subarray(0, 5))).toBe('<unk> <unk> word word common');
    expect(after.sha256).not.toBe(before.sha256);
  });

  it('counts what is left after the cut to maxLength, and leaves out what is rare or does not fit', async () => {
    const folder = await ownFile(
      i => `a b ${i % 2 ? 'c' : 'd d'} tail tail tail`,
      () => 'a tail',
    );
    const full = await loadOwn(folder);
    expect(full.vocabulary).toEqual(['<pad>', '<unk>', 'tail', 'a', 'b', 'd', 'c']);
    const cut = await loadOwn(folder, { maxLength: 3, minCount: 28 });
    expect(cut.vocabulary.slice(0, 4)).toEqual(['<pad>', '<unk>', 'a', 'b']);
    expect(cut.vocabulary).not.toContain('tail');
    expect(cut.notes.truncated).toEqual({ train: 54, validation: 6, test: 0 });
    expect(cut.train.texts.every(({ length }) => length === 3)).toBe(true);
    const tiny = await loadOwn(folder, { maxVocabulary: 3 });
    expect(tiny.vocabulary).toEqual(['<pad>', '<unk>', 'tail']);
    expect(tiny.notes.unknownShare.test).toBe(0.5);
  });
});

describe('the split', () => {
  it('is the same for the same seed, another for another, and part of the checksum', async () => {
    const folder = await ownFile(
      i => `${own(i)} text`,
      i => `test ${i}`,
    );
    const one = await loadOwn(folder);
    expect(await loadOwn(folder)).toEqual(one);
    const other = await loadOwn(folder, { splitSeed: 2 });
    expect(other.sha256).not.toBe(one.sha256);
    expect(sizes(other)).toEqual(sizes(one));
    expect((await loadOwn(folder, { maxLength: 1, minCount: 5 })).sha256).toBe(one.sha256);
    expect(sizes(await loadOwn(folder, { validationShare: 0.5 }))).toEqual([30, 30, 12]);
  });
});

describe('spam-assassin, embedded', () => {
  it('is split within each group, every fifth message for test; needs neither data folder nor mirror', async () => {
    const corpus = await loadTextCorpus('spam-assassin', TEXT_DEFAULTS, { dataDir: '/no/such', mirror: '/no/such' });
    expectSound(corpus, TEXT_DEFAULTS);
    expect(corpus.classes).toEqual(['ham', 'spam']);
    expect(sizes(corpus)).toEqual([4353, 484, 1209]);
    expect(corpus.notes).toMatchObject({
      unusableCount: 0,
      balance: { train: [2988, 1365], validation: [332, 152], test: [830, 379] },
      duplicates: { withinTrain: 75, trainTest: 36 },
      split: 'test: as distributed; validation: 10% of the training texts, stratified by class, seed 1',
    });
    expect(corpus.sha256).toBe('fee6627df52e03e0af912824174b1493809ebf8e9f654e7141a2034a72250697');
    expect(wordsOf(corpus, corpus.train.texts[0].subarray(0, 5))).toBe('re : new sequences window');
    // No header but the subject: the addresses that every message was delivered to would give the class away.
    expect(corpus.vocabulary).not.toContain('netnoteinc.com');
    expect(corpus.train.texts.filter(text => wordsOf(corpus, text.subarray(0, 3)).startsWith('return - path'))).toEqual(
      [],
    );
  });
});

describe('fetched corpora (need SPARSE_RNN_DATA)', () => {
  async function load(name: string, context: TestContext, changes: Partial<TextSettings> = {}): Promise<TextCorpus> {
    const mirror = (await realDataFolder()) ?? context.skip(NO_REAL_DATA);
    const settings = { ...TEXT_DEFAULTS, ...changes };
    const corpus = await loadTextCorpus(name, settings, { dataDir: await temporaryFolder(), mirror });
    expectSound(corpus, settings);
    const { textCounts, classes } = findClassificationSource(name);
    const [train, validation, test] = sizes(corpus);
    expect(corpus.classes).toEqual(classes);
    expect([train + validation, test]).toEqual([textCounts.train + textCounts.validation, textCounts.test]);
    expect(corpus.notes).toMatchObject({ unusableCount: 0, unusable: [], leftOut: 0 });
    return corpus;
  }

  it('sst2: 6,920 / 872 / 1,821 sentences, validation as distributed (needs SPARSE_RNN_DATA)', async context => {
    const corpus = await load('sst2', context, { minCount: 1 });
    expect(sizes(corpus)).toEqual([6920, 872, 1821]);
    expect(corpus.notes.balance).toEqual({ train: [3310, 3610], validation: [428, 444], test: [912, 909] });
    expect(corpus.notes.duplicates).toMatchObject({ withinTrain: 9, trainValidation: 0, trainTest: 2 });
    expect(corpus.classes[corpus.validation.labels[0]]).toBe('negative');
    expect(wordsOf(corpus, corpus.validation.texts[0])).toBe('one long string of cliches .');
    expect((await load('sst2', context, { validationShare: 0.4, splitSeed: 9 })).sha256).toBe(corpus.sha256);
  });

  it('trec-6 and trec-50: 5,452 questions split, 500 to test (needs SPARSE_RNN_DATA)', async context => {
    const coarse = await load('trec-6', context);
    expect(sizes(coarse)).toEqual([4907, 545, 500]);
    expect(coarse.notes.balance.test).toEqual([9, 138, 94, 65, 81, 113]);
    expect(coarse.notes.duplicates.trainTest + coarse.notes.duplicates.validationTest).toBe(10);
    expect(wordsOf(coarse, coarse.test.texts[0])).toBe('How far is it from <unk> to <unk> ?');
    const fine = await load('trec-50', context, { minCount: 1 });
    expect(sizes(fine)).toEqual([4907, 545, 500]);
    expect(fine.notes.balance.train.every(count => count >= 4)).toBe(true);
    // The one byte of the training file that is not ASCII.
    expect(fine.vocabulary).toContain('sisterðcity');
    expect(fine.sha256).not.toBe(coarse.sha256);
  });

  it('imdb: 25,000 reviews split, 25,000 to test, in less than 20 s of computing (needs SPARSE_RNN_DATA)', async context => {
    const start = process.cpuUsage();
    const corpus = await load('imdb', context);
    const { user, system } = process.cpuUsage(start);
    expect((user + system) / 1e6).toBeLessThan(20);
    expect(sizes(corpus)).toEqual([22_500, 2500, 25_000]);
    expect(corpus.notes.balance).toEqual({
      train: [11_250, 11_250],
      validation: [1250, 1250],
      test: [12_500, 12_500],
    });
    expect(corpus.notes.duplicates).toMatchObject({ trainTest: 107, withinTrain: 91 });
    expect(corpus.vocabulary).toHaveLength(20_000);
    expect(corpus.vocabulary.slice(2, 6)).toEqual(['the', '.', ',', 'a']);
    const batches = new TextBatches(corpus.train, { batch: 64, seed: 1, shuffle: true });
    let padded = 0;
    let tokens = 0;
    for (let step = 0; step < batches.stepsPerEpoch; step++) {
      const { ids, lengths } = batches.next();
      padded += ids.length;
      tokens += lengths.reduce((sum, length) => sum + length, 0);
    }
    expect(tokens).toBe(corpus.train.texts.reduce((sum, { length }) => sum + length, 0));
    expect(tokens / padded).toBeGreaterThan(0.95);
  }, 120_000);

  it('refuses damaged files, each with what to do (needs SPARSE_RNN_DATA)', async context => {
    const mirror = (await realDataFolder()) ?? context.skip(NO_REAL_DATA);
    const dataDir = await temporaryFolder();
    const text = await readFile(below(mirror, 'trec/TREC_10.label'));
    for (const [code, content] of [
      ['empty', Buffer.alloc(0)],
      ['cut', text.subarray(0, 10_000)],
      ['checksum', Buffer.from(text.toString('latin1').replace('NUM', 'HUM'))],
    ] as const) {
      await writeFiles(dataDir, { 'trec/TREC_10.label': content });
      await expect(loadTextCorpus('trec-6', TEXT_DEFAULTS, { dataDir, mirror })).rejects.toMatchObject({
        code,
        message: expect.stringMatching(/; run `sparse-rnn data fetch trec-6`, or set SPARSE_RNN_DATA/),
      });
    }
  });
});

describe('a named corpus of another size than stated', () => {
  /** What loading SST-2 comes to when its source hands over so many texts of each part, the last of them unusable. */
  async function loadSized(sizes: Record<(typeof PARTS)[number], number>): Promise<TextCorpus> {
    const reading = vi.spyOn(findClassificationSource('sst2'), 'read').mockImplementation(async function* () {
      for (const part of PARTS) {
        for (let line = 1; line <= sizes[part]; line++) {
          const origin = { part, file: `${part}.txt`, line };
          const label = line % 2 === 0 ? 'negative' : 'positive';
          const text: SourceText = { kind: 'text', ...origin, label, tokens: ['a', 'film'] };
          yield line < sizes[part] ? text : { kind: 'unusable', ...origin, reason: 'a blank line' };
        }
      }
    });
    onTestFinished(() => reading.mockRestore());
    return loadTextCorpus('sst2', TEXT_DEFAULTS);
  }
  const stated = findClassificationSource('sst2').textCounts;

  it('is loaded where texts that cannot be used make up the number', async () => {
    expect((await loadSized(stated)).notes.unusableCount).toBe(3);
  });

  it.each(PARTS)('is refused where a text of the %s part is lost or comes twice, with both numbers', async part => {
    for (const change of [-1, 1]) {
      const error = await loadSized({ ...stated, [part]: stated[part] + change }).catch(e => e);
      expect(error).toMatchObject({ name: 'DataError', code: 'checksum' });
      const number = stated[part].toLocaleString('en-US');
      const came = (stated[part] + change).toLocaleString('en-US');
      expect(error.message).toContain(`expected ${number} texts in the ${part} part of sst2`);
      expect(error.message).toContain(`got ${came};`);
    }
  });
});

describe('a corpus that is not there', () => {
  it.each(['imdb', 'trec-6', 'trec-50', 'sst2'])('%s: the error names file, folder and command', async name => {
    const dataDir = await temporaryFolder();
    await expect(loadTextCorpus(name, TEXT_DEFAULTS, { dataDir, mirror: '' })).rejects.toMatchObject({
      code: 'missing',
      message: expect.stringContaining(`below ${dataDir}; got no such file; run \`sparse-rnn data fetch ${name}\``),
    });
  });

  it('refuses names of no corpus, of language models, and settings out of range before any file is read', async () => {
    await expect(loadTextCorpus('imbd', TEXT_DEFAULTS)).rejects.toThrow(
      /'folder:PATH' or 'csv:PATH' for your own text/,
    );
    await expect(loadTextCorpus('ptb', TEXT_DEFAULTS)).rejects.toThrow(/got 'ptb', a corpus for language modelling/);
    await expect(loadTextCorpus('sst2', { ...TEXT_DEFAULTS, minCount: 0 }, { mirror: '/no' })).rejects.toThrow(
      /minCount/,
    );
  });
});
