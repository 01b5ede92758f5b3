import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import type { TextCorpus, TextPart } from '../classification/corpus.ts';
import { TEXT_DEFAULTS, type TextSettings } from '../classification/settings.ts';
import { loadTextCorpus } from '../loadText.ts';
import { temporaryFolder, writeFiles } from '../testing/folders.ts';
import type { CsvSettings } from './settings.ts';

const wordsOf = ({ vocabulary }: TextCorpus, text: Int32Array): string => [...text].map(id => vocabulary[id]).join(' ');
const sizes = ({ train, validation, test }: TextCorpus): number[] => [train, validation, test].map(p => p.texts.length);

/** Every text with its class, of the parts together. */
function pairs(
  corpus: TextCorpus,
  parts: readonly TextPart[] = [corpus.train, corpus.validation, corpus.test],
): string[] {
  return parts
    .flatMap(({ texts, labels }) => texts.map((text, i) => `${corpus.classes[labels[i]]}: ${wordsOf(corpus, text)}`))
    .sort();
}

const every: TextSettings = { ...TEXT_DEFAULTS, minCount: 1, validationShare: 0.2, testShare: 0.2 };

/** Writes the file (and others beside it) and loads it. */
async function load(
  content: string | Buffer,
  csv: CsvSettings,
  { settings = {}, files = {} }: { settings?: Partial<TextSettings>; files?: Record<string, string> } = {},
): Promise<TextCorpus> {
  const folder = await temporaryFolder();
  await writeFiles(folder, { 'own.csv': content, ...files });
  const testFile = csv.testFile === undefined ? {} : { testFile: join(folder, csv.testFile) };
  return loadTextCorpus(`csv:${join(folder, 'own.csv')}`, { ...every, ...settings, csv: { ...csv, ...testFile } });
}

const failure = (...args: Parameters<typeof load>): Promise<Error> =>
  load(...args).then(
    () => new Error('none'),
    e => e,
  );

/** n rows made by a function of their number. */
const rows = (n: number, row: (i: number) => string): string =>
  Array.from({ length: n }, (_, i) => `${row(i)}\n`).join('');
const byName: CsvSettings = { text: 'text', label: 'label' };
const small = `label,text\n${rows(20, i => `${i % 2 ? 'good' : 'bad'},review ${i}`)}`;

/** The settings that docs/data.md gives for an export. */
function documented(name: string): CsvSettings {
  const text = readFileSync(join(import.meta.dirname, '../../../../docs/data.md'), 'utf8');
  const [, code] = new RegExp(`^\\| ${name}, .*\\| \`(\\{.*\\})\` \\|$`, 'm').exec(text)!;
  return runInNewContext(`(${code})`);
}

describe('exports as they are downloaded, with the settings that are documented', () => {
  it('Yelp: stars,text with a header, line breaks and quotes within; 3 left out', async () => {
    const content = `stars,text\n${rows(50, i => `${1 + (i % 5)}.0,"Review ${i % 5}, ""great""\nsecond line"`)}`;
    const corpus = await load(content, documented('Yelp'));
    expect(corpus.classes).toEqual(['negative', 'positive']);
    expect(corpus.notes).toMatchObject({ leftOut: 10, unusable: [], unusableCount: 0 });
    expect(corpus.notes.balance).toEqual({ train: [13, 13], validation: [3, 3], test: [4, 4] });
    expect(pairs(corpus)).toContain('positive: review 3 , " great " second line');
    expect(pairs(corpus)).toContain('negative: review 0 , " great " second line');
    expect(pairs(corpus)).toHaveLength(40);
  });

  it('Amazon: score,title,text without a header, line breaks written out as \\n', async () => {
    const content = rows(20, i => `"${1 + (i % 2)}","Title ${i}","It ""works"".\\nReally, it does"`);
    const corpus = await load(content, documented('Amazon'));
    expect(sizes(corpus)).toEqual([13, 3, 4]);
    expect(pairs(corpus)).toContain('negative: title 0 it " works " . really , it does');
  });

  it('Sanders: quoted topic, sentiment, id, date, text, in Latin-1, with Windows line ends', async () => {
    const kinds = ['positive', 'negative', 'neutral', 'irrelevant'];
    const row = (i: number) =>
      `"apple","${kinds[i % 4]}","1262${i}","Tue Oct 18 21:53:25 +0000 2011","@a Caf\xe9 &amp; it\x92s ${i}"`;
    const content = Buffer.from(
      `"Topic","Sentiment","TweetId","TweetDate","TweetText"\r\n${rows(40, row).replaceAll('\n', '\r\n')}`,
      'latin1',
    );
    const corpus = await load(content, documented('Sanders'));
    expect(corpus.classes).toEqual(['negative', 'neutral', 'positive']);
    expect(corpus.notes.leftOut).toBe(10);
    expect(pairs(corpus)).toContain("negative: @ a café & it 's 1");
    const headless = content.subarray(content.indexOf('\n') + 1);
    const same = await load(headless, { text: 5, label: 2, leaveOut: ['irrelevant'] });
    expect(pairs(same)).toEqual(pairs(corpus));
  });
});

