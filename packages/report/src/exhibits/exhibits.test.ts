import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { PLAN_SCHEMA, type View } from '@sparse-rnn/experiments/runlog';
import { describe, expect, it } from 'vitest';
import { loadRuns } from '../load/index.ts';
import { loadSummarise } from '../tables/statistics.ts';
import type { Table } from '../tables/table.ts';
import { temporaryFolder } from '../testing/folders.ts';
import { type SyntheticExhibit, writeStudy } from '../testing/syntheticPlan.ts';
import { writeRun } from '../testing/syntheticRuns.ts';
import { exhibitBlocks } from './index.ts';
import { resultTables } from './results.ts';

/** An exhibit of dense, and of set at two densities, with two seeds each; what `without` names has no folder. */
async function blocksOf(view: View, { without = 0, published = [] as string[] } = {}) {
  const root = temporaryFolder();
  const settings = [
    { method: 'dense', density: 1 },
    { method: 'set', density: 0.1 },
    { method: 'set', density: 0.5 },
  ];
  const rows = settings.map(setting => ({
    label: `${setting.method} ${setting.density}`,
    settings: setting,
    runs: [1, 2].map(seed => ({ run: basename(writeRun(root, { ...setting, seed, epochs: 2 })), seed })),
  }));
  for (let k = 0; k < without; k++) rows[0].runs.push({ run: `missing-${k}`, seed: 3 + k });
  const head = { id: 'table-1', kind: 'table', title: 'A title', question: 'q', setting: 's', command: 'c' };
  const plan = {
    schema: PLAN_SCHEMA,
    scale: 'quick',
    exhibits: [{ ...head, view, published, groups: [{ title: 'g', rows }] }],
  };
  writeFileSync(join(root, 'plan.json'), JSON.stringify(plan));
  const loaded = loadRuns([root]);
  const [exhibit] = loaded.plans[0].exhibits;
  return { loaded, exhibit, blocks: exhibitBlocks(exhibit, loaded, await loadSummarise()) };
}

