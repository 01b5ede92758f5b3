import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it, type TestContext } from 'vitest';
import { LanguageModelBatches } from './batches/languageModel.ts';
import { DataError } from './errors.ts';
import { below } from './fetch/locate.ts';
import { type LanguageCorpus, loadLanguageCorpus } from './load.ts';
import { findLanguageSource } from './sources/registry.ts';
import { NO_REAL_DATA, realDataFolder, temporaryFolder, writeFiles } from './testing/folders.ts';

const decode = ({ vocabulary }: LanguageCorpus, ids: Int32Array): string =>
  Array.from(ids, id => vocabulary[id]).join(' ');

/** What holds for every corpus, and what its source promises. */
function expectSound(corpus: LanguageCorpus): void {
  const { vocabularySize, tokenCounts, name } = findLanguageSource(corpus.name);
  expect(corpus.name).toBe(name);
  expect(corpus.vocabulary).toHaveLength(vocabularySize);
  expect(new Set(corpus.vocabulary).size).toBe(vocabularySize);
  expect(corpus.tokenCounts).toEqual(tokenCounts);
  const eos = corpus.vocabulary.indexOf('<eos>');
  const counts = new Float64Array(vocabularySize);
  for (const part of ['train', 'validation', 'test'] as const) {
    expect(corpus[part]).toHaveLength(tokenCounts[part]);
    expect(corpus[part].at(-1)).toBe(eos);
    expect(corpus[part].every(id => id >= 0 && id < vocabularySize)).toBe(true);
  }
  for (const id of corpus.train) counts[id]++;
  expect(counts.every((count, id) => count > 0 && (id === 0 || count <= counts[id - 1]))).toBe(true);
  expect(corpus.sha256).toMatch(/^[0-9a-f]{64}$/);
}

describe('embedded corpora', () => {
  it('moby-dick: 5,842 words, split by chapters', async () => {
    const corpus = await loadLanguageCorpus('moby-dick');
    expectSound(corpus);
    expect(corpus.vocabulary).toHaveLength(5842);
    expect(corpus.tokenCounts).toEqual({ train: 216_019, validation: 24_189, test: 28_397 });
    expect(corpus.sha256).toBe('5a2cbb677e1e42d8976ab5fb28ea8475f144ad5a383cb3027c136706fc6eebc6');
    const start = corpus.train.findIndex(
      (_, at) => decode(corpus, corpus.train.slice(at, at + 3)) === 'call me ishmael',
    );
    expect(decode(corpus, corpus.train.slice(start, start + 10))).toBe(
      'call me ishmael . <eos> some years ago — never',
    );
    expect(decode(corpus, corpus.validation.slice(0, 8))).toBe('inasmuch , then , as this leviathan comes');
    expect(decode(corpus, corpus.test.slice(-15))).toBe(
      'in her <unk> search after her missing children , only found another <unk> . <eos>',
    );
  });

  it('sotu: 10,117 words, split by address', async () => {
    const corpus = await loadLanguageCorpus('sotu');
    expectSound(corpus);
    expect(corpus.vocabulary).toHaveLength(10_117);
    expect(corpus.tokenCounts).toEqual({ train: 1_632_389, validation: 217_486, test: 199_860 });
    expect(corpus.sha256).toBe('ff0284698a2c62adfafd7caa3f14d1f57911db38c4722b975af25ecd0262aa84');
    expect(decode(corpus, corpus.train.slice(0, 12))).toBe(
      'fellow - citizens of the senate and house of representatives : in',
    );
  });

  it('are the same each time, and need neither data folder nor mirror', async () => {
    const one = await loadLanguageCorpus('moby-dick', { dataDir: '/no/such', mirror: '/no/such' });
    expect(await loadLanguageCorpus('moby-dick')).toEqual(one);
  });
});

describe('fetched corpora (need SPARSE_RNN_DATA)', () => {
  async function real(context: TestContext): Promise<string> {
    const mirror = await realDataFolder();
    return mirror ?? context.skip(NO_REAL_DATA);
  }

  it('ptb: 10,000 words; 929,589 / 73,760 / 82,430 tokens (needs SPARSE_RNN_DATA)', async context => {
    const corpus = await loadLanguageCorpus('ptb', { dataDir: await temporaryFolder(), mirror: await real(context) });
    expectSound(corpus);
    expect(corpus.vocabulary).toHaveLength(10_000);
    expect(corpus.tokenCounts).toEqual({ train: 929_589, validation: 73_760, test: 82_430 });
    expect(decode(corpus, corpus.validation.slice(0, 16))).toBe(
      'consumers may want to move their telephones a little closer to the tv set <eos> <unk>',
    );
    expect(new LanguageModelBatches(corpus.train, 20, 35).stepsPerEpoch).toBe(1327);
  });

  it('wikitext-2: 33,278 words; 2,088,628 / 217,646 / 245,569 tokens (needs SPARSE_RNN_DATA)', async context => {
    const location = { dataDir: await temporaryFolder(), mirror: await real(context) };
    const corpus = await loadLanguageCorpus('wikitext-2', location);
    expectSound(corpus);
    expect(corpus.vocabulary).toHaveLength(33_278);
    expect(corpus.tokenCounts).toEqual({ train: 2_088_628, validation: 217_646, test: 245_569 });
    expect(decode(corpus, corpus.train.slice(0, 9))).toBe('<eos> = Valkyria Chronicles III = <eos> <eos> Senjō');
  });

  it('refuses damaged files, each with what to do (needs SPARSE_RNN_DATA)', async context => {
    const mirror = await real(context);
    const dataDir = await temporaryFolder();
    const text = await readFile(below(mirror, 'ptb/ptb.train.txt'));
    const flipped = Buffer.from(text);
    flipped[1000] ^= 1;
    for (const [code, content] of [
      ['empty', Buffer.alloc(0)],
      ['cut', text.subarray(0, 1_000_000)],
      ['checksum', flipped],
    ] as const) {
      await writeFiles(dataDir, { 'ptb/ptb.train.txt': content });
      await expect(loadLanguageCorpus('ptb', { dataDir, mirror })).rejects.toMatchObject({
        code,
        message: expect.stringMatching(/; run `sparse-rnn data fetch ptb`, or set SPARSE_RNN_DATA/),
      });
    }
  });
});

