import { describe, expect, it } from 'vitest';
import { packTarGz } from '../testing/archive.ts';
import { imdb, reviews } from './imdb.ts';
import { labelledLines } from './labelledLines.ts';
import { findClassificationSource, listCorpora } from './registry.ts';
import { sst2 } from './sst2.ts';
import { trec6, trec50 } from './trec.ts';
import type { ClassificationSource, SourceText } from './types.ts';

async function all(texts: AsyncIterable<SourceText> | Iterable<SourceText>): Promise<SourceText[]> {
  const found: SourceText[] = [];
  for await (const text of texts) found.push(text);
  return found;
}

/** What a source makes of files that were never published. */
const readFiles = (source: ClassificationSource, files: Record<string, string | Buffer>): Promise<SourceText[]> =>
  all(source.read(async path => Buffer.from(files[path])));

const review = (name: string, content: string | Buffer) => ({ name: `aclImdb/${name}`, content: Buffer.from(content) });
const fourReviews = [
  review('train/pos/0_9.txt', 'Good.'),
  review('train/neg/0_2.txt', 'Bad.'),
  review('test/pos/0_10.txt', 'Fine.'),
  review('test/neg/0_1.txt', 'Poor.'),
];

describe('imdb', () => {
  it('reads the labelled reviews by part, class and number, and nothing else', async () => {
    const packed = await packTarGz(
      { name: 'aclImdb/', type: 'directory' },
      review('README', 'x'),
      review('imdb.vocab', 'the\n'),
      review('train/urls_pos.txt', 'http://x'),
      review('train/unsup/0_0.txt', 'No label.'),
      review('train/pos/10_8.txt', 'Tenth.'),
      review('train/pos/2_8.txt', 'Second, <br />café!'),
      ...fourReviews,
    );
    const found = await all(reviews(packed));
    expect(found[2]).toEqual({
      kind: 'text',
      part: 'train',
      file: 'aclImdb/train/pos/2_8.txt',
      line: 0,
      label: 'positive',
      tokens: ['second', ',', 'café', '!'],
    });
    expect(found.map(text => [text.part, text.file, text.kind === 'text' && text.label])).toEqual([
      ['train', 'aclImdb/train/neg/0_2.txt', 'negative'],
      ['train', 'aclImdb/train/pos/0_9.txt', 'positive'],
      ['train', 'aclImdb/train/pos/2_8.txt', 'positive'],
      ['train', 'aclImdb/train/pos/10_8.txt', 'positive'],
      ['test', 'aclImdb/test/neg/0_1.txt', 'negative'],
      ['test', 'aclImdb/test/pos/0_10.txt', 'positive'],
    ]);
  });

  it.each(['train/neg', 'train/pos', 'test/neg', 'test/pos'])(
    'refuses an archive without reviews in %s',
    async folder => {
      const packed = await packTarGz(...fourReviews.filter(({ name }) => !name.startsWith(`aclImdb/${folder}`)));
      const error = await all(reviews(packed)).catch(e => e);
      expect(error).toMatchObject({ name: 'DataError', code: 'archive' });
      expect(error.message).toBe(
        `expected reviews (NUMBER_STARS.txt) in aclImdb/${folder}/ of imdb/aclImdb_v1.tar.gz; got none; take the archive ` +
          'as its public home packs it: run `sparse-rnn data fetch imdb`',
      );
    },
  );

  it('refuses another archive, one that is cut, and a review that is not UTF-8', async () => {
    await expect(all(reviews(await packTarGz({ name: 'other.txt' })))).rejects.toMatchObject({ code: 'archive' });
    const packed = await packTarGz(...fourReviews);
    await expect(all(reviews(packed.subarray(0, 100)))).rejects.toMatchObject({ code: 'archive' });
    const latin1 = review('train/neg/1_1.txt', Buffer.from('caf\xe9', 'latin1'));
    await expect(all(reviews(await packTarGz(...fourReviews, latin1)))).rejects.toMatchObject({
      code: 'encoding',
      message: expect.stringContaining('aclImdb/train/neg/1_1.txt'),
    });
  });
});

