import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadTextCorpus, TEXT_DEFAULTS } from '@sparse-rnn/datasets';
import { expect, it } from 'vitest';
import { startSchema } from '../runlog/schema.ts';
import { temporaryFolder } from '../testing/runs.ts';
import { describeTexts, listUnusable, tellTexts } from './corpusNotes.ts';

it('tells balance, cuts, duplicates and every row that could not be used, with its line, and no path of the machine', async () => {
  const folder = temporaryFolder();
  const path = join(folder, 'stars.csv');
  const good = Array.from({ length: 30 }, (_, k) => `${k % 2 === 0 ? 1 : 5},text number ${k} of ${'many '.repeat(6)}`);
  writeFileSync(
    path,
    ['stars,text', ...good, '3,not asked for', '5,', '9,of no class', ...good.slice(0, 2)].join('\n'),
  );
  const corpus = await loadTextCorpus(`csv:${path}`, {
    ...TEXT_DEFAULTS,
    minCount: 1,
    maxLength: 8,
    testShare: 0.2,
    validationShare: 0.2,
    csv: { text: 'text', label: 'stars', classes: { bad: [1], good: [5] }, leaveOut: [3] },
  });
  const dataset = describeTexts(corpus);
  expect(startSchema.shape.dataset.parse(dataset)).toEqual(dataset);
  expect(JSON.stringify(dataset)).not.toContain(folder);
  const text = tellTexts(dataset).join('\n');
  expect(text).toMatch(
    /^train: \d+ texts \(bad \d+, good \d+\), \d+ tokens, [\d.]+% <unk>, \d+ cut to the length cap$/m,
  );
  expect(text).toContain('1 texts were left out as asked');
  expect(text).toContain('2 texts could not be used:');
  expect(text).toMatch(/stars\.csv:33: /);
  expect(text).toMatch(/stars\.csv:34: /);
  expect(text).toMatch(/texts that come twice: /);
});

it('shows 10 texts that cannot be used, logs 100, and lists all in a file of the run folder', async () => {
  const folder = temporaryFolder();
  const path = join(folder, 'my, "own".csv');
  const good = Array.from({ length: 30 }, (_, k) => `${k % 2},text number ${k}`);
  const bad = Array.from({ length: 120 }, (_, k) => (k === 0 ? '"a ""b"", c\nd",of no class' : '2,of no class'));
  writeFileSync(path, ['label,text', ...good, ...bad].join('\n'));
  const corpus = await loadTextCorpus(`csv:${path}`, {
    ...TEXT_DEFAULTS,
    csv: { text: 'text', label: 'label', classes: { no: [0], yes: [1] } },
  });
  const dataset = describeTexts(corpus);
  expect(dataset.notes).toMatchObject({ unusable: 120 });
  expect(dataset.notes!.unusableTexts).toHaveLength(100);
  const lines = tellTexts(dataset);
  const shown = lines.indexOf('120 texts could not be used:');
  expect(lines.slice(shown + 1)).toHaveLength(11);
  expect(lines.at(-1)).toBe('  and 110 more: all are listed in unusable-texts.csv in the run folder');
  const list = listUnusable(corpus)['unusable-texts.csv']!;
  expect(list).not.toContain(folder);
  const [head, first, ...rest] = list.split(/\r\n/);
  expect(head).toBe('file,line,reason');
  expect(first).toMatch(/^"my, ""own""\.csv",32,"[^"]*(""[^"]*)*"$/);
  expect(first).toContain('""b""');
  expect(rest).toHaveLength(120);
  expect(rest.at(-2)).toMatch(/^"my, ""own""\.csv",152,/);
  expect(rest.at(-1)).toBe('');
});

it('says where the list is even if all of it is shown, and where the list ends', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'own.csv'), ['0,a', '1,b', '0,a', '1,b', '0,a', '1,b', '0,'].join('\n'));
  const corpus = await loadTextCorpus(`csv:${join(folder, 'own.csv')}`, {
    ...TEXT_DEFAULTS,
    testShare: 0.34,
    validationShare: 0.5,
    csv: { text: 2, label: 1 },
  });
  expect(tellTexts(describeTexts(corpus)).at(-1)).toBe('  listed in unusable-texts.csv in the run folder');
  const many = { ...corpus, notes: { ...corpus.notes, unusableCount: 100_002 } };
  expect(tellTexts(describeTexts(many)).at(-1)).toBe(
    '  and 100,001 more: the first 100,000 are listed in unusable-texts.csv in the run folder',
  );
  const none = { ...corpus, notes: { ...corpus.notes, unusable: [], unusableCount: 0 } };
  expect(listUnusable(none)).toEqual({ 'unusable-texts.csv': null });
  expect(tellTexts(describeTexts(none)).join('\n')).not.toContain('unusable');
});

it('says nothing of a language model corpus', () => {
  const tokens = { train: 10, validation: 5, test: 5 };
  expect(tellTexts({ name: 'ptb', sha256: 'f'.repeat(64), vocabulary: 10, tokens })).toEqual([]);
});
