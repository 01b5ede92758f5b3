import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildReport } from './build.ts';
import { loadRuns } from './load/index.ts';
import { stateOf, stateText } from './load/plans.ts';
import { claimParagraph } from './pages/claim.ts';
import { withUniqueIds } from './parts.ts';
import { loadSummarise } from './tables/statistics.ts';
import { loadSynthetic, temporaryFolder } from './testing/folders.ts';
import { writeStudy } from './testing/syntheticPlan.ts';
import { type SyntheticRun, writeRun } from './testing/syntheticRuns.ts';

const seeds = (method: string, density: number, values: number[]): SyntheticRun[] =>
  values.map((testPerplexity, index) => ({ method, density, seed: index + 1, testPerplexity }));

/** Runs of both tasks and a plan with a table, a figure, and one whose id is that of a page of the report. */
function studyFolder(): string {
  const root = temporaryFolder();
  const rows = [...seeds('dense', 1, [100, 101]), ...seeds('set', 0.1, [98, 104])];
  writeStudy(join(root, 'runs', 'mine'), [
    { id: 'table-1', rows },
    { id: 'figure-1', rows, missing: 1 },
    { id: 'compare', rows: [] as SyntheticRun[], missing: 2 },
  ]);
  for (const method of ['dense', 'set'])
    writeRun(join(root, 'runs'), {
      task: 'classification',
      method,
      density: method === 'set' ? 0.2 : 1,
      dataset: 'imdb',
    });
  return root;
}

/** What the pages of a report link to that is not there. */
function brokenLinks(pages: readonly string[]): string[] {
  const text = new Map(pages.map(file => [resolve(file), readFileSync(file, 'utf8')]));
  const ids = new Map(
    [...text].map(([file, page]) => [file, new Set([...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id))]),
  );
  return [...text].flatMap(([file, page]) => {
    const data = [...page.matchAll(/"anchor":"([^"]+)"/g)].map(([, address]) => address);
    const links = [...page.matchAll(/ href="([^"]+)"/g)].map(([, address]) => address);
    return [...new Set([...links, ...data])].flatMap(address => {
      const [path, id] = address.split('#');
      const target = path === '' ? file : resolve(dirname(file), decodeURIComponent(path));
      const broken = `${basename(file)}: ${address}`;
      if (!existsSync(target)) return [broken];
      if (id === undefined) return [];
      const [, a, b] = /^compare:(.*),(.*)$/.exec(id) ?? [];
      // The two runs of a comparison are options of the page, named by the ids of their sections.
      if (a !== undefined) return text.get(target)!.includes(`value="${a}"`) && b === '' ? [] : [broken];
      return ids.get(target)?.has(id) ? [] : [broken];
    });
  });
}

