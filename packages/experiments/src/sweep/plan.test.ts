import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { RunLock } from '../run/lock.ts';
import { PLAN_FILE, PLAN_SCHEMA, type PlannedExhibit, readPlan } from '../runlog/plan.ts';
import { UsageError } from '../specs/usageError.ts';
import { temporaryFolder } from '../testing/runs.ts';
import { writePlan } from './plan.ts';

const exhibit = (id: string, title = id): PlannedExhibit => ({
  ...{ id, kind: 'table', title, question: 'q', setting: 's', command: 'c', view: { kind: 'quality' }, published: [] },
  groups: [{ title: 'g', rows: [{ label: 'l', settings: { method: 'set' }, runs: [{ run: 'a', seed: 1 }] }] }],
});

function exhibitsIn(folder: string): PlannedExhibit[] {
  const plan = readPlan(folder);
  if (plan === undefined || 'reason' in plan) throw new Error(`expected a plan, got ${plan?.reason ?? 'none'}`);
  return plan.exhibits;
}

const scales = (folder: string) => exhibitsIn(folder).map(({ id, scale }) => [id, scale]);

describe('writePlan', () => {
  it('keeps what is planned, each exhibit with its own scale, and replaces what comes again', async () => {
    const folder = temporaryFolder();
    await writePlan(folder, 'desk', [exhibit('table-1'), exhibit('figure-1')], ['table-1', 'table-2', 'figure-1']);
    await writePlan(folder, 'study', [exhibit('own')]);
    await writePlan(
      folder,
      'quick',
      [exhibit('table-2'), exhibit('figure-1', 'new')],
      ['table-1', 'table-2', 'figure-1'],
    );
    expect(scales(folder)).toEqual([
      ['table-1', 'desk'],
      ['table-2', 'quick'],
      ['figure-1', 'quick'],
      ['own', 'study'],
    ]);
    expect(exhibitsIn(folder)[2].title).toBe('new');
    expect(readdirSync(folder)).toEqual([PLAN_FILE]);
  });

  it('gives the exhibits of a plan of one scale that scale, and leaves such a plan alone where nothing is new', async () => {
    const folder = temporaryFolder();
    const old = JSON.stringify({ schema: PLAN_SCHEMA, scale: 'desk', exhibits: [exhibit('table-1')] });
    writeFileSync(join(folder, PLAN_FILE), old);
    // Another process is at work: nothing is to be written, so nothing is waited for.
    const lock = RunLock.take(folder);
    await writePlan(folder, 'desk', [exhibit('table-1')]);
    lock.release();
    expect(exhibitsIn(folder)[0].scale).toBeUndefined();
    await writePlan(folder, 'study', [exhibit('own')]);
    expect(scales(folder)).toEqual([
      ['table-1', 'desk'],
      ['own', 'study'],
    ]);
  });

  it('leaves a plan that cannot be read as it is, and says what to do', async () => {
    const folder = temporaryFolder();
    const path = join(folder, PLAN_FILE);
    await writePlan(folder, 'desk', [exhibit('table-1'), exhibit('own')]);
    const damaged = readFileSync(path, 'utf8').replace('"title": "own"', '"title": "owm"');
    writeFileSync(path, damaged);
    const writing = writePlan(folder, 'desk', [exhibit('table-2')]);
    await expect(writing).rejects.toThrow(UsageError);
    await expect(writing).rejects.toThrow(
      /plan\.json: expected the plan .* was changed since it was written\. Put it back/,
    );
    expect(readFileSync(path, 'utf8')).toBe(damaged);
    expect(readdirSync(folder)).toEqual([PLAN_FILE]);
  });

  it('waits for another process that writes, and adds to what that wrote', async () => {
    const folder = temporaryFolder();
    const lock = RunLock.take(folder);
    const waiting = writePlan(folder, 'quick', [exhibit('figure-1')]);
    writeFileSync(
      join(folder, PLAN_FILE),
      JSON.stringify({ schema: PLAN_SCHEMA, scale: 'desk', exhibits: [exhibit('table-1')] }),
    );
    await new Promise(resolve => setTimeout(resolve, 100));
    expect(scales(folder)).toEqual([['table-1', undefined]]);
    lock.release();
    await waiting;
    expect(scales(folder)).toEqual([
      ['table-1', 'desk'],
      ['figure-1', 'quick'],
    ]);
  });

  it('loses none of the exhibits that several processes plan at the same time', async () => {
    const folder = temporaryFolder();
    const ids = Array.from({ length: 12 }, (_, k) => `table-${k}`);
    const script = `
      import { writePlan } from ${JSON.stringify(new URL('../../dist/internal.js', import.meta.url).href)};
      const exhibit = ${JSON.stringify(exhibit('ID'))};
      for (const id of process.argv.slice(1)) await writePlan(${JSON.stringify(folder)}, 'quick', [{ ...exhibit, id }]);`;
    const write = (some: string[]) =>
      promisify(execFile)(process.execPath, ['--input-type=module', '-e', script, ...some]);
    await Promise.all([ids.slice(0, 6), ids.slice(6)].map(write));
    expect(
      exhibitsIn(folder)
        .map(({ id }) => id)
        .sort(),
    ).toEqual([...ids].sort());
  }, 30_000);
});

it('reads the committed plan of the desk runs', () => {
  const folder = join(import.meta.dirname, '../../../../results/desk');
  expect(exhibitsIn(folder).map(({ id }) => id)).toContain('table-1');
});
