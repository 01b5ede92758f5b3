import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadTextCorpus, TEXT_DEFAULTS } from '@sparse-rnn/datasets';
import { expect, it } from 'vitest';
import { startSchema } from '../runlog/schema.ts';
import { temporaryFolder } from '../testing/runs.ts';
import { describeTexts, tellTexts } from './corpusNotes.ts';

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

it('says nothing of a language model corpus', () => {
  const tokens = { train: 10, validation: 5, test: 5 };
  expect(tellTexts({ name: 'ptb', sha256: 'f'.repeat(64), vocabulary: 10, tokens })).toEqual([]);
});