describe('links', () => {
  it.each([false, true])('all lead to something, single file: %s', async singleFile => {
    const root = studyFolder();
    const { pages, exhibits } = await buildReport({
      runs: [join(root, 'runs')],
      out: join(root, 'r.html'),
      singleFile,
    });
    expect([pages.length, exhibits]).toEqual(singleFile ? [1, 3] : [13, 3]);
    expect(brokenLinks(pages)).toEqual([]);
    if (singleFile) return;
    // What this test is there for.
    writeFileSync(pages[0], '<a href="r-table-1.html#nowhere"></a> <a href="gone.html"></a>');
    expect(brokenLinks(pages)).toEqual(['r.html: r-table-1.html#nowhere', 'r.html: gone.html']);
  });

  it('stay between the pages of their own report where two lie in one folder', async () => {
    const root = studyFolder();
    const runs = [join(root, 'runs')];
    const first = await buildReport({ runs, out: join(root, 'index.html') });
    const second = await buildReport({ runs, out: join(root, 'both.html') });
    const all = [...first.pages, ...second.pages];
    expect(new Set(all).size).toBe(all.length);
    expect(second.pages.map(file => basename(file)).filter(name => !name.startsWith('both'))).toEqual([]);
    expect(brokenLinks(all)).toEqual([]);
  });

  it('leave no id twice', async () => {
    const root = studyFolder();
    const { file } = await buildReport({ runs: [join(root, 'runs')], out: join(root, 'r.html'), singleFile: true });
    const ids = [...readFileSync(file, 'utf8').matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
    const table = (id: string) => ({
      kind: 'table' as const,
      content: { id, title: '', caption: '', columns: [], rows: [] },
    });
    const taken = new Set(['runs', 'table-1-runs']);
    const named = withUniqueIds([table('runs'), table('own'), table('runs')], 'table-1', taken);
    expect(named.map(({ content }) => content.id)).toEqual(['table-1-runs-2', 'own', 'table-1-runs-3']);
  });
});

describe('plans', () => {
  it('find their runs, and say what is missing, failed or not finished', () => {
    const root = temporaryFolder();
    writeStudy(root, [
      {
        id: 'table-1',
        rows: [
          { method: 'dense', density: 1 },
          { method: 'set', density: 0.1, end: 'unfinished', epochs: 2 },
          { method: 'set', density: 0.2, end: { failed: 'disk full' } },
        ],
        missing: 2,
      },
      { id: 'table-2', rows: [{ method: 'dense', density: 1 }] },
      { id: 'table-3', rows: [], missing: 2 },
    ]);
    const { plans, runs } = loadRuns([root]);
    expect(runs).toHaveLength(3);
    const states = plans[0].exhibits.map(stateOf);
    expect(states[0]).toEqual({ planned: 5, finished: 1, failed: 1, unfinished: 1, missing: 2 });
    expect(states.map(stateText)).toEqual(['1 of 5 runs: 1 failed, 1 unfinished, 2 missing', 'complete', 'missing']);
  });

  it('say that distances between topologies are not measured, or why they cannot be read', () => {
    const root = temporaryFolder();
    const rows = [1, 2].map(seed => ({ method: 'set', density: 0.1, seed }));
    writeStudy(root, [{ id: 'figure-8', view: { kind: 'distance' }, rows }]);
    const state = () => stateText(stateOf(loadRuns([root]).plans[0].exhibits[0]));
    expect(state()).toBe('all runs, but distances are not measured yet: sparse-rnn distances');
    writeFileSync(join(root, 'distances.json'), '{"schema":');
    expect(state()).toBe('all runs, but distances.json is not a whole JSON value');
  });

  it('of several folders keep their exhibits apart, and never take the name of a page', () => {
    const root = temporaryFolder();
    for (const name of ['a', 'b']) {
      writeStudy(join(root, name), [
        { id: 'table-1', rows: [{ method: 'dense', density: 1, seed: name.length }] },
        { id: 'runs', rows: [], missing: 1 },
      ]);
    }
    const { plans } = loadRuns([root]);
    const ids = plans.flatMap(({ exhibits }) => exhibits.map(({ id }) => id));
    expect(ids).toEqual(['table-1', 'exhibit-runs', 'table-1-2', 'exhibit-runs-2']);
    // The run of the same name in the plan's own folder.
    expect(plans.map(({ exhibits }) => basename(dirname(exhibits[0].runs[0].run!.directory)))).toEqual(['a', 'b']);
  });

  it('alone are enough for a report, and one that cannot be read is told and keeps nothing back', async () => {
    const root = temporaryFolder();
    writeStudy(join(root, 'planned'), [{ id: 'table-1', rows: [], missing: 3 }]);
    const empty = await buildReport({ runs: [join(root, 'planned')], out: join(root, 'empty.html') });
    expect(empty).toMatchObject({ runs: 0, exhibits: 1 });
    expect(readFileSync(join(root, 'empty-table-1.html'), 'utf8')).toContain('None of its runs is there yet.');
    mkdirSync(join(root, 'broken'));
    writeFileSync(join(root, 'broken', 'plan.json'), '{"schema":99}');
    writeRun(join(root, 'broken'), { method: 'dense', density: 1 });
    const report = await buildReport({ runs: [join(root, 'broken')], out: join(root, 'broken.html') });
    expect(report).toMatchObject({
      runs: 1,
      exhibits: 0,
      unreadablePlans: [{ reason: expect.stringMatching(/^plan.json: /) }],
    });
    expect(readFileSync(report.file, 'utf8')).toMatch(/The plan in <code>broken<\/code> is left out: plan\.json: /);
  });
});

describe('what the runs say about the claim', () => {
  async function told(...runs: SyntheticRun[]): Promise<string> {
    const { markup } = claimParagraph(loadSynthetic(...runs), await loadSummarise());
    return markup
      .replace(/<[^>]*>/g, '')
      .replace(/\s+/g, ' ')
      .replaceAll('\u00a0', ' ')
      .trim();
  }
  const on = (dataset: string, runs: SyntheticRun[]) => runs.map(run => ({ ...run, dataset }));

  it('agrees where a sparse model that adapts is better beyond chance in most comparisons', async () => {
    // Differences of -20 and -19: mean -19.5, half-width 12.706 * .7071 / sqrt(2) = 6.35.
    const text = await told(...seeds('dense', 1, [100, 104]), ...seeds('set', 0.1, [80, 85]));
    expect(text).toContain('1 comparison of the best sparse setting');
    expect(text).toContain('demo on sotu: test perplexity 82.50 with set 0.10 against 102.00 dense, 2 seeds.');
    expect(text).toContain('The sparse model is better, beyond chance');
    expect(text).toContain('That agrees with the claim, in this one comparison.');
  });

  it('disagrees where the dense model is, and leaves open what chance may explain', async () => {
    const dense = await told(...seeds('dense', 1, [80, 85]), ...seeds('set', 0.1, [100, 104]));
    expect(dense).toContain('The dense model is better, beyond chance');
    expect(dense).toContain('That does not agree with the claim, in this one comparison.');
    const single = await told(...seeds('dense', 1, [100]), ...seeds('set', 0.1, [80]));
    expect(single).toContain(
      'one seed. The sparse model is better, but chance may explain that. That leaves the claim open.',
    );
  });

  it('counts comparisons, each study being one', async () => {
    const text = await told(
      ...on('a', [...seeds('dense', 1, [100, 104]), ...seeds('set', 0.1, [80, 85])]),
      ...on('b', [...seeds('dense', 1, [80, 85]), ...seeds('set', 0.1, [100, 104])]),
    );
    expect(text).toContain('The sparse model is better in 1, beyond chance; the dense one in 1, beyond chance.');
    expect(text).toContain('That leaves the claim open.');
  });

  it('compares within the tables of a plan, of one study where it has the most seeds; a single seed decides nothing', async () => {
    const root = temporaryFolder();
    const [dense, set] = [seeds('dense', 1, [100, 104]), seeds('set', 0.1, [80, 85])];
    const wt2 = (method: string, density: number) => ({ method, density, dataset: 'wt2', testPerplexity: 50 });
    writeStudy(root, [
      { id: 'table-1', rows: [...dense, ...set] },
      // As good as dense, with one seed; and a figure's models, which are better than all.
      { id: 'table-5', rows: [dense[0], { ...set[0], density: 0.2, testPerplexity: 60 }] },
      { id: 'table-3', rows: [wt2('dense', 1), wt2('set', 0.1)] },
      { id: 'figure-2', rows: seeds('set', 0.9, [10, 11]) },
    ]);
    const { markup } = claimParagraph(loadRuns([root]), await loadSummarise());
    const text = markup.replace(/<[^>]*>/g, '').replace(/\s+/g, ' ');
    expect(text).toContain('2 comparisons');
    expect(text).toContain('82.50 with set 0.10 against 102.00 dense, 2 seeds');
    expect(text).toContain(
      'That agrees with the claim, in this one comparison. 1 comparison of one seed decides nothing.',
    );
  });

  it('takes no sparse model for adaptive that keeps its topology or starts dense', async () => {
    const fixed = ['static', 'gmp', 'snip', 'dense-small'].flatMap(method => seeds(method, 0.1, [80, 85]));
    expect(await told(...seeds('dense', 1, [100, 104]), ...fixed)).toContain('These runs say nothing about it yet');
  });
});
