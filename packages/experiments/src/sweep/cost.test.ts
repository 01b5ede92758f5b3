import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { METHODS } from '@sparse-rnn/core';
import { describe, expect, it, vi } from 'vitest';
import { run } from '../run/runner.ts';
import type { OpenWorkbench } from '../run/types.ts';
import { readRunLog } from '../runlog/reader.ts';
import { knownNames } from '../specs/knownNames.ts';
import { createSpec } from '../specs/spec.ts';
import { writeCorpus } from '../testing/cli.ts';
import { temporaryFolder } from '../testing/runs.ts';
import { CostCounter, calibrate } from './cost.ts';

/** Tokens read and FLOPs spent, as the log of a finished run has them. */
async function spent(spec: ReturnType<typeof createSpec>) {
  const { runDir, status } = await run(temporaryFolder(), spec, { threads: 1 });
  const log = readRunLog(runDir);
  if (status !== 'finished' || !('start' in log)) throw new Error(`${status}: ${'reason' in log && log.reason}`);
  const { flopsSpent } = log.done!;
  return { start: log.start, perToken: flopsSpent!.training + flopsSpent!.method };
}

const METHOD_NAMES = [...METHODS.keys()];
/** `snfs` needs an optimizer that has a momentum; `selfish` brings its own. */
const optimizerOf = (method: string) => (method === 'selfish' ? {} : { optimizer: 'momentum' });
const tiny = { hidden: 12, embedding: 10, layers: 1, batch: 4, evaluationBatch: 4, epochs: 3, learningRate: 0.1 };

describe('the planned FLOPs of a run are those that it then spends', () => {
  it.each(METHOD_NAMES)('%s, language model', async method => {
    const data = writeCorpus(join(temporaryFolder(), 'corpus'), 30);
    const settings = { ...tiny, ...optimizerOf(method), data, method, window: 8, dataShare: 0.7, pruneSteps: 3 };
    const spec = createSpec(
      'demo',
      method.startsWith('dense') ? settings : { ...settings, density: 0.3 },
      knownNames(),
    );
    const cost = await new CostCounter().cost(spec);
    const { start, perToken } = await spent(spec);
    // 30 lines of 12 words and their end: 273 of them in four streams of 68, eight windows of 8.
    expect([start.dataset.tokens.train, cost.tokens]).toEqual([273, 3 * 8 * 4 * 8]);
    const ratio = cost.flops / (cost.tokens * perToken);
    if (!cost.exact) expect(Math.abs(ratio - 1), `${ratio}`).toBeLessThan(0.25);
    else expect(ratio).toBeCloseTo(1, 9);
  });

  it.each(METHOD_NAMES)('%s, classifier', async method => {
    const file = join(temporaryFolder(), 'own.csv');
    const rows = Array.from({ length: 60 }, (_, row) => `${row % 2},${'a b c d e f g h'.slice(0, 3 + 2 * (row % 7))}`);
    writeFileSync(file, ['label,text', ...rows].join('\n'));
    const settings = { ...tiny, ...optimizerOf(method), data: `csv:${file}`, method, csvLabel: 'label', minCount: 1 };
    const spec = createSpec('csv', method.startsWith('dense') ? settings : { ...settings, density: 0.3 }, knownNames());
    const cost = await new CostCounter().cost(spec);
    const { start, perToken } = await spent(spec);
    expect(cost.tokens).toBe(3 * start.dataset.tokens.train);
    // Every step counts alike in the plan, and by its tokens in the run.
    expect(Math.abs(cost.flops / (cost.tokens * perToken) - 1)).toBeLessThan(cost.exact ? 0.05 : 0.25);
  });
});

describe('calibrate', () => {
  const spec = (settings: Record<string, unknown>) => createSpec('demo', settings, knownNames());

  /**
   * Workbenches whose steps take so many milliseconds a token on a clock of their own: ten times as many until `slow`
   * milliseconds have passed.
   */
  function clocked(
    msPerToken: (method: string) => number,
    lengths: (seed: number) => number[],
    slow = 100,
  ): OpenWorkbench {
    let now = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => now);
    return async ({ method, seed }) => {
      const begin = now;
      let steps = 0;
      const step = () => {
        const tokens = lengths(seed)[steps++ % lengths(seed).length];
        now += tokens * msPerToken(method) * (now - begin < slow ? 10 : 1);
        return { tokens };
      };
      const bench = { trainer: { step }, engine: { busy() {} }, dispose: async () => {} };
      return bench as unknown as Awaited<ReturnType<OpenWorkbench>>;
    };
  }

  it('of texts does not depend on which batches were sampled', async () => {
    const lengths = (seed: number) => (seed === 1 ? [50, 20, 20, 30] : [50, 900, 2000, 5]);
    const open = clocked(() => 0.5, lengths);
    for (const seed of [1, 2]) {
      const each = spec({ seed });
      const times = await calibrate(new Map([[each, { tokens: 100_000, denseShare: 0 }]]), 1, () => {}, open);
      expect(times.get(each)).toBeCloseTo(50, 9);
    }
  });

  it('counts no step from before the code was compiled, though steps be short', async () => {
    const each = spec({});
    const open = clocked(
      () => 0.05,
      () => [10],
      240,
    );
    const times = await calibrate(new Map([[each, { tokens: 1_000_000, denseShare: 0 }]]), 1, () => {}, open);
    expect(times.get(each)).toBeCloseTo(50, 9);
  });

  it('takes the settings of all seeds once, and runs that are pruned between dense and static steps', async () => {
    const opened: string[] = [];
    const open = clocked(
      method => (method === 'gmp' ? 4 : 1),
      () => [10, 10, 10, 10],
    );
    const specs = [spec({ method: 'gmp', seed: 1 }), spec({ method: 'gmp', seed: 2 }), spec({ method: 'static' })];
    const costs = specs.map(each => [each, { tokens: 1000, denseShare: each.method === 'gmp' ? 0.25 : 0 }] as const);
    const times = await calibrate(
      new Map(costs),
      1,
      () => {},
      (each, options) => {
        opened.push(each.method);
        // Not one step of it comes after a pruning.
        if (each.method === 'gmp') expect([each.pruneBegin, each.pruneEnd]).toEqual([1, 1]);
        return open(each, options);
      },
    );
    expect(specs.map(each => times.get(each))).toEqual([1.75, 1.75, 1]);
    expect(opened).toEqual(['gmp', 'static']);
  });
});
