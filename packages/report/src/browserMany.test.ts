import { statSync } from 'node:fs';
import { basename } from 'node:path';
import { expect, it } from 'vitest';
import { describeInBrowser, drawnNearView, leastTimeToOpen, SOON } from './testing/browser.ts';
import { writeStudy } from './testing/syntheticPlan.ts';
import { type SyntheticRun, writeRun } from './testing/syntheticRuns.ts';

const MANY: SyntheticRun[] = Array.from({ length: 1000 }, (_, index) => ({
  method: ['dense', 'set', 'static', 'rigl', 'snfs'][index % 5],
  density: index % 5 === 0 ? 1 : 0.05 * (1 + (Math.floor(index / 5) % 10)),
  // Dense runs have no second density, so each needs a seed of its own.
  seed: index % 5 === 0 ? index : 1 + Math.floor(index / 50),
  epochs: 20,
}));

/** A table of some of the runs, and the others. */
function manyRuns(folder: string): void {
  const planned = (run: SyntheticRun) => run.density === 1 || run.density < 0.2;
  writeStudy(folder, [{ id: 'table-1', rows: MANY.filter(planned) }]);
  for (const run of MANY) if (!planned(run)) writeRun(folder, run);
}

describeInBrowser('a thousand runs in Chromium', 'site', ({ open }) => {
  it('opens in under three seconds as a single file, and builds only what is looked at', async () => {
    const { page, url, complaints } = await open(manyRuns, { form: 'single' });
    const times = await leastTimeToOpen(page, url, 3);
    expect(await page.locator('#runs tbody tr').count()).toBe(1000);
    // No figure is near the view yet.
    expect(await page.evaluate(() => 'Plotly' in window)).toBe(false);
    // A link leads to its run although nothing on the way there is laid out, and it stays there when it is.
    const href = await page.locator('#runs tbody th a').nth(600).getAttribute('href');
    await page.locator(`#runs tbody th a[href="${href}"]`).click();
    const run = page.locator(href!);
    const top = () => run.evaluate(element => Math.round(element.getBoundingClientRect().top));
    await expect.poll(top, SOON).toBe(16);
    await drawnNearView(page);
    expect(await top()).toBe(16);
    expect(await run.locator('.main-svg').count()).toBeGreaterThan(0);
    // What is folded is kept as text until it is opened.
    const fold = run.locator('details').first();
    expect(await fold.locator('table').count()).toBe(0);
    await fold.locator('summary').click();
    await fold.getByRole('table').waitFor();
    expect(complaints).toEqual([]);
    expect(times.thread).toBeGreaterThan(0);
    expect(times.thread).toBeLessThan(3);
    expect(times.wall).toBeLessThan(3);
  }, 120_000);

  it('opens in under three seconds as a site, the first page and the largest', async () => {
    const { page, urlOf, pages, complaints } = await open(manyRuns);
    const bySize = pages.map(file => ({ name: basename(file), bytes: statSync(file).size }));
    bySize.sort((a, b) => b.bytes - a.bytes);
    for (const name of ['index.html', ...bySize.slice(0, 2).map(({ name }) => name)]) {
      const { thread, wall } = await leastTimeToOpen(page, urlOf(name), 3);
      expect(thread).toBeGreaterThan(0);
      expect(thread).toBeLessThan(3);
      expect(wall).toBeLessThan(3);
    }
    expect(bySize[0].bytes).toBeLessThan(6e6);
    // What can be chosen is bounded, and told.
    await page.goto(urlOf('language-model.html'));
    expect(await page.locator('#gates option').count()).toBe(48);
    expect(await page.locator('#gates figcaption').textContent()).toContain('752 more runs are in the CSV.');
    expect(complaints).toEqual([]);
  }, 240_000);
});
