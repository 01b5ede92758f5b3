import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { parse } from 'csv-parse/sync';
import { expect, it } from 'vitest';
import { describeInBrowser, drawAll, drawnNearView, expectInk, SOON, takePictures } from './testing/browser.ts';
import type { SyntheticRun } from './testing/syntheticRuns.ts';

const RUNS: SyntheticRun[] = [
  ...[1, 2, 3].map(seed => ({ method: 'dense', density: 1, seed })),
  ...[1, 2, 3].map(seed => ({ method: 'set', density: 0.1, seed })),
  { method: 'static', density: 0.1 },
  { method: 'set', density: 0.05, preset: '<script>alert(1)</script>' },
  { method: 'rigl', density: 0.1, epochs: 4, end: 'unfinished' },
  { method: 'set', density: 0.2, epochs: 4, end: { failed: 'loss is NaN' } },
];

describeInBrowser('the single file in Chromium', 'single', reports => {
  const { open, drawn } = reports;

  it('draws every figure, complains of nothing and asks for nothing', async () => {
    const { page, url, complaints, requests } = await drawn(RUNS);
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

  it('names every table, figure and control for a screen reader', async () => {
    const { page } = await drawn(RUNS);
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
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to the content');
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
    const { page, runs } = await open(RUNS);
    const link = page.locator('#runs tbody td.number a').nth(20);
    const href = await link.getAttribute('href');
    await link.click();
    const run = page.locator(href!);
    const top = () => run.evaluate(element => Math.round(element.getBoundingClientRect().top));
    // The figures on the way there are not drawn yet, and must not push the run out of view when they are.
    await expect.poll(top, SOON).toBeGreaterThanOrEqual(0);
    await drawnNearView(page);
    expect(await top()).toBeGreaterThanOrEqual(0);
    expect(await top()).toBeLessThan(900 - 100);
    const folder = await run
      .getByRole('link', { name: /runs\// })
      .evaluate(element => (element as HTMLAnchorElement).href);
    expect(folder.startsWith(pathToFileURL(runs).href)).toBe(true);
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
    await expectInk(page, 'dark');
    await page.emulateMedia({ colorScheme: 'light' });
    expect(await brightness()).toBeGreaterThan(200);
    await expectInk(page, 'light');
  }, 60_000);

  it('prints light and no wider than the paper, from a dark page and a wide screen', async () => {
    const { page, complaints } = await open(RUNS, { colorScheme: 'dark', viewport: { width: 1600, height: 900 } });
    const chart = page.locator('#curves-demo-sotu');
    await chart.scrollIntoViewIfNeeded();
    await drawnNearView(page);
    const width = () =>
      chart
        .locator('.main-svg')
        .first()
        .evaluate(svg => svg.clientWidth);
    const wide = await width();
    expect(wide).toBeGreaterThan(700);
    await expectInk(page, 'dark');
    await page.emulateMedia({ media: 'print' });
    await expect.poll(width, SOON).toBeLessThan(700);
    await expectInk(page, 'light');
    await page.emulateMedia({ media: 'screen' });
    await expect.poll(width, SOON).toBe(wide);
    // Figures that were not near the view are on paper too: they are drawn before the browser goes on to print.
    const drawnFigure = '[data-figure]:has(.trace, .hm)';
    expect(await page.locator(drawnFigure).count()).toBeLessThan(7 + RUNS.length);
    const drawnForPaper = await page.evaluate(selector => {
      dispatchEvent(new Event('beforeprint'));
      return document.querySelectorAll(selector).length;
    }, drawnFigure);
    expect(drawnForPaper).toBe(7 + RUNS.length);
    expect(await width()).toBeLessThan(700);
    expect(complaints).toEqual([]);
  }, 60_000);

  takePictures(reports, '', RUNS);
});
