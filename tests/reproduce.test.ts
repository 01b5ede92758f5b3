import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const BIN = join(import.meta.dirname, '../packages/experiments/bin/sparse-rnn.js');
let cwd: string;

function sparseRnn(...args: string[]) {
  return spawnSync(process.execPath, [BIN, ...args], {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, SPARSE_RNN_DATA: '' },
  });
}

/** Every table and figure, trained at the scale that takes seconds a run. */
describe('sparse-rnn reproduce --scale quick', () => {
  beforeAll(() => {
    cwd = mkdtempSync(join(tmpdir(), 'sparse-rnn-reproduce-'));
  });
  afterAll(() => rmSync(cwd, { recursive: true, force: true }));

  it('trains every run of every table and figure, and builds a page for each', () => {
    const { status, stdout, stderr } = sparseRnn('reproduce', '--scale', 'quick');
    expect([status, stderr]).toEqual([0, '']);
    const [, finished, planned] = /(\d+) of (\d+) finished/.exec(stdout)!;
    expect(Number(finished)).toBe(Number(planned));
    const runs = join(cwd, 'runs/quick');
    const { exhibits } = JSON.parse(readFileSync(join(runs, 'plan.json'), 'utf8'));
    const names: string[] = exhibits.flatMap(({ groups }) =>
      groups.flatMap(({ rows }) => rows.flatMap(row => row.runs.map(({ run }) => run))),
    );
    expect(names.filter(name => !existsSync(join(runs, name, 'DONE')))).toEqual([]);
    for (const { id, kind, view } of exhibits) {
      const page = readFileSync(join(cwd, 'report/quick', `${id}.html`), 'utf8');
      expect(page, id).toContain('<dt>State</dt><dd>complete</dd>');
      if (kind === 'figure') expect(page, id).toContain('data-figure=');
      if (view.kind === 'quality') expect(page, id).toMatch(new RegExp(`<section id="${id}(-1)?" class="block">`));
      if (view.kind === 'cost') expect(page, id).toMatch(/data-column="peak_rss_bytes"/);
      // What is told is of costs where these are the question, and of quality elsewhere.
      const told = /<h2>Result<\/h2>(.*?)<\/section>/s.exec(page)![1];
      expect(told.includes('of the time a token'), id).toBe(['cost', 'step-cost'].includes(view.kind));
    }
    expect(readdirSync(join(cwd, 'report/quick/index-files')).length).toBeGreaterThan(exhibits.length);
  }, 600_000);

  it('reuses all of them the second time, and lists what is finished', () => {
    const again = sparseRnn('reproduce', 'table-6', '--scale', 'quick', '--train-only');
    expect(again.stdout).toContain('5 of them were finished before and are reused');
    const list = sparseRnn('reproduce', '--scale', 'quick', '--list');
    expect(list.stdout).toMatch(/table-1 +Penn Treebank, LSTM +24 of 24/);
    expect(list.stdout).toMatch(/table-3 .* 4 of 4/);
  }, 60_000);

  it('refuses an unknown table with the nearest name', () => {
    const { status, stderr } = sparseRnn('reproduce', 'table-11');
    expect(status).toBe(2);
    expect(stderr).toMatch(/Unknown table or figure 'table-11'.*table-1/);
  });
});
