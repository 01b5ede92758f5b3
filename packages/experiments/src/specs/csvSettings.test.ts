import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { knownNames } from './knownNames.ts';
import { textSettings } from './settings.ts';
import { createSpec, parseSettings } from './spec.ts';

const DOCUMENT = readFileSync(join(import.meta.dirname, '../../../../docs/data.md'), 'utf8');
const EXPORTS = [...DOCUMENT.matchAll(/^\| (\w+), .*\| `(\{.*\})` \|\n\| \| `(csv.*)` \|$/gm)];

/** Labels and columns as texts, which is what they are on a command line. */
const asTexts = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (_key, each) => (typeof each === 'number' ? String(each) : each));

it('docs/data.md has three exports', () => {
  expect(EXPORTS.map(([, name]) => name)).toEqual(['Yelp', 'Amazon', 'Sanders']);
});

it.each(EXPORTS.map(([, name, program, commandLine]) => [name, program, commandLine]))(
  '%s: the settings of the command line are those of the program',
  (_name, program, commandLine) => {
    const given = parseSettings(['data=csv:export.csv', ...commandLine.split(' ')]);
    const { csv } = textSettings(createSpec('csv', given, knownNames()));
    const { text, quotes: _quotes, ...rest } = csv!;
    const wanted = runInNewContext(`(${program})`);
    expect(asTexts({ text, ...rest })).toEqual(asTexts({ ...wanted, text: [wanted.text].flat() }));
  },
);
