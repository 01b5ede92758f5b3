import { join } from 'node:path';
import { readSnapshot } from '@sparse-rnn/core';
import { describe, expect, it } from 'vitest';
import { cli, tinySettings, writeCorpus } from '../testing/cli.ts';
import { temporaryFolder } from '../testing/runs.ts';
import type { EngineRow } from './engine.ts';

/** Engines that start here, as the command itself tells. */
async function list(): Promise<EngineRow[]> {
  const { code, stdout, stderr } = await cli(['engine', 'list', '--json'], { cwd: temporaryFolder() });
  expect([code, stderr]).toEqual([0, '']);
  return stdout
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line));
}

describe('sparse-rnn engine list', () => {
  it('tells of every engine whether it starts, its threads, and otherwise why not and what to do', async () => {
    const rows = await list();
    expect(rows.map(({ engine }) => engine)).toEqual(['simd', 'cpu', 'tensorflow']);
    for (const { engine, starts, threads, what, problem } of rows) {
      expect(what.length, engine).toBeGreaterThan(10);
      if (starts) expect(threads, engine).toBeGreaterThan(0);
      else expect(problem, engine).toMatch(/^expected .*, got .*; .*npx sparse-rnn engine install /);
    }
    const expected = (process.env.EXPECT_ENGINES ?? 'simd,cpu').split(',');
    for (const name of expected) expect(rows.find(({ engine }) => engine === name)?.starts, name).toBe(true);
    const { stdout } = await cli(['engine', 'list'], { cwd: temporaryFolder() });
    expect(stdout).toMatch(/^engine +starts here +threads\nsimd .* yes +\d+\n/);
  });
});

describe('sparse-rnn engine install', () => {
  it('refuses an engine that is not installed this way', async () => {
    const { code, stderr } = await cli(['engine', 'install', 'simd'], { cwd: temporaryFolder() });
    expect([code, stderr]).toEqual([2, expect.stringMatching(/'simd' is invalid.*Allowed choices are tensorflow/)]);
  });

  it.each([
    ['Python', 'PYTHON', /expected Python 3 with pip as '.*none', .*, got "no program .*none"; install it .*PYTHON=/],
    ['a compiler', 'CXX', /expected a C\+\+ compiler as '.*none', .*, got "no program .*none"; install it .*CXX=/],
  ])('without %s: one clear error, exit code 2, and nothing changed', async (_what, variable, message) => {
    const cwd = temporaryFolder();
    const before = await list();
    const env = {
      // The own script's host, out of reach; and a cache of the test's own.
      TFJS_NODE_CDN_STORAGE: 'http://127.0.0.1:1/',
      XDG_CACHE_HOME: join(cwd, 'cache'),
      [variable]: join(cwd, 'none'),
    };
    const { code, stdout, stderr } = await cli(['engine', 'install', 'tensorflow', '--fresh'], { cwd, env });
    expect(stderr).toMatch(message);
    expect(stdout).toMatch(/found no way: http:\/\/127\.0\.0\.1:1\/ did not answer/);
    expect([code, await list()]).toEqual([2, before]);
  });
});

describe('the engines of this machine', () => {
  it('train the same run to the same weights and perplexity', async () => {
    const cwd = temporaryFolder();
    const data = writeCorpus(join(cwd, 'corpus'), 60);
    const settings = tinySettings({ data, epochs: 1 });
    const results = new Map<string, { runDir: string; bestValidationPerplexity: number; steps: number }>();
    for (const { engine } of (await list()).filter(({ starts }) => starts)) {
      const args = ['run', 'demo', ...settings, '--engine', engine, '--runs', engine, '--json'];
      const { code, stdout, stderr } = await cli(args, { cwd });
      expect(code, stderr).toBe(0);
      // Nothing of the engine's own on stderr: every line is one of ours.
      expect(stderr).toMatch(new RegExp(`^training demo.*\nengine ${engine}, .*\n(epoch .*\n)?finished in .*\n$`));
      results.set(engine, JSON.parse(stdout));
    }
    const simd = results.get('simd')!;
    expect(simd.steps).toBeGreaterThan(10);
    const weights = (runDir: string) => readSnapshot(runDir, 'checkpoint').tensors;
    for (const [engine, result] of results) {
      const difference = result.bestValidationPerplexity / simd.bestValidationPerplexity - 1;
      expect(Math.abs(difference), engine).toBeLessThan(1e-4);
      const [here, there] = [weights(result.runDir), weights(simd.runDir)];
      for (const [name, { data: values }] of Object.entries(here)) {
        const apart = Array.from(values, (value, i) => Math.abs(value - there[name].data[i]));
        expect(Math.max(...apart), `${name} of ${engine}`).toBeLessThan(1e-3);
      }
    }
  });
});
