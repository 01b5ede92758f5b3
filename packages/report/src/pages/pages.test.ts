import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PUBLISHED_FILES, readPublished } from '../exhibits/published.ts';
import { loadSummarise } from '../tables/statistics.ts';
import { loadSynthetic } from '../testing/folders.ts';
import type { SyntheticRun } from '../testing/syntheticRuns.ts';
import { costOverview } from './costOverview.ts';
import { differencesPage } from './differences.ts';
import { html, raw, scriptJson } from './html.ts';
import { nearHref, nearPath, shownPath } from './links.ts';
import { overview } from './overview.ts';

describe('html', () => {
  it('escapes text in elements and attributes', () => {
    expect(html`<a title="${'"<&\'>'}">${'<script>'}</a>`.markup).toBe(
      '<a title="&quot;&lt;&amp;&#39;&gt;">&lt;script&gt;</a>',
    );
  });

  it('keeps markup, joins lists and drops null and false', () => {
    expect(html`${[html`<b>1</b>`, 2, null, false, undefined]}${raw('<i>')}`.markup).toBe('<b>1</b>2<i>');
  });
});

describe('scriptJson', () => {
  it('cannot end its element and parses to the same value', () => {
    const value = { a: '</script><!--\u2028' };
    const { markup } = scriptJson(value);
    expect(markup).not.toContain('<');
    expect(JSON.parse(markup)).toEqual(value);
  });
});

describe('links', () => {
  const project = join(homedir(), 'project');

  it('are relative and encoded', () => {
    expect(nearHref(join(project, 'report'), join(project, 'runs/a b#1'))).toBe('../runs/a%20b%231');
    expect(shownPath(join(project, 'report'), join(project, 'runs/a b#1'))).toBe('../runs/a b#1');
    expect(nearHref(project, project)).toBe('.');
  });

  it('lead to what is below the folder above the one that holds the page, and no further', () => {
    expect(nearPath(join(project, 'report/desk'), join(project, 'runs/desk/x'))).toBe('../../runs/desk/x');
    expect(nearPath(join(project, 'report/desk/now'), join(project, 'runs/desk/x'))).toBeUndefined();
    expect(shownPath(join(project, 'report/desk/now'), join(project, 'runs/desk/x'))).toBe('x');
    // A name may begin with dots.
    expect(nearPath(join(project, 'report'), join(project, '..runs/x'))).toBe('../..runs/x');
  });

  it.each([
    ['/report', '/home/alice/secret/runs/x'],
    ['/', '/home/alice/secret/runs/x'],
    ['/tmp/out', '/home/alice/secret/runs/x'],
    [join(tmpdir(), 'out'), join(tmpdir(), 'secret/runs/x')],
    [tmpdir(), join(tmpdir(), 'secret/x')],
    [join(homedir(), 'report'), join(dirname(homedir()), 'bob/runs/x')],
  ])('never pass through a folder that everybody has: from %s to %s', (page, run) => {
    expect(nearPath(page, run)).toBeUndefined();
    expect(shownPath(page, run)).toBe('x');
  });
});

describe('differencesPage', () => {
  const markupOf = () => differencesPage(loadSynthetic({ method: 'dense', density: 1 })).content.markup;

  it('has every published number with its source, setting and difference', () => {
    const markup = markupOf();
    for (const row of PUBLISHED_FILES.flatMap(readPublished)) {
      const { validation, test, source, setting, difference } = row;
      const cells = [validation, test, source, setting, difference].map(text => html`${text}</td>`.markup);
      const line = markup.split('</tr>').find(each => cells.every(cell => each.includes(cell)));
      expect(line, row.model).toContain(html`${row.model}, ${row.data}</th>`.markup);
    }
  });

  it('names what differs between methods that no paper prescribes', () => {
    expect(markupOf()).toMatch(/same for all methods, with two exceptions: averaging .*“averageBy”.*; snfs/);
  });
});

