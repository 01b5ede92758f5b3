import { join } from 'node:path';
import { Command } from 'commander';
import { expect, it } from 'vitest';
import { option } from './options.ts';

it.each([
  ['r.html', 'r.html'],
  [join('some', 'r.html'), join('some', 'r.html')],
  ['desk', join('desk', 'index.html')],
  ['desk/', join('desk', 'index.html')],
  ['v1.2', join('v1.2', 'index.html')],
])('a report is written to the page %s, or to the index.html of that folder', (given, page) => {
  const command = new Command().addOption(option.page('--out', 'the report'));
  expect(command.parse(['--out', given], { from: 'user' }).opts()).toEqual({ out: page });
});
