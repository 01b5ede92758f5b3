import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { describeInBrowser, expectInk, SOON, takePictures } from './testing/browser.ts';
import { writeStudy } from './testing/syntheticPlan.ts';
import { type SyntheticRun, writeRun } from './testing/syntheticRuns.ts';

const seeds = (run: SyntheticRun): SyntheticRun[] => [1, 2, 3].map(seed => ({ ...run, seed }));
const DENSE = seeds({ method: 'dense', density: 1 });
const SET = seeds({ method: 'set', density: 0.1 });
const NAN: SyntheticRun = { method: 'set', density: 0.3, epochs: 3, end: { failed: 'loss is NaN' } };
const CLASSIFIER = { task: 'classification', preset: 'text-lstm', dataset: 'imdb' } as const;

/** Two tables and two figures in all states, runs of another task, and logs that cannot be read. */
function study(folder: string): void {
  writeStudy(folder, [
    { id: 'table-1', rows: [...DENSE, ...SET] },
    { id: 'table-2', rows: [...DENSE, NAN], missing: 2 },
    { id: 'figure-1', rows: [...DENSE, ...SET] },
    { id: 'figure-2', rows: [], missing: 3 },
  ]);
  writeRun(folder, { ...CLASSIFIER, method: 'dense', density: 1 });
  writeRun(folder, { ...CLASSIFIER, method: 'set', density: 0.2 });
  appendFileSync(join(writeRun(folder, { method: 'rigl', density: 0.1 }), 'log.jsonl'), '{"type":"epo');
  mkdirSync(join(folder, 'foreign'));
  writeFileSync(join(folder, 'foreign', 'log.jsonl'), '{"level":"info"}\n');
}

/** Levels of the headings of a page, in their order. */
async function headingLevels(page: Page): Promise<number[]> {
  return page.locator('h1, h2, h3, h4, h5').evaluateAll(all => all.map(heading => Number(heading.tagName[1])));
}

/** Landmarks, headings, names and the first two stops of the keyboard, of a page that was just opened. */
async function requireForAll(page: Page): Promise<void> {
  for (const landmark of ['banner', 'navigation', 'main', 'contentinfo'] as const)
    expect(await page.getByRole(landmark).count()).toBeGreaterThan(0);
  // One title, and no level left out on the way down.
  const levels = await headingLevels(page);
  expect(levels.filter(level => level === 1)).toEqual([1]);
  expect(levels.filter((level, index) => index > 0 && level > levels[index - 1] + 1)).toEqual([]);
  const current = await page.locator('nav[aria-label="Pages"] [aria-current]').allTextContents();
  expect(current).toHaveLength(1);
  expect(await page.locator('table:not(:has(caption)), th:not([scope]), figure:not([aria-labelledby])').count()).toBe(
    0,
  );
  const ids = await page.locator('[id]').evaluateAll(all => all.map(element => element.id));
  expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
  for (const stop of ['Skip to the content', 'Overview']) {
    await page.keyboard.press('Tab');
    const focused = await page.evaluate(() => {
      const element = document.activeElement!;
      return { text: element.textContent, outline: getComputedStyle(element).outlineStyle };
    });
    expect(focused).toEqual({ text: stop, outline: 'solid' });
  }
}

/** Pages of the study, and whether they are looked at on a narrow dark screen and on paper too: one of a kind is enough. */
const PAGES = [
  { name: 'index.html', narrow: true },
  { name: 'table-1.html', narrow: true, print: true },
  { name: 'table-2.html', narrow: true },
  { name: 'figure-1.html', narrow: true },
  { name: 'figure-2.html', narrow: true },
  { name: 'language-model.html', narrow: true, print: true },
  { name: 'classification.html', narrow: true, print: true },
  { name: 'runs.html', narrow: true },
  { name: 'setting-demo-sotu-1.html', narrow: true, print: true },
  { name: 'setting-demo-sotu-2.html' },
  { name: 'setting-demo-sotu-3.html' },
  { name: 'setting-demo-sotu-4.html' },
  { name: 'setting-text-lstm-imdb-1.html' },
  { name: 'setting-text-lstm-imdb-2.html' },
  { name: 'compare.html', narrow: true },
  { name: 'differences.html', narrow: true, print: true },
];