describe('labelledLines', () => {
  const known = (mark: string): string | undefined => (mark === 'A' ? 'a' : undefined);

  it('gives tokens as distributed, each line with its number, and lines without a label as unusable', () => {
    const origin = { part: 'test', file: 'f' };
    expect([...labelledLines('A The  cat\t.\r\nno label here\n\n  \nA\nA last', 'test', 'f', known)]).toEqual([
      { kind: 'text', ...origin, line: 1, label: 'a', tokens: ['The', 'cat', '.'] },
      { kind: 'unusable', ...origin, line: 2, reason: "no label: 'no'" },
      { kind: 'unusable', ...origin, line: 3, reason: 'a blank line' },
      { kind: 'unusable', ...origin, line: 4, reason: 'a blank line' },
      { kind: 'text', ...origin, line: 5, label: 'a', tokens: [] },
      { kind: 'text', ...origin, line: 6, label: 'a', tokens: ['last'] },
    ]);
    expect([...labelledLines('', 'train', 'f', known)]).toEqual([]);
    const [{ reason }] = [...labelledLines('x'.repeat(999), 'train', 'f', known)] as { reason: string }[];
    expect(reason).toBe(`no label: '${'x'.repeat(40)}...'`);
  });
});

describe('trec', () => {
  const files = {
    'trec/train_5500.label': Buffer.from('DESC:def What is a caf\xe9 ?\nHUM:ind Who ?\nWho was it ?\n', 'latin1'),
    'trec/TREC_10.label': 'NUM:date When ?\nNUM:never When ?\n',
  };

  it('reads ISO 8859-1, coarse or fine, and reports what is no label', async () => {
    const coarse = await readFiles(trec6, files);
    expect(coarse.map(text => (text.kind === 'text' ? text.label : text.kind))).toEqual([
      ...['DESC', 'HUM', 'unusable', 'NUM', 'unusable'],
    ]);
    expect(coarse[0]).toMatchObject({ part: 'train', line: 1, tokens: ['What', 'is', 'a', 'café', '?'] });
    expect(coarse[4]).toMatchObject({ part: 'test', line: 2, reason: "no label: 'NUM:never'" });
    const fine = await readFiles(trec50, files);
    expect(fine.map(text => (text.kind === 'text' ? text.label : text.kind))).toEqual([
      ...['DESC:def', 'HUM:ind', 'unusable', 'NUM:date', 'unusable'],
    ]);
  });
});

describe('sst2', () => {
  it('has three parts; 0 is negative, 1 positive', async () => {
    const texts = await readFiles(sst2, {
      'sst2/stsa.binary.train': '1 a fine film\n0 no\n2 what\n',
      'sst2/stsa.binary.dev': '0 bad\n',
      'sst2/stsa.binary.test': '1 good\n',
    });
    expect(texts.map(text => [text.part, text.kind === 'text' ? text.label : text.kind])).toEqual([
      ['train', 'positive'],
      ['train', 'negative'],
      ['train', 'unusable'],
      ['validation', 'negative'],
      ['test', 'positive'],
    ]);
  });
});

describe('the list of corpora', () => {
  it('tells classes and counts of the corpora for classification', () => {
    const corpora = listCorpora().filter(({ task }) => task === 'classification');
    expect(
      corpora.map(({ name, classes, textCounts, embedded }) => [name, classes?.length, textCounts, embedded]),
    ).toEqual([
      ['spam-assassin', 2, { train: 4837, validation: 0, test: 1209 }, true],
      ['imdb', 2, { train: 25_000, validation: 0, test: 25_000 }, false],
      ['trec-6', 6, { train: 5452, validation: 0, test: 500 }, false],
      ['trec-50', 50, { train: 5452, validation: 0, test: 500 }, false],
      ['sst2', 2, { train: 6920, validation: 872, test: 1821 }, false],
    ]);
    expect(findClassificationSource('imdb')).toBe(imdb);
  });

  it('refuses names that are no corpus for classification, and says which are', () => {
    const names = 'spam-assassin, imdb, trec-6, trec-50, sst2';
    expect(() => findClassificationSource('ptb')).toThrow(
      `expected a corpus for text classification: ${names}; got 'ptb', a corpus for language modelling; use one of these`,
    );
    expect(() => findClassificationSource('trec')).toThrow(`${names}; got 'trec', which leaves open which classes`);
    expect(() => findClassificationSource('IMDB')).toThrow(/did you mean 'imdb'/);
    expect(() => findClassificationSource('constructor')).toThrow(/got 'constructor'/);
  });
});
