import { basename, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { rng } from '@sparse-rnn/core';
import { expect, it } from 'vitest';
import { cli, startCli, tinySettings, writeCorpus } from '../testing/cli.ts';
import { outcome, temporaryFolder } from '../testing/runs.ts';

const KILLS = 20;
const SEED = 1;

it(`a run killed ${KILLS} times at random moments ends with the weights, topology, optimizer state and log of one left alone`, async () => {
  const cwd = temporaryFolder();
  const data = writeCorpus(join(cwd, 'corpus'), 400);
  const start = (runs: string, threads: number, ...more: string[]) => {
    const settings = tinySettings({ data, epochs: 5, optimizer: 'adam', learningRate: 0.01 });
    const args = ['run', 'demo', ...settings, '--runs', runs, '--threads', String(threads), '--json', ...more];
    return startCli([...args, '--checkpoint-seconds', '0.05'], { cwd });
  };
  const whole = await start('whole', 1).ended;
  expect(whole).toMatchObject({ code: 0 });
  const reference = JSON.parse(whole.stdout).runDir;
  const expected = outcome(reference);
  const runDir = join(cwd, 'killed', basename(reference));

  const moments = rng(SEED, 'kill');
  let kills = 0;
  let finished = 0;
  while (kills < KILLS) {
    // Threads change on the way: the result must not depend on them either.
    const process = start('killed', moments.integer(8) === 0 ? 2 : 1);
    const early = moments.integer(4) === 0;
    if (!early) await process.seen(/engine simd/).catch(() => {});
    await wait(moments.float() * (early ? 600 : 300));
    if (process.child.kill('SIGKILL')) await process.ended;
    const { signal, code, stderr } = await process.ended;
    if (signal === 'SIGKILL') kills++;
    else {
      expect([code, stderr]).toEqual([0, expect.any(String)]);
      expect(outcome(runDir), `seed ${SEED}, after ${kills} kills`).toEqual(expected);
      finished++;
      // It was finished before all kills were spent: kill another one.
      await start('killed', 1, '--fresh', '--max-steps', '1').ended;
    }
  }
  const last = await cli(['resume', runDir, '--threads', '1'], { cwd });
  expect(last).toMatchObject({ code: 0 });
  expect(outcome(runDir), `seed ${SEED}, after ${kills} kills and ${finished} finished runs`).toEqual(expected);
}, 180_000);
