import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const script = join(import.meta.dirname, 'mutate.mjs');

it('of 400 mutated logs, specs, plans, studies, CSV files and checkpoints none crashes, hangs or shows a wrong number', () => {
  const { status, stdout } = spawnSync(process.execPath, [script, '--count', '400', '--seed', '1'], {
    encoding: 'utf8',
  });
  expect([status, stdout]).toEqual([0, expect.stringMatching(/^40\d mutated files, seed 1: 0 crashed/m)]);
  // Both come about, or the mutations are no test.
  expect(stdout).toMatch(/^log of a language model .*damage shown/m);
  expect(stdout).toMatch(/^checkpoint +\d+ +refused \d+$/m);
}, 120_000);

it('that runs no case fails', () => {
  const { status, stderr } = spawnSync(process.execPath, [script, '--count', 'x'], { encoding: 'utf8' });
  expect([status, stderr]).toEqual([1, expect.stringMatching(/^No case was run: expected .*, got --count x\.\n$/)]);
});
