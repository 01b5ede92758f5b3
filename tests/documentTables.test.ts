import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const program = join(import.meta.dirname, '../docs/tables.mjs');
const run = (...args: string[]) => spawnSync(process.execPath, [program, ...args], { encoding: 'utf8' });

it('the tables of README and findings are those of the committed results', () => {
  const { status, stderr } = run('--check');
  expect(stderr).toBe('');
  expect(status).toBe(0);
});

it('a number that is not that of the results is seen, and put right', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tables-'));
  const document = join(folder, 'x.md');
  const begin = 'Before.\n\n<!-- table: settings-classification of results/desk -->\n';
  writeFileSync(document, `${begin}| dense | 99.99 % |\n<!-- end -->\nAfter.\n`);
  expect(run('--check', document)).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('x.md: a table is not'),
  });
  expect(run(document).status).toBe(0);
  const text = readFileSync(document, 'utf8');
  expect(text.startsWith(`${begin}| Method | Density |`)).toBe(true);
  expect(text.endsWith('|\n<!-- end -->\nAfter.\n')).toBe(true);
  expect(text).not.toContain('99.99');
  expect(run('--check', document).status).toBe(0);
  rmSync(folder, { recursive: true });
});