describe('reading a CSV file', () => {
  it.each([';', '\t', '|', ','])("guesses the delimiter '%s', though the texts hold the others", async delimiter => {
    const text = (i: number) => `"a, b; c | d\t ${i}"`;
    const content = `id${delimiter}label${delimiter}text\n${rows(20, i => [i, i % 2, text(i)].join(delimiter))}`;
    expect(pairs(await load(content, byName))).toContain('1: a , b ; c | d 7');
    expect(pairs(await load(content, { ...byName, delimiter }))).toContain('1: a , b ; c | d 7');
  });

  it('guesses a tab in a file that does not quote, where every text holds commas', async () => {
    const content = rows(20, i => `${i % 2}\tsaid "yes", "no", and ${i % 4}`);
    const corpus = await load(content, { text: 2, label: 1, quotes: false });
    expect(pairs(corpus)).toContain('1: said " yes " , " no " , and 3');
    expect(corpus.notes.unusableCount).toBe(0);
  });

  it('takes UTF-8 for UTF-8 and the rest for Latin-1, by the last byte of the file too, or as it is told', async () => {
    const utf8 = `label,text\n${rows(20, i => `${i % 2},caf\u00e9 ${i}`)}`;
    expect(pairs(await load(`\ufeff${utf8}`, byName))).toContain('1: café 1');
    expect(pairs(await load(Buffer.from(utf8, 'latin1'), byName))).toContain('1: café 1');
    expect(pairs(await load(utf8, { ...byName, encoding: 'latin1' }))).toContain('1: cafã © 1');
    // The Latin-1 byte lies beyond the sample and at the very end.
    const late = Buffer.from(`${small}good,${'word '.repeat(100_000)}caf\xe9`, 'latin1');
    expect((await load(late, byName)).notes.truncated.train).toBe(1);
    expect(await failure(late, { ...byName, encoding: 'utf-8' })).toMatchObject({
      code: 'encoding',
      message: expect.stringMatching(/cut at the end; leave csv.encoding out, or set it to 'latin1'/),
    });
    expect(await failure(Buffer.from(utf8, 'latin1'), { ...byName, encoding: 'utf-8' })).toMatchObject({
      code: 'encoding',
      message: expect.stringMatching(/got a byte that is none after line 1;/),
    });
  });

  it('takes classes from the labels: numbers in order, then names', async () => {
    const labels = ['10', '9', 'b', 'a', '9.0'];
    const corpus = await load(`text,label\n${rows(50, i => `t ${i},${labels[i % 5]}`)}`, byName);
    expect(corpus.classes).toEqual(['9', '10', 'a', 'b']);
    const { train, validation, test } = corpus.notes.balance;
    expect(train.map((count, k) => count + validation[k] + test[k])).toEqual([20, 10, 10, 10]);
  });

  it('takes the test part from a file of its own', async () => {
    const corpus = await load(
      small,
      { ...byName, testFile: 'test.csv' },
      {
        files: { 'test.csv': 'text;label\nreview 3;good\nnever seen;bad\nwhat;ugly\n;good\n' },
      },
    );
    expect(sizes(corpus)).toEqual([16, 4, 2]);
    expect(pairs(corpus, [corpus.test])).toEqual(['bad: <unk> <unk>', 'good: review 3'].sort());
    expect(corpus.notes.unusable).toEqual([
      { file: expect.stringMatching(/test.csv$/), line: 4, reason: "label 'ugly' is none of the training classes" },
      { file: expect.stringMatching(/test.csv$/), line: 5, reason: 'no text' },
    ]);
    expect(corpus.notes.split).toBe(
      'test: as distributed; validation: 20% of the training texts, stratified by class, seed 1',
    );
  });

  it('reports duplicates, within the training part and between the parts, by their tokens', async () => {
    const corpus = await load(
      `label,text\n${rows(20, i => `${i % 2},${i < 4 ? 'The SAME text!' : `review ${i}`}`)}`,
      { ...byName, testFile: 'test.csv' },
      { files: { 'test.csv': 'label,text\n1,the same<br />text !\n0,another\n' } },
    );
    const { withinTrain, trainValidation, trainTest, validationTest } = corpus.notes.duplicates;
    expect(trainTest).toBe(1);
    // Four copies: those in the validation part are no repetitions in the training part.
    expect(withinTrain + trainValidation).toBe(3);
    expect(validationTest).toBe(trainValidation > 0 ? 1 : 0);
  });

  it('lists all unusable rows in order and counts them', async () => {
    const corpus = await load(`${small}${rows(250, i => (i % 2 ? 'good' : 'good,"a" b'))}`, byName);
    expect(corpus.notes.unusableCount).toBe(250);
    expect(corpus.notes.unusable).toHaveLength(250);
    const lines = corpus.notes.unusable.map(({ line }) => line);
    expect(lines).toEqual(lines.toSorted((a, b) => a - b));
    expect(sizes(corpus)).toEqual([13, 3, 4]);
  });
});