describe('exhibitBlocks', () => {
  it('shows means, paired differences and runs of a table of quality, though planned runs are not there', async () => {
    const { blocks, exhibit } = await blocksOf({ kind: 'quality' }, { without: 2 });
    expect(blocks.map(({ content }) => content.id)).toEqual(['table-1', 'differences', 'runs']);
    expect(exhibit.runs.filter(({ run }) => run === undefined)).toHaveLength(2);
  });

  it('has a row for every planned row, missing ones too, and bold where it is better than all others beyond chance', async () => {
    const root = temporaryFolder();
    const runs = (method: string, density: number, values: number[]) =>
      values.map((testPerplexity, index) => ({ method, density, testPerplexity, seed: index + 1 }));
    const rows = [
      ...runs('dense', 1, [100, 101, 102]),
      ...runs('static', 0.2, [97, 99, 98]),
      ...runs('set', 0.2, [90, 91.5, 92]),
    ];
    const result = async (more: Partial<SyntheticExhibit>) => {
      writeStudy(root, [{ id: 'table-1', rows, ...more }]);
      const loaded = loadRuns([root]);
      return resultTables(loaded.plans[0].exhibits[0], loaded.studies, await loadSummarise())[0];
    };
    const texts = (table: Table, key: string) => {
      const index = table.columns.findIndex(column => column.key === key);
      return table.rows.map(cells => (cells[index].bold ? `*${cells[index].text}*` : cells[index].text));
    };
    const whole = await result({});
    expect(texts(whole, 'method')).toEqual(['dense', 'static', 'set']);
    expect(texts(whole, 'seeds')).toEqual(['3', '3', '3']);
    expect(texts(whole, 'test_perplexity_mean')).toEqual(['101.00', '98.00', '*91.17*']);
    // -10, -9.5, -10: mean -9.83, standard deviation .2887, t(2) = 4.303.
    expect(texts(whole, 'test_perplexity_difference')).toEqual(['–', '−3.00', '−9.83']);
    expect(texts(whole, 'test_perplexity_difference_interval95')[2]).toBe('±\u00a00.72');
    expect(whole.caption).toContain('Bold: better than every other row');
    // As long as one row has no results, nothing is the best of all.
    const open = await result({ missing: 3 });
    expect(texts(open, 'seeds')).toEqual(['3', '3', '3', 'missing']);
    expect(texts(open, 'test_perplexity_mean')).toEqual(['101.00', '98.00', '91.17', '–']);
    expect(open.rows[3][0].anchor).toBeUndefined();
    expect(open.caption).toContain('No result is bold');
    // Nor is a single run, however good.
    const single = await result({ rows: [...rows, ...runs('rigl', 0.2, [50])] });
    expect(texts(single, 'seeds').at(-1)).toBe('single run');
    expect(single.rows.flat().some(({ bold }) => bold)).toBe(false);
  });

  it('shows what others have published in a table of its own, which leads to no run', async () => {
    const { blocks } = await blocksOf({ kind: 'quality' }, { published: ['ptb-lstm', 'imdb'] });
    const { kind, content } = blocks.at(-1)!;
    if (kind !== 'table') throw new Error('expected a table last');
    expect(content.title).toBe('Published by others');
    const column = (key: string) => content.rows.map(row => row[content.columns.findIndex(each => each.key === key)]);
    expect(column('test').map(({ text }) => text)).toEqual(expect.arrayContaining(['71.65', '84.10 %']));
    // What is trained at scale paper is not what the page shows.
    expect(content.caption).toContain('the runs on this page are of scale quick, where language models are smaller');
    expect(content.rows.flat().every(({ anchor }) => anchor === undefined)).toBe(true);
    for (const key of ['source', 'setting', 'difference'])
      expect(
        column(key).every(({ text }) => text !== ''),
        key,
      ).toBe(true);
  });

  it('draws measured time and memory against density, the dense ones as level lines', async () => {
    const { blocks, loaded } = await blocksOf({ kind: 'step-cost' });
    const { content } = blocks[0];
    if (!('variants' in content) || content.kind !== 'chart') throw new Error('expected a chart first');
    const { panels, series } = content.variants[0].content;
    expect(panels.map(({ title }) => title)).toEqual(['Time of a step', 'Heap of the engine', 'The whole process']);
    const runs = loaded.runs.filter(({ method }) => method === 'dense');
    const dense = series.find(({ name, kind, panel }) => name === 'dense' && kind === 'line' && panel === 0)!;
    expect(dense.x).toEqual([0.1, 1]);
    expect(dense.y[0]).toBeCloseTo(runs.reduce((sum, run) => sum + run.stepMs!, 0) / runs.length, 9);
    expect(dense.y[1]).toBe(dense.y[0]);
    const memory = series.find(({ name, kind, panel }) => name === 'dense' && kind === 'line' && panel === 2)!;
    expect(memory.y[0]).toBeCloseTo(runs.reduce((sum, run) => sum + run.peakRssBytes!, 0) / runs.length / 1e6, 9);
  });

  it('draws a line per method against a setting, with dense as a level line, from the mean over the seeds', async () => {
    const { blocks, loaded } = await blocksOf({ kind: 'against', x: ['density'], series: 'method' });
    const [{ kind, content }] = blocks;
    if (kind !== 'figure' || content.kind !== 'chart') throw new Error('expected a chart first');
    const { series } = content.variants[0].content;
    const line = (name: string) => series.find(each => each.name === name && each.kind === 'line')!;
    const mean = (method: string, density: number) => {
      const values = loaded.runs.filter(run => run.method === method && run.density === density);
      return values.reduce((sum, run) => sum + run.testPerplexity!, 0) / values.length;
    };
    expect(line('set').x).toEqual([0.1, 0.5]);
    expect(line('set').y).toEqual([mean('set', 0.1), mean('set', 0.5)]);
    expect(line('dense').x).toEqual([0.1, 1]);
    expect(line('dense').y).toEqual([mean('dense', 1), mean('dense', 1)]);
    expect(content.csv.rows).toHaveLength(6);
  });

  it('has a panel for each axis', async () => {
    const { blocks } = await blocksOf({ kind: 'against', x: ['parameters', 'flops'], series: 'method' });
    const { content } = blocks[0];
    if (!('variants' in content) || content.kind !== 'chart') throw new Error('expected a chart first');
    expect(content.variants[0].content.panels.map(({ title }) => title)).toEqual([
      'Parameters',
      'Training FLOPs per token',
    ]);
  });

  it.each([
    ['cost', ['cost']],
    ['curves', ['curves-demo-sotu']],
    ['explored', ['explored-demo-sotu']],
    ['distance', []],
  ] as const)('shows %s as %j', async (kind, ids) => {
    const { blocks } = await blocksOf({ kind } as View);
    expect(blocks.map(({ content }) => content.id)).toEqual(ids);
  });
});
