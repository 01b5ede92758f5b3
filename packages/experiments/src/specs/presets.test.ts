import { readFileSync } from 'node:fs';
import { cellNames, methodNames } from '@sparse-rnn/core';
import { expect, it } from 'vitest';
import { PRESETS } from './presets.ts';
import { specSchema } from './schema.ts';

const readme = readFileSync(new URL('../../../../README.md', import.meta.url), 'utf8');

it.each([
  ['preset', Object.keys(PRESETS)],
  ['method', methodNames()],
  ['cell', cellNames()],
  ['optimizer', specSchema.shape.optimizer.options],
])('README.md names every %s', (_, names) => {
  expect(names.filter(name => !readme.includes(`\`${name}\``))).toEqual([]);
});