describe('a corpus that is not there', () => {
  it.each(['ptb', 'wikitext-2'])('%s: the error names file, folder and command', async name => {
    const dataDir = await temporaryFolder();
    const error = await loadLanguageCorpus(name, { dataDir, mirror: '' }).catch(e => e);
    expect(error).toBeInstanceOf(DataError);
    expect(error.code).toBe('missing');
    expect(error.message).toContain(`below ${dataDir}; got no such file; run \`sparse-rnn data fetch ${name}\``);
  });

  it('refuses another archive of the right size by its checksum, before it is opened', async () => {
    const dataDir = await temporaryFolder();
    await writeFiles(dataDir, { 'wikitext-2/wikitext-2-v1.zip': Buffer.alloc(4_475_746) });
    await expect(loadLanguageCorpus('wikitext-2', { dataDir, mirror: '' })).rejects.toMatchObject({ code: 'checksum' });
  });

  it.each([
    ['PTB', /did you mean 'ptb'/],
    ['wikitext2', /did you mean 'wikitext-2'/],
    [
      'penn',
      /^expected a corpus: moby-dick, sotu, spam-assassin, ptb, wikitext-2, imdb, trec-6, trec-50, sst2; got 'penn'/,
    ],
    ['imdb', /^expected a corpus for language modelling: moby-dick, sotu, ptb, wikitext-2; got 'imdb'/],
    ['', /got ''/],
    ['__proto__', /got '__proto__'/],
  ])("refuses the name '%s'", async (name, message) => {
    const error = await loadLanguageCorpus(name).catch(e => e);
    expect(error).toMatchObject({ name: 'DataError', code: 'usage' });
    expect(error.message).toMatch(message);
  });
});

describe('your own text, folder:PATH', () => {
  const files = { 'train.txt': 'the whale swam\n\nthe sea\n', 'valid.txt': 'the ship\n', 'test.txt': 'a whale\n' };

  async function folder(changes: Record<string, string | Uint8Array | undefined> = {}): Promise<string> {
    const path = await temporaryFolder();
    const all = Object.entries({ ...files, ...changes }).filter(([, content]) => content !== undefined);
    await writeFiles(path, Object.fromEntries(all) as Record<string, string | Uint8Array>);
    return path;
  }

  it('loads with <eos> per line, the blank one too, and <unk> for what training lacks', async () => {
    const corpus = await loadLanguageCorpus(`folder:${await folder()}`);
    expect(corpus.vocabulary).toEqual(['<eos>', 'the', 'sea', 'swam', 'whale', '<unk>']);
    expect(decode(corpus, corpus.train)).toBe('the whale swam <eos> <eos> the sea <eos>');
    expect(decode(corpus, corpus.validation)).toBe('the <unk> <eos>');
    expect(corpus.tokenCounts).toEqual({ train: 8, validation: 3, test: 3 });
  });

  it('takes names as corpora have them', async () => {
    const path = await temporaryFolder();
    await writeFiles(path, {
      'wiki.train.tokens': 'a',
      'wiki.valid.tokens': 'a',
      'wiki.test.tokens': 'a',
      README: 'x',
    });
    expect((await loadLanguageCorpus(`folder:${path}`)).vocabulary).toEqual(['<eos>', 'a']);
  });

  it('identifies the text: another word is another checksum', async () => {
    const one = await loadLanguageCorpus(`folder:${await folder()}`);
    const same = await loadLanguageCorpus(`folder:${await folder()}`);
    const other = await loadLanguageCorpus(`folder:${await folder({ 'test.txt': 'a Whale\n' })}`);
    expect(same.sha256).toBe(one.sha256);
    expect(other.sha256).not.toBe(one.sha256);
  });

  it.each([
    ['missing', { 'valid.txt': undefined }, /one file valid.txt or \*.valid.txt in .*; got none; add it/],
    ['usage', { 'ptb.train.txt': 'a' }, /got ptb.train.txt, train.txt; keep one of them/],
    ['empty', { 'test.txt': '' }, /expected text in .*test.txt; got an empty file/],
    [
      'encoding',
      { 'train.txt': Buffer.from('caf\xe9', 'latin1') },
      /UTF-8 text in the train part .*byte 0xe9 at offset 3/,
    ],
  ])('refuses a folder with a %s file', async (code, changes, message) => {
    const error = await loadLanguageCorpus(`folder:${await folder(changes)}`).catch(e => e);
    expect(error).toMatchObject({ name: 'DataError', code });
    expect(error.message).toMatch(message);
  });

  it('refuses a folder that is not there', async () => {
    await expect(loadLanguageCorpus('folder:/no/such')).rejects.toMatchObject({ code: 'missing' });
    const file = `${await folder()}/train.txt`;
    await writeFile(file, 'a');
    await expect(loadLanguageCorpus(`folder:${file}`)).rejects.toMatchObject({ code: 'missing' });
  });
});
