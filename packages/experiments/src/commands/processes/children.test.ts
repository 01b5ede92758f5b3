import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cli, startCli, tinySettings, writeCorpus } from '../../testing/cli.ts';
import { temporaryFolder } from '../../testing/runs.ts';

/** A folder with a small corpus, and the arguments that train three seeds on it. */
function threeSeeds(settings: Record<string, string | number> = {}) {
  const cwd = temporaryFolder();
  const data = writeCorpus(join(cwd, 'corpus'), 60);
  return {
    cwd,
    args: ['run', 'demo', ...tinySettings({ data, ...settings }), '--threads', '1', '--seeds', '1,2,3', '--json'],
  };
}

const results = (stdout: string) =>
  stdout
    .trimEnd()
    .split('\n')
    .map(line => {
      const { seed, status } = JSON.parse(line);
      return [seed, status];
    });

describe('sparse-rnn run --seeds', () => {
  it('trains every seed as far as --max-steps', async () => {
    const { cwd, args } = threeSeeds();
    const { code, stdout } = await cli([...args, '--max-steps', '2'], { cwd });
    expect([code, results(stdout)]).toEqual([0, [1, 2, 3].map(seed => [seed, 'stopped'])]);
  });

  it('goes on with the next seed after one that fails, and ends with exit code 1', async () => {
    const { cwd, args } = threeSeeds({ learningRate: 1000, clip: 0, optimizer: 'momentum', momentum: 0.99 });
    const { code, stdout } = await cli(args, { cwd });
    expect([code, results(stdout)]).toEqual([1, [1, 2, 3].map(seed => [seed, 'failed'])]);
  });

  it('goes on with the next seed after one that cannot be begun, and ends with its exit code', async () => {
    const { cwd, args } = threeSeeds({ epochs: 1 });
    const stopped = await cli([...args, '--max-steps', '1'], { cwd });
    const checkpoint = join(JSON.parse(stopped.stdout.split('\n')[0]).runDir, 'checkpoint.safetensors');
    writeFileSync(checkpoint, readFileSync(checkpoint).subarray(0, 300));
    const { code, stdout, stderr } = await cli(args, { cwd });
    expect([code, results(stdout)]).toEqual([2, [2, 3].map(seed => [seed, 'finished'])]);
    expect(stderr).toMatch(/checkpoint\.safetensors is damaged/);
  });

  it('saves a checkpoint on Ctrl-C, ends with 130, and says which seeds were not begun', async () => {
    const { cwd, args } = threeSeeds({ epochs: 1000 });
    const { child, seen, ended } = startCli(args, { cwd });
    await seen(/epoch +1\/1000/);
    child.kill('SIGINT');
    const { code, stdout, stderr } = await ended;
    expect([code, results(stdout)]).toEqual([130, [[1, 'interrupted']]]);
    expect(stderr).toMatch(/Not begun: seed=2, seed=3\. Start the same command again, without --fresh, to go on\.\n$/);
  });
});