describe('rows that cannot be used', () => {
  it('are listed with line and reason: ragged, blank, no label, no text, label in no class, a quote', async () => {
    const classes = { bad: ['bad'], good: ['good'] };
    const corpus = await load(`${small}good\n\n,no label\ngood,<br />\nugly,x\ngood,a,b\ngood,"a" b\ngood,fine\n`, {
      ...byName,
      classes,
    });
    expect(corpus.notes.unusable.map(({ line, reason }) => `${line}: ${reason}`)).toEqual([
      '22: 1 field where 2 are expected',
      '23: a blank line',
      '24: no label',
      '25: no text',
      "26: label 'ugly' is in no class",
      '27: 3 fields where 2 are expected',
      '28: text after a closing quote',
    ]);
    expect(corpus.notes.unusableCount).toBe(7);
    expect(pairs(corpus)).toHaveLength(21);
  });

  it('include the only text of a label, which cannot be split', async () => {
    const corpus = await load(`${small}god,misspelt\n`, byName);
    expect(corpus.classes).toEqual(['bad', 'good']);
    expect(corpus.notes.unusable).toMatchObject([
      { line: 22, reason: "the only text with label 'god': it cannot be split" },
    ]);
  });

  it('are a header that was not expected, by its label', async () => {
    const corpus = await load(small, { text: 2, label: 1 });
    expect(corpus.notes.unusable).toMatchObject([{ line: 1, reason: expect.stringContaining("label 'label'") }]);
    expect(pairs(corpus)).toHaveLength(20);
  });
});