function plainText({ markup }: { markup: string }): string {
  return markup
    .replace(/<[^>]*>/g, '')
    .replace(/\s+/g, ' ')
    .replaceAll('\u00a0', ' ')
    .trim();
}

describe('costOverview', () => {
  const told = (...runs: SyntheticRun[]) => plainText(costOverview(loadSynthetic(...runs).studies));

  it('tells from which to which share of dense time and memory go, and nothing of quality', () => {
    const text = told(
      { method: 'dense', density: 1 },
      { method: 'set', density: 0.1 },
      { method: 'set', density: 0.4 },
      { method: 'dense-small', density: 0.1 },
    );
    expect(text).toContain('demo on sotu: 4 settings (dense, dense-small 0.10, set 0.40, set 0.10) with 1 seed');
    // 9000 / (.2 + density) tokens a second, 180 + 240 * density MB.
    expect(text).toContain('takes 0.25 (set 0.10) to 0.50 (set 0.40) of the time a token');
    expect(text).toContain('has 0.49 (set 0.10) to 0.66 (set 0.40) of the peak memory');
    expect(text).not.toMatch(/perplexity|better/);
  });

  it('names the one that there is, and says where there is none to compare', () => {
    expect(told({ method: 'dense', density: 1 }, { method: 'set', density: 0.1 })).toContain(
      'takes 0.25 (set 0.10) of',
    );
    const unfinished = told(
      { method: 'dense', density: 1 },
      { method: 'set', density: 0.1 },
      { method: 'set', density: 0.2, epochs: 0, end: 'unfinished' },
    );
    expect(unfinished).toContain('each of 1 of 2 sparse ones takes 0.25 (set 0.10) of');
    expect(told({ method: 'set', density: 0.1 })).toContain('There is no sparse run yet with a dense run of its model');
  });
});

