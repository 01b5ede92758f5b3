import { expect, it } from 'vitest';
import { describeInBrowser, SOON, takePictures } from './testing/browser.ts';
import type { SyntheticRun } from './testing/syntheticRuns.ts';

/** Classifiers by every kind of method beside language models. */
const MIXED: SyntheticRun[] = [
  ...['dense', 'dense-small', 'static', 'set', 'rigl', 'gmp', 'snip'].flatMap(method =>
    [1, 2].map(
      (seed): SyntheticRun => ({
        task: 'classification',
        preset: 'text-lstm',
        dataset: 'imdb',
        method,
        density: method === 'dense' ? 1 : 0.2,
        seed,
        flops: { perSequence: 384 },
        ...(method === 'rigl' && { methodFlops: 1234.5 }),
      }),
    ),
  ),
  { method: 'dense', density: 1 },
  { method: 'set', density: 0.1 },
];

describeInBrowser('the single file of classifiers in Chromium', 'single', reports => {
  const { open, drawn } = reports;

  it('draws classifiers beside language models, complains of nothing and asks for nothing', async () => {
    const { page, url, complaints, requests } = await drawn(MIXED);
    const part = page.locator('#page-classification');
    // Curves, quality, topology, exploration and gates.
    expect(await part.locator('[data-figure]').count()).toBe(5);
    expect(await page.locator('[data-figure]').count()).toBe(10 + MIXED.length);
    for (const figure of await page.locator('[data-figure]').all())
      expect(await figure.locator('.trace, .hm').count()).toBeGreaterThan(0);
    // Seven means of accuracy, of validation loss and of training loss, and both edges of the first two's bands.
    expect(await page.locator('#curves-text-lstm-imdb .scatterlayer .trace').count()).toBe(3 * 7 + 2 * 2 * 7);
    expect(await part.textContent()).not.toMatch(/perplexity/i);
    expect(await part.locator('.confusions table').count()).toBe(7);
    // A share of 100% and one of 0% must differ in shade.
    const shades = await part
      .locator('.confusions .cell')
      .evaluateAll(cells => new Set(cells.map(cell => getComputedStyle(cell).backgroundColor)).size);
    expect(shades).toBeGreaterThan(5);
    const pruned = await part.locator('#gates-classification option', { hasText: 'gmp' }).first().textContent();
    expect(pruned).toBe('gmp 0.20, starts dense, seed 1');
    await part.locator('#gates-classification select').selectOption({ label: pruned! });
    const ticks = part.locator('#gates-classification .ytick text');
    await expect.poll(async () => (await ticks.allTextContents()).includes('100%'), SOON).toBe(true);
    expect(complaints).toEqual([]);
    expect(requests).toEqual([url]);
  }, 60_000);

  it('fits a narrow screen with confusion matrices', async () => {
    const { page } = await drawn(MIXED, { viewport: { width: 390, height: 800 } });
    await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth), SOON).toBe(390);
  }, 60_000);

  it('sorts accuracy from high to low first', async () => {
    const { page } = await open(MIXED);
    const heading = page.locator('#runs-classification th[data-column="test_accuracy"]');
    await heading.getByRole('button').click();
    expect(await heading.getAttribute('aria-sort')).toBe('descending');
    const values = await page
      .locator('#runs-classification tbody tr')
      .evaluateAll(rows => rows.map(row => Number(row.children[4].getAttribute('data-value'))));
    expect(values).toHaveLength(14);
    expect(values[0]).toBeGreaterThan(values[13]);
    expect(values).toEqual(values.toSorted((a, b) => b - a));
    await heading.getByRole('button').click();
    expect(await heading.getAttribute('aria-sort')).toBe('ascending');
  });

  takePictures(reports, 'mixed-', MIXED);
});