describe('files that cannot be read', () => {
  it.each<[string, string | Buffer, CsvSettings, string, RegExp]>([
    ['an unclosed quote', `${small}good,"never\nbad,x\n`, byName, 'table', /a quote that is never closed .* line 22;/],
    [
      'a field of 100 MB',
      `${small}good,"${'word '.repeat(20e6)}"\n`,
      byName,
      'table',
      /got over 16,777,216 bytes .* line 22/,
    ],
    ['a binary file', Buffer.from('label,text\n1,a\0b\n'), byName, 'encoding', /a zero byte at offset 14: a binary/],
    ['UTF-16', Buffer.from('\ufefflabel,text\n', 'utf16le'), byName, 'encoding', /got UTF-16; convert it/],
    ['an empty file', '', byName, 'empty', /got an empty file/],
    ['one byte', 'x', byName, 'table', /got first line 'x'/],
    ['prose', 'Call me Ishmael.\nSome years ago, never mind.\n', byName, 'table', /same number of fields, at least 2/],
    ['another delimiter', small, { ...byName, delimiter: ';' }, 'table', /at least 2, with ';' between them/],
    [
      'an unknown column',
      small,
      { text: 'body', label: 'label' },
      'usage',
      /one column 'body' .*'label', 'text'; correct/,
    ],
    ['a column twice', small.replace('label', 'text'), byName, 'usage', /columns 'text', 'text'/],
    ['a column beyond the last', small, { text: 3, label: 1 }, 'table', /at least 3/],
    [
      'a broken header',
      small.replace('text', '"te"xt'),
      byName,
      'table',
      /names of the columns .* got text after a closing quote, in line 1/,
    ],
    [
      'a header alone',
      'label,text\n',
      byName,
      'table',
      /a usable row in .*; got 0 unusable rows and 0 left out; correct/,
    ],
    [
      'no usable row',
      'label,text\n,a\n,b\n',
      byName,
      'table',
      /got 2 unusable rows and 0 left out: line 2: no label; l/,
    ],
    ['all left out', small, { ...byName, leaveOut: ['bad', 'good'] }, 'table', /0 unusable rows and 20 left out/],
    [
      'one class',
      small.replaceAll('bad', 'good'),
      byName,
      'table',
      /2 to 1000 labels .*; got 1; labels: 'good' \(20\)/,
    ],
    [
      'labels that are ids',
      `label,text\n${rows(30, i => `${i},a`)}`,
      byName,
      'table',
      /got 0; labels: '0' \(1\), .*\.\.\./,
    ],
    [
      'a class of one text',
      `${small}ugly,x\n`,
      { ...byName, classes: { bad: ['bad'], good: ['good'], ugly: ['ugly'] } },
      'table',
      /at least 2 usable training texts of class 'ugly' .*; got 1/,
    ],
    [
      'a class without a text',
      small,
      { ...byName, classes: { bad: ['bad'], good: ['good'], ugly: ['ugly'] } },
      'table',
      /of class 'ugly' .*; got 0/,
    ],
    [
      'a test file that is not there',
      small,
      { ...byName, testFile: 'none.csv' },
      'missing',
      /none.csv; got no such file/,
    ],
  ])('%s', async (_, content, csv, code, message) => {
    const error = await failure(content, csv);
    expect(error).toMatchObject({ name: 'DataError', code });
    expect(error.message).toMatch(message);
  });

  it('too few texts for a validation part', async () => {
    expect(await failure(small, byName, { settings: { validationShare: 0.01 } })).toMatchObject({
      code: 'usage',
      message: expect.stringMatching(/in the validation part of csv:.*; got none; .*; raise validationShare, or add/),
    });
  });

  it('more than 1,000 labels', async () => {
    const content = `label,text\n${rows(2200, i => `k${i >> 1},a ${i}`)}`;
    expect(await failure(content, byName)).toMatchObject({ message: expect.stringMatching(/2 to 1000 .*; got 1100;/) });
  });

  it('csv without settings, settings without csv, and csv without a path', async () => {
    await expect(loadTextCorpus('csv:x.csv', every)).rejects.toThrow(/settings.csv, with the columns .*; got none/);
    await expect(loadTextCorpus('csv:', { ...every, csv: byName })).rejects.toThrow(/the path of a file after csv:/);
    await expect(loadTextCorpus('sst2', { ...every, csv: byName })).rejects.toThrow(/no csv settings.*; got sst2/);
  });
});