describe('overview', () => {
  const told = async (...runs: SyntheticRun[]) =>
    plainText(overview(loadSynthetic(...runs).studies, await loadSummarise()));

  it('says by how much the sparse model is better, and what it costs', async () => {
    const text = await told(
      { method: 'dense', density: 1, testPerplexity: 100 },
      { method: 'set', density: 0.1, testPerplexity: 95 },
    );
    expect(text).toContain('demo on sotu: 2 settings (dense, set 0.10) with 1 seed, 2 runs in all, 2 finished');
    expect(text).toContain('set 0.10, test perplexity 95.00 (single run)');
    expect(text).toContain(
      'The sparse model is better by 5.00 (5.0 %), with 10.7 % of the parameters and 10.0 % of the training FLOPs per token',
    );
    expect(text).toContain('With a single run on at least one side, chance may explain part of the difference.');
  });

  // 6 FLOPs for each of 1200 * 64 + 2 * 256 * 64 nonzeros.
  const denseTraining = 657_408;

  it('tells what finished runs took, means over the seeds, where pruning makes later steps cheaper', async () => {
    const run = (seed: number, share: number): SyntheticRun => ({
      method: 'gmp',
      density: 0.1,
      seed,
      flopsSpent: { training: share * denseTraining, method: 0, forward: 1 },
    });
    const text = await told(
      { method: 'dense', density: 1, seed: 2 },
      // Still at density .48 after its first epoch.
      { ...run(1, 0), epochs: 1, end: 'unfinished' },
      run(2, 0.3),
      run(3, 0.5),
    );
    expect(text).toContain('with 10.7 % of the parameters and 40.0 % of the training FLOPs per token');
  });

  it('counts what the method takes besides', async () => {
    const text = await told(
      { method: 'dense', density: 1 },
      {
        method: 'rigl',
        density: 0.1,
        flopsSpent: { training: 0.1 * denseTraining, method: 0.05 * denseTraining, forward: 1 },
      },
    );
    expect(text).toContain('with 10.7 % of the parameters and 15.0 % of the training FLOPs per token');
  });

  it('says that a cost is told of its own dense form where the dense model is another one', async () => {
    const dense: SyntheticRun = { method: 'dense', density: 1, testPerplexity: 100 };
    const gru = await told(dense, { method: 'set', density: 0.1, testPerplexity: 95, spec: { cell: 'gru' } });
    expect(gru).toContain('of the parameters and 10.0 % of the training FLOPs per token of its own dense form');
    const lstm = await told(dense, { method: 'set', density: 0.1, testPerplexity: 95, spec: { cell: 'lstm' } });
    expect(lstm).not.toContain('dense form');
  });

  it('says so where the dense model is better', async () => {
    const text = await told(
      { method: 'dense', density: 1, testPerplexity: 80 },
      { method: 'set', density: 0.1, testPerplexity: 100 },
      { method: 'static', density: 0.1, testPerplexity: 90 },
    );
    expect(text).toContain('Best sparse setting by validation: static 0.10, test perplexity 90.00');
    expect(text).toContain('The dense model is better by 10.00 (12.5 %)');
  });

  it('gives means over seeds, and calls a difference within their spread what it is', async () => {
    const seeds = (method: string, density: number, values: number[]) =>
      values.map((testPerplexity, index) => ({ method, density, seed: index + 1, testPerplexity }));
    // The differences -2 and 0 of equal seeds: mean -1, deviation sqrt(2), half-width 12.706.
    const paired = await told(...seeds('dense', 1, [100, 104]), ...seeds('set', 0.1, [98, 104]));
    expect(paired).toContain(
      'Over the 2 seeds that both have, the paired difference is 1.00 ± 12.71 (95% interval): neither is shown to be better.',
    );
    const clear = await told(...seeds('dense', 1, [100, 104]), ...seeds('set', 0.1, [79.5, 84.5]));
    expect(clear).toContain('the paired difference is 20.00 ± 6.35 (95% interval): the interval excludes zero.');
    const others = (values: number[]) => seeds('set', 0.1, values).map(run => ({ ...run, seed: run.seed + 10 }));
    const near = await told(...seeds('dense', 1, [100, 104]), ...others([99, 103]));
    expect(near).toContain('test perplexity 101.00 ± 2.83 (mean of 2 seeds)');
    // Two deviations of sqrt(8) make a spread of 4 for their difference of 1.
    expect(near).toContain(
      'The difference is smaller than the spread over seeds (4.00), so neither is shown to be better.',
    );
    const far = await told(...seeds('dense', 1, [100, 104]), ...others([79, 83]));
    expect(far).toContain('The sparse model is better by 21.00');
    expect(far).toContain('The spread of such a difference over seeds is 4.00.');
  });

  it('tells accuracies of classifiers, the higher being the better', async () => {
    const runs = (method: string, density: number, hits: number): SyntheticRun => ({
      task: 'classification',
      method,
      density,
      confusion: [
        [hits, 100 - hits],
        [100 - hits, hits],
      ],
    });
    const text = await told(runs('dense', 1, 85), runs('set', 0.1, 88), runs('dense-small', 0.1, 95));
    expect(text).toContain('2,000 training texts in 3 classes, 350 k training tokens, vocabulary 1,200.');
    expect(text).toContain('Best sparse setting by validation: set 0.10, test accuracy 88.00 % (single run).');
    // 7680 + 2 * 1638 + 19 weights and 259 biases, of 109,760 and 259.
    expect(text).toContain('The sparse model is better by 3.00 pp, with 10.2 % of the parameters');
    expect(await told(runs('dense', 1, 85), runs('set', 0.1, 80))).toContain('The dense model is better by 5.00 pp;');
    expect(text).not.toContain('perplexity');
  });

  it('says what is missing', async () => {
    expect(await told({ method: 'set', density: 0.1 })).toContain('No dense run has finished to compare it with.');
    expect(await told({ method: 'dense', density: 1 })).toContain('No sparse run has finished yet');
    expect(await told({ method: 'dense', density: 1, end: 'unfinished' })).toContain('No run has finished yet');
  });
});