const hasFigures = async (page: Page) => (await page.locator('[data-figure]').count()) > 0;

describeInBrowser('the site in Chromium', 'site', reports => {
  const { open, drawn } = reports;

  it('has a page for everything', async () => {
    const { pages } = await open(study);
    expect(pages.map(file => basename(file))).toEqual(PAGES.map(({ name }) => name));
  });

  describe.each(PAGES)('$name', ({ name, narrow, print }) => {
    it('opens from a folder, for keyboard and screen reader too, draws its figures, complains of nothing and asks for nothing else', async () => {
      const { page, url, urlOf, complaints, requests } = await drawn(study, { name });
      await requireForAll(page);
      for (const figure of await page.locator('[data-figure]').all())
        expect(await figure.locator('.trace, .hm').count()).toBeGreaterThan(0);
      const own = [url, urlOf('assets/plotly.min.js'), urlOf('assets/report.js')];
      expect(requests.filter(request => !own.includes(request))).toEqual([]);
      expect(complaints).toEqual([]);
    });

    if (narrow) {
      it('fits a narrow screen and follows a dark one', async () => {
        const { page } = await drawn(study, { name, viewport: { width: 390, height: 800 }, colorScheme: 'dark' });
        if (await hasFigures(page)) await expectInk(page, 'dark');
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
        const colour = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
        expect(Number(/\d+/.exec(colour)?.[0])).toBeLessThan(60);
      });
    }

    if (print) {
      it('prints without navigation, addresses and colours of the screen, and no wider than the paper', async () => {
        // A4 less the margins that browsers keep.
        const { page } = await drawn(study, { name, viewport: { width: 718, height: 1000 }, colorScheme: 'dark' });
        if (await hasFigures(page)) await expectInk(page, 'dark');
        await page.emulateMedia({ media: 'print' });
        const width = () => page.evaluate(() => document.documentElement.scrollWidth);
        await expect.poll(width, SOON).toBeLessThanOrEqual(718);
        for (const hidden of ['nav', '.downloads', '.compare-link'])
          expect(await page.locator(hidden).filter({ visible: true }).count()).toBe(0);
        const [paper, after] = await page.evaluate(() => [
          getComputedStyle(document.body).backgroundColor,
          [...document.links].map(link => getComputedStyle(link, '::after').content).filter(text => text !== 'none')
            .length,
        ]);
        expect([paper, after]).toEqual(['rgb(255, 255, 255)', 0]);
        // Drawings follow the paper.
        if (await hasFigures(page)) await expectInk(page, 'light');
      });
    }
  });

  it('runs no script but its own', async () => {
    const { page, complaints } = await open(study);
    await page.evaluate(() => {
      for (const nonce of ['', 'abc']) {
        const script = document.createElement('script');
        script.nonce = nonce;
        script.textContent = 'window.intruder = true';
        document.body.append(script);
      }
    });
    expect(await page.evaluate(() => 'intruder' in window)).toBe(false);
    expect(complaints.join()).toContain('Content Security Policy');
  });

  it('says on its first page what the claim is, what the runs say, and how far each table is', async () => {
    const { page } = await open(study);
    expect(await page.locator('.claim').textContent()).toContain('usually beats the dense model');
    expect(await page.locator('main > .lead').count()).toBe(1);
    const states = await page.locator('#exhibits tbody td:last-child').allTextContents();
    expect(states).toEqual(['complete', '3 of 6 runs: 1 failed, 2 missing', 'complete', 'missing']);
    const trouble = await page.locator('#trouble li').allTextContents();
    expect(trouble).toHaveLength(2);
    expect(trouble.join()).toMatch(/foreign is left out: log\.jsonl has no readable start line.*1 line of the log/s);
  });

  it('leads from a table to a run in one click, from there to its log and to a comparison with another run', async () => {
    const { page, urlOf, complaints } = await open(study);
    await page.goto(urlOf('table-1.html'));
    expect(await page.locator('pre').textContent()).toContain('sparse-rnn reproduce table-1');
    await page.locator('#page-table-1-runs').getByRole('link', { name: '2' }).nth(1).click();
    const run = page.locator('.run:target');
    await run.waitFor();
    expect(await run.locator('h2').textContent()).toContain('set 0.10, seed 2');
    const log = await run.getByRole('link', { name: 'log.jsonl' }).evaluate((link: HTMLAnchorElement) => link.href);
    expect(readFileSync(new URL(log), 'utf8')).toContain('"seed":2');
    await run.locator('[data-figure]').and(page.locator('[data-drawn]')).waitFor(SOON);
    await run.getByText('Specification', { exact: true }).click();
    await run.getByRole('row', { name: 'method set' }).waitFor();

    await run.getByRole('link', { name: 'Compare with another run' }).click();
    await page.locator('#compare[data-shown]').waitFor(SOON);
    const chosen = (side: string) => page.locator(`#compare-${side} option:checked`).textContent();
    expect(await chosen('a')).toContain('set 0.10, seed 2');
    expect(await chosen('b')).not.toBe(await chosen('a'));
    const [label] = await page.locator('#compare-b option', { hasText: 'dense, seed 3' }).allTextContents();
    await page.locator('#compare-b').selectOption({ label });
    await expect
      .poll(() => page.locator('#compare-told').textContent(), SOON)
      .toMatch(/has the better test perplexity, by \d/);
    const specification = page.locator('[data-group="1"]');
    expect(await specification.locator('tbody th').allTextContents()).toEqual(['density ≠', 'method ≠', 'seed ≠']);
    expect(await specification.locator('tbody td').allTextContents()).toEqual(['0.1', '1', 'set', 'dense', '2', '3']);
    // Validation and training of both.
    await expect.poll(() => page.locator('#compare-chart .trace').count(), SOON).toBe(4);
    await page.getByLabel('Only what differs').uncheck();
    expect(await specification.locator('tbody tr').count()).toBe(7);

    // The address says which runs they are, also to whom it is passed on.
    await page.reload();
    await page.locator('#compare[data-shown]').waitFor(SOON);
    expect(await chosen('b')).toContain('dense, seed 3');
    expect(complaints).toEqual([]);
  }, 60_000);

  it('compares runs of different tasks in panels of their own', async () => {
    const { page, urlOf } = await open(study);
    await page.goto(urlOf('compare.html'));
    const [label] = await page.locator('#compare-b option', { hasText: 'set 0.20' }).allTextContents();
    await page.locator('#compare-b').selectOption({ label });
    await expect.poll(() => page.locator('#compare-told').textContent(), SOON).toContain('different tasks');
    await expect
      .poll(() => page.locator('#compare-chart .xtitle, #compare-chart .x2title').count(), SOON)
      .toBeGreaterThan(1);
  });

  it('hands out the files of tables and figures', async () => {
    const { page, urlOf, root } = await open(study);
    await page.goto(urlOf('table-1.html'));
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.locator('a[data-file="table-1-runs.csv"]').click(),
    ]);
    const text = readFileSync(await download.path(), 'utf8');
    expect(text).toBe(readFileSync(join(root, 'index-files', 'table-1-runs.csv'), 'utf8'));
    expect(text.split('\n')).toHaveLength(8);
  });

  it('sorts a table with the keyboard', async () => {
    const { page, urlOf } = await open(study);
    await page.goto(urlOf('language-model.html'));
    const heading = page.locator('#runs th[data-column="test_perplexity"]');
    await heading.getByRole('button').focus();
    await page.keyboard.press('Enter');
    expect(await heading.getAttribute('aria-sort')).toBe('ascending');
  });

  takePictures(reports, 'site-', study);
});
