import { existsSync, rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from '../run/runner.ts';
import { findExhibits } from '../specs/catalogue.ts';
import { planExhibit } from '../sweep/plan.ts';
import { cli, startCli } from '../testing/cli.ts';
import { fakeWorkbench } from '../testing/fakeWorkbench.ts';
import { temporaryFolder } from '../testing/runs.ts';

/** A folder for an exhibit at the scale that takes seconds a run, and the runs that it needs. */
function quick(exhibit: string) {
  const cwd = temporaryFolder();
  const [found] = findExhibits([exhibit]);
  const { runs } = planExhibit(found, 'quick');
  return { cwd, args: ['reproduce', exhibit, '--scale', 'quick', '--runs', 'runs', '--out', 'report'], runs };
}

describe('sparse-rnn reproduce', () => {
  it('ends on Ctrl-C with 130 and without a report, also where a run has failed', async () => {
    const { cwd, args, runs } = quick('table-6');
    const failed = await run(join(cwd, 'runs'), runs[0].spec, { open: fakeWorkbench({ nanAtStep: 3 }) });
    expect(failed.status).toBe('failed');
    const { child, seen, ended } = startCli([...args, '--jobs', '1'], { cwd });
    await seen(/finished, test/);
    child.kill('SIGINT');
    const { code, stdout } = await ended;
    expect(code).toBe(130);
    expect(stdout).toMatch(/failed: .* Train it again with --retry/);
    expect(stdout).not.toContain('Report: report');
    expect(existsSync(join(cwd, 'report'))).toBe(false);
  });

  it('says which models it cannot compare, and builds the report also where distances.json is damaged', async () => {
    const { cwd, args, runs } = quick('figure-8');
    for (const { spec } of runs) await run(join(cwd, 'runs'), spec, { threads: 1 });
    const models = runs.map(({ name }) => join(cwd, 'runs', name, 'best.safetensors'));
    rmSync(models[0]);
    truncateSync(models[1], 100);
    const told = await cli(args, { cwd });
    expect(told).toMatchObject({ code: 0, stderr: '' });
    expect(told.stdout).toContain(`\n1 runs have no model file (best.safetensors) to compare: ${runs[0].name}\n`);
    expect(told.stdout).toMatch(new RegExp(`\n${runs[1].name} is left out: .*best\\.safetensors is damaged`));
    rmSync(join(cwd, 'report'), { recursive: true });
    truncateSync(join(cwd, 'runs', 'distances.json'), 100);
    const damaged = await cli(args, { cwd });
    expect(damaged).toMatchObject({ code: 2, stderr: expect.stringMatching(/^runs\/distances\.json: expected .*\n$/) });
    expect(damaged.stdout).toContain('Report: report/index.html');
    expect(existsSync(join(cwd, 'report/index.html'))).toBe(true);
  }, 60_000);

  it('lists tables and figures, with --json a line of JSON for each', async () => {
    const { cwd, args, runs } = quick('table-6');
    const finished = await run(join(cwd, 'runs'), runs[0].spec, { open: fakeWorkbench() });
    expect(finished.status).toBe('finished');
    const { code, stdout } = await cli([...args, 'figure-1', '--list', '--json'], { cwd });
    expect(code).toBe(0);
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map(line => JSON.parse(line)),
    ).toEqual([
      { exhibit: 'table-6', title: expect.any(String), finished: 1, runs: runs.length },
      { exhibit: 'figure-1', title: expect.any(String), finished: expect.any(Number), runs: expect.any(Number) },
    ]);
  });
});
