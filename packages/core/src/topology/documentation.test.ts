import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { cellNames } from '../cells/cells.ts';
import { createOptimizer, type OptimizerSettings } from '../optim/optimizer.ts';
import { METHODS } from './methods.ts';
import { DROP_RULES, GROW_RULES, REDISTRIBUTE_RULES } from './rules.ts';

const packages = new URL('../../../', import.meta.url);
const page = readFileSync(new URL('../docs/method.md', packages), 'utf8');

/**
 * Test files are in backquotes: `topology/update.test.ts` for one of this package, `datasets:load.test.ts` for one of
 * another, `tests:` for one of the folder `tests`; tests that files share are in a `.testing.ts`. The titles in quotation
 * marks up to the end of the paragraph or the next file are theirs.
 */
const references = page.split('\n\n').flatMap(paragraph =>
  paragraph.split(/(?=`(?:\w+:)?[\w/]+\.test(?:ing)?\.ts`)/).flatMap(part => {
    const [, owner = 'core', path] = part.match(/^`(?:(\w+):)?([\w/]+\.test(?:ing)?\.ts)`/) ?? [];
    const titles = [...part.matchAll(/"([^"]+)"/g)].map(([, title]) => title.replaceAll('\n', ' '));
    return path === undefined
      ? []
      : [{ file: owner === 'tests' ? `../tests/${path}` : `${owner}/src/${path}`, titles }];
  }),
);

test('docs/method.md refers to tests at all, of every package that has rules', () => {
  for (const owner of ['core', 'datasets', 'experiments']) {
    expect(references.filter(({ file }) => file.startsWith(`${owner}/`)).length).toBeGreaterThan(4);
  }
  for (const { file, titles } of references) expect([file, titles.length > 0]).toEqual([file, true]);
});

test.each(references)('every test that docs/method.md names in $file exists', ({ file, titles }) => {
  expect(existsSync(new URL(file, packages))).toBe(true);
  const text = readFileSync(new URL(file, packages), 'utf8');
  for (const title of titles) expect(text).toContain(`'${title}'`);
});

const sections = page.split(/^(?=##+ )/m).slice(1);
/** Sections whose rules are those of the sections below them. */
const WITHOUT = ['## Models', '### The example of eight weights'];

test.each(
  sections.map(section => [section.split('\n', 1)[0], section]).filter(([heading]) => !WITHOUT.includes(heading)),
)('docs/method.md names a test in "%s"', (_, section) => {
  expect(section).toMatch(/^Tests?[,:] /m);
  expect(section).toMatch(/`(?:\w+:)?[\w/]+\.test(?:ing)?\.ts`: "/);
});

/** Sections that list by name, each of which a test of the section names in its title. */
const LISTS = [
  '### Cells',
  '## Sparse initialisation',
  '### Drop',
  '### Redistribute',
  '### Grow',
  '## Pruning',
  '## Optimizers',
];
/** Sections that have such a list as a table; `dropoutWord` is `word` in a title. */
const TABLES = ['## Dropout'];
const rules = sections.flatMap(section => {
  const heading = section.split('\n', 1)[0];
  const item = LISTS.includes(heading)
    ? /^- `([\w-]+)`/gm
    : TABLES.includes(heading)
      ? /^\| `([\w-]+)` +\|/gm
      : undefined;
  const names = item === undefined ? [] : [...section.matchAll(item)].map(([, name]) => name);
  return names.map(name => ({ heading, name: name.replace(/^dropout(?=.)/, '').toLowerCase(), section }));
});

test('the lists of docs/method.md hold every cell, optimizer, dropout and registered rule', () => {
  const listed = (heading: string) => rules.filter(rule => rule.heading === heading).map(({ name }) => name);
  expect(listed('### Cells')).toEqual(cellNames());
  expect(listed('## Dropout')).toEqual(['elementwise', 'locked', 'word', 'state']);
  const unknown = () => createOptimizer({ name: 'none' } as unknown as OptimizerSettings);
  expect(unknown).toThrow(`an optimizer of ${listed('## Optimizers').join(', ')}, got`);
  expect(new Set(listed('### Drop'))).toEqual(new Set(DROP_RULES.keys()));
  expect(new Set(listed('### Redistribute'))).toEqual(new Set(REDISTRIBUTE_RULES.keys()));
  expect(new Set(listed('### Grow'))).toEqual(new Set(GROW_RULES.keys()));
  expect(listed('## Pruning')).toEqual([...METHODS.values()].filter(({ prune }) => prune).map(({ name }) => name));
});

test.each(rules)('docs/method.md names a test of $name in "$heading"', ({ name, section }) => {
  const titles = [...section.slice(section.search(/^Tests?[,:] /m)).matchAll(/"([^"]+)"/g)].map(([, title]) => title);
  // `magnitude` is no part of `magnitude-gate`.
  const named = new RegExp(`(?<![\\w-])${name}(?![\\w-])`);
  expect(titles.filter(title => named.test(title))).not.toEqual([]);
});
