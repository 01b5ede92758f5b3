import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');
const program = join(root, 'docs/tables.mjs');
const run = (...args: string[]) => spawnSync(process.execPath, [program, ...args], { encoding: 'utf8' });

it('the tables of the documents and of results/desk/tables are those of the committed results', () => {
  const { status, stderr } = run('--check');
  expect(stderr).toBe('');
  expect(status).toBe(0);
});

it('a number that is not that of the results is seen, and put right', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tables-'));
  const document = join(folder, 'x.md');
  const begin = 'Before.\n\n<!-- table: settings of results/zaremba-small+results/ptb-lstm -->\n';
  writeFileSync(document, `${begin}| dense | 99.99 % |\n<!-- end -->\nAfter.\n`);
  expect(run('--check', document)).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('x.md: not what the committed results say'),
  });
  expect(run(document).status).toBe(0);
  const text = readFileSync(document, 'utf8');
  expect(text.startsWith(`${begin}| Method | Density |`)).toBe(true);
  expect(text.endsWith('|\n<!-- end -->\nAfter.\n')).toBe(true);
  expect(text).not.toContain('99.99');
  // Of both folders.
  expect(text.match(/^\| (dense|static|set) /gm)).toEqual(['| set ', '| dense ', '| static ', '| set ']);
  expect(run('--check', document).status).toBe(0);
  rmSync(folder, { recursive: true });
});

it('a table of results/desk that was changed, is missing or is of no table or figure is seen, and put right', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tables-'));
  expect(run('--tables', folder).status).toBe(0);
  const names = readdirSync(folder);
  expect(names).toEqual(
    expect.arrayContaining(['table-1.csv', 'table-1.md', 'table-4-2.csv', 'table-1-differences.md']),
  );
  // The tables of tables and figures alone, not those of all runs of a task.
  expect(names.filter(name => /^(runs|settings|cost)/.test(name))).toEqual([]);
  expect(names).toEqual(readdirSync(join(root, 'results/desk/tables')));
  const table = readFileSync(join(folder, 'table-1.csv'), 'utf8');
  writeFileSync(join(folder, 'table-1.csv'), table.replace('snfs', 'dsr'));
  writeFileSync(join(folder, 'table-99.csv'), '');
  rmSync(join(folder, 'table-4-2.csv'));
  const { status, stderr } = run('--check', '--tables', folder);
  expect(status).toBe(1);
  for (const name of ['table-1.csv', 'table-99.csv', 'table-4-2.csv']) expect(stderr).toContain(`${name}: not what`);
  expect(stderr.trim().split('\n')).toHaveLength(3);
  expect(run('--tables', folder).status).toBe(0);
  expect(readdirSync(folder)).toEqual(names);
  expect(readFileSync(join(folder, 'table-1.csv'), 'utf8')).toBe(table);
  rmSync(folder, { recursive: true });
});

it('run times count each run once, and their sum is that of the logs', () => {
  const readme = readFileSync(join(root, 'results/README.md'), 'utf8');
  const cells = /^\| (.+?) \| (\d+) of (\d+) \| (\d+) of (\d+) \| ([\d.]+) \| ([\d.]+) \|$/gm;
  const rows = [...readme.matchAll(cells)];
  const [all] = rows.splice(-1);
  expect(all[1]).toBe('All');
  const sum = (column: number) => rows.reduce((total, row) => total + Number(row[column]), 0);
  expect([sum(4), sum(5)]).toEqual([Number(all[4]), Number(all[5])]);
  const desk = join(root, 'results/desk');
  const planned = readFileSync(join(desk, 'plan.json'), 'utf8').matchAll(/"run": ?"([^"]+)"/g);
  const names = new Set([...planned].map(([, name]) => name));
  expect(Number(all[5])).toBe(names.size);
  const minutes = readdirSync(desk).flatMap(name => {
    if (!names.has(name)) return [];
    const lines = readFileSync(join(desk, name, 'log.jsonl'), 'utf8')
      .trim()
      .split('\n');
    const [start, done] = [lines[0], lines.find(line => line.includes('"type":"done"'))].map(line =>
      JSON.parse(line ?? 'null'),
    );
    return done === null ? [] : [(done.wallSeconds * start.engine.threads) / 60];
  });
  expect(Number(all[4])).toBe(minutes.length);
  // The whole suite, on a machine that does nothing else: four hours on two cores.
  expect(Number(all[7])).toBeLessThanOrEqual(480);
  for (const row of [...rows, all]) expect(Number(row[7])).toBeLessThanOrEqual(Number(row[6]));
  const total = minutes.reduce((a, b) => a + b, 0);
  expect(Math.abs(Number(all[6]) - total)).toBeLessThan(0.051);
  expect(readme).toContain(`That is ${(total / 120).toFixed(1)} hours on two cores for`);
});

it('the committed results are small', () => {
  const files = readdirSync(join(root, 'results'), { recursive: true, encoding: 'utf8' });
  const bytes = files.map(name => statSync(join(root, 'results', name))).filter(entry => entry.isFile());
  expect(bytes.reduce((sum, { size }) => sum + size, 0) / 1e6).toBeLessThanOrEqual(30);
});
