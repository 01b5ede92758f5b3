import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const source = new URL('../', import.meta.url);
const page = readFileSync(new URL('../../../docs/method.md', source), 'utf8');

/** Test files are in backquotes; the titles in quotation marks up to the end of the paragraph or the next file are theirs. */
const references = page.split('\n\n').flatMap(paragraph =>
  paragraph.split(/(?=`[\w/]+\.test\.ts`)/).flatMap(part => {
    const file = part.match(/^`([\w/]+\.test\.ts)`/)?.[1];
    const titles = [...part.matchAll(/"([^"]+)"/g)].map(([, title]) => title.replaceAll('\n', ' '));
    return file === undefined ? [] : [{ file, titles }];
  }),
);

test('docs/method.md refers to tests at all', () => {
  expect(references.length).toBeGreaterThan(10);
  for (const { file, titles } of references) expect([file, titles.length > 0]).toEqual([file, true]);
});

test.each(references)('every test that docs/method.md names in $file exists', ({ file, titles }) => {
  expect(existsSync(new URL(file, source))).toBe(true);
  const text = readFileSync(new URL(file, source), 'utf8');
  for (const title of titles) expect(text).toContain(`'${title}'`);
});
