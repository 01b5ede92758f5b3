import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parse } from 'csv-parse/sync';
import { expect, it } from 'vitest';
import { describeInBrowser, drawAll, leastTimeToOpen, SOON, takePictures } from './testing/browser.ts';
import type { SyntheticRun } from './testing/syntheticRuns.ts';

const RUNS: SyntheticRun[] = [
  ...[1, 2, 3].map(seed => ({ method: 'dense', density: 1, seed })),
  ...[1, 2, 3].map(seed => ({ method: 'set', density: 0.1, seed })),
  { method: 'static', density: 0.1 },
  { method: 'set', density: 0.05, preset: '<script>alert(1)</script>' },
  { method: 'rigl', density: 0.1, epochs: 4, end: 'unfinished' },
  { method: 'set', density: 0.2, epochs: 4, end: { failed: 'loss is NaN' } },
];

describeInBrowser('the single file in Chromium', 'single', open => {
  it('draws every figure, complains of nothing and asks for nothing', async () => {
    const { page, url, complaints, requests } = await open(RUNS);
    await drawAll(page);
    const figures = await page.locator('[data-figure]').count();
    // Curves and exploration of both studies, quality of the one with several runs, topology and gates; each run's curves.
    expect(figures).toBe(7 + RUNS.length);
    // Each figure has at least one drawing, and each drawing at least one mark.
    for (const figure of await page.locator('[data-figure]').all()) {
      expect(await figure.locator('.main-svg').count()).toBeGreaterThan(0);
      expect(await figure.locator('.trace, .hm').count()).toBeGreaterThan(0);
    }
    // Band and thin lines of 3 seeds twice, and 3 single runs: lines of the study with both.
    expect(await page.locator('#curves-demo-sotu .scatterlayer .trace').count()).toBe(2 * 7 + 2 * 3);
    // A band is a shade behind the lines, not a wall before them.
    const shades = await page.locator('#curves-demo-sotu .js-fill').evaluateAll(fills => {
      return fills.map(fill => Number(getComputedStyle(fill).fillOpacity));
    });
    expect(new Set(shades)).toEqual(new Set([0.16]));
    expect(complaints).toEqual([]);
    expect(requests).toEqual([url]);
  }, 60_000);

  it('runs no script but its own', async () => {
    const { page, complaints } = await open(RUNS);
    await page.evaluate(() => {
      const script = document.createElement('script');
      script.textContent = 'window.intruder = true';
      document.body.append(script);
    });
    expect(await page.evaluate(() => 'intruder' in window)).toBe(false);
    expect(complaints.join()).toContain('Content Security Policy');
  });

  it('sorts a table by a click, missing values last', async () => {
    const { page } = await open(RUNS);
    const column = async () => {
      const values = await page.locator('#runs tbody tr').evaluateAll(rows =>
        rows.map(row => {
          const table = row.closest('table');
          const headings = [...(table?.querySelectorAll('thead th') ?? [])];
          const index = headings.findIndex(heading => heading.getAttribute('data-column') === 'test_perplexity');
          return row.children[index].getAttribute('data-value');
        }),
      );
      return values.map(value => (value === '' ? null : Number(value)));
    };
    const heading = page.locator('#runs th[data-column="test_perplexity"]');
    const known = (await column()).filter(value => value !== null).sort((a, b) => a - b);
    expect(known).toHaveLength(8);
    await heading.getByRole('button').click();
    expect(await column()).toEqual([...known, null, null]);
    expect(await heading.getAttribute('aria-sort')).toBe('ascending');
    await heading.getByRole('button').press('Enter');
    expect(await column()).toEqual([...known.toReversed(), null, null]);
    expect(await heading.getAttribute('aria-sort')).toBe('descending');
  });

  it('hands out every CSV, the same as the file beside the page', async () => {
    const { page, files } = await open(RUNS);
    for (const [index, file] of files.filter(name => name.endsWith('.csv')).entries()) {
      const name = file.split('/').at(-1)!;
      // Chromium lets one page have ten downloads in quick succession, then asks.
      if (index % 9 === 8) await page.reload();
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.locator(`a[data-file="${name}"]`).click(),
      ]);
      expect(download.suggestedFilename()).toBe(name);
      const text = readFileSync(await download.path(), 'utf8');
      expect(text).toBe(readFileSync(file, 'utf8'));
      expect(parse(text, { columns: true }).length).toBeGreaterThan(0);
    }
  }, 60_000);

  it('leads from a number to its run, and from there to the run folder', async () => {
    const { page, root } = await open(RUNS);
    const link = page.locator('#runs tbody td.number a').nth(20);
    const href = await link.getAttribute('href');
    await link.click();
    const run = page.locator(href!);
    const top = () => run.evaluate(element => Math.round(element.getBoundingClientRect().top));
    // The figures on the way there are not drawn yet, and must not push the run out of view when they are.
    await expect.poll(top, SOON).toBeGreaterThanOrEqual(0);
    await page.waitForTimeout(500);
    expect(await top()).toBeLessThan(900 - 100);
    const folder = await run
      .getByRole('link', { name: /runs\// })
      .evaluate(element => (element as HTMLAnchorElement).href);
    expect(folder.startsWith(pathToFileURL(join(root, 'runs')).href)).toBe(true);
    const log = await run
      .getByRole('link', { name: 'log.jsonl' })
      .evaluate(element => (element as HTMLAnchorElement).href);
    expect(readFileSync(new URL(log), 'utf8')).toContain('"type":"start"');
  });

  it('shows the topology at the epoch of the slider, for the run that is chosen', async () => {
    const { page, complaints } = await open(RUNS);
    const figure = page.locator('#topology');
    await figure.scrollIntoViewIfNeeded();
    await figure.locator('[data-drawn]').waitFor();
    expect(await figure.locator('.slider-label').textContent()).toBe('Epoch 8');
    await figure.locator('input[type=range]').fill('0');
    expect(await figure.locator('.slider-label').textContent()).toBe('Start');
    const share = (name: string) => figure.locator('.topology-legend li', { hasText: name }).locator('b').textContent();
    expect(await share('newly grown')).toBe('0.0 %');
    await figure.getByRole('button', { name: 'epoch 3' }).click();
    expect(await figure.locator('.slider-label').textContent()).toBe('Epoch 3');
    expect(await share('newly grown')).not.toBe('0.0 %');
    const label = await figure.locator('option', { hasText: 'static' }).textContent();
    await figure.locator('select').selectOption({ label: label! });
    await expect.poll(() => share('newly grown'), SOON).toBe('0.0 %');
    expect(complaints).toEqual([]);
  });

  it('fits a narrow screen and follows a dark one', async () => {
    const { page } = await open(RUNS, { viewport: { width: 390, height: 800 }, colorScheme: 'dark' });
    await drawAll(page);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    const brightness = () =>
      page.evaluate(() => Number(/\d+/.exec(getComputedStyle(document.body).backgroundColor)?.[0]));
    expect(await brightness()).toBeLessThan(60);
    const ink = () =>
      page
        .locator('#curves-demo-sotu .xtick text')
        .first()
        .evaluate(text => getComputedStyle(text).fill);
    const dark = await ink();
    await page.emulateMedia({ colorScheme: 'light' });
    expect(await brightness()).toBeGreaterThan(200);
    await expect.poll(ink, SOON).not.toBe(dark);
  }, 60_000);

  it('prints light and no wider than the paper, from a dark page and a wide screen', async () => {
    const { page, complaints } = await open(RUNS, { colorScheme: 'dark', viewport: { width: 1600, height: 900 } });
    await drawAll(page);
    const chart = page.locator('#curves-demo-sotu');
    const width = () =>
      chart
        .locator('.main-svg')
        .first()
        .evaluate(svg => svg.clientWidth);
    const ink = () =>
      chart
        .locator('.xtick text')
        .first()
        .evaluate(text => getComputedStyle(text).fill);
    const [wide, dark] = [await width(), await ink()];
    await page.emulateMedia({ media: 'print' });
    await expect.poll(width, SOON).toBeLessThan(700);
    expect(await ink()).not.toBe(dark);
    await page.emulateMedia({ media: 'screen' });
    await expect.poll(width, SOON).toBe(wide);
    expect(complaints).toEqual([]);
  }, 60_000);

  it('names every table, figure and control for a screen reader', async () => {
    const { page } = await open(RUNS);
    await drawAll(page);
    expect(await page.locator('table:not(:has(caption))').count()).toBe(0);
    expect(await page.locator('th:not([scope])').count()).toBe(0);
    expect(await page.locator('figure:not([aria-labelledby])').count()).toBe(0);
    const unnamed = await page
      .locator('button, select, input')
      .evaluateAll(controls =>
        controls
          .filter(
            control =>
              !control.textContent?.trim() && !control.ariaLabel && (control as HTMLInputElement).labels?.length === 0,
          )
          .map(control => control.outerHTML),
      );
    expect(unnamed).toEqual([]);
    await page.evaluate(() => scrollTo(0, 0));
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to the content');
  }, 60_000);

  it('opens a thousand runs in under three seconds', async () => {
    const many: SyntheticRun[] = Array.from({ length: 1000 }, (_, index) => ({
      method: ['dense', 'set', 'static', 'rigl', 'snfs'][index % 5],
      density: index % 5 === 0 ? 1 : 0.05 * (1 + (Math.floor(index / 5) % 10)),
      // Dense runs have no second density, so each needs a seed of its own.
      seed: index % 5 === 0 ? index : 1 + Math.floor(index / 50),
      epochs: 20,
    }));
    const { page, url, complaints } = await open(many);
    const times = await leastTimeToOpen(page, url, 3);
    expect(await page.locator('#runs tbody tr').count()).toBe(1000);
    // What is folded is kept as text until it is opened.
    const fold = page.locator('details').first();
    expect(await fold.locator('table').count()).toBe(0);
    await fold.locator('summary').click();
    await fold.getByRole('table').waitFor();
    expect(complaints).toEqual([]);
    expect(times.thread).toBeGreaterThan(0);
    expect(times.thread).toBeLessThan(3);
    expect(times.wall).toBeLessThan(3);
  }, 120_000);

  takePictures(open, '', RUNS);
});
