// Builds the report of some runs and takes the pictures of it that the docs show. Needs a build (`npm run build`) and Chromium.
//
//   node docs/pictures.mjs [--runs results/desk] [--out docs/images]
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: join(root, 'results/desk') },
    out: { type: 'string', default: join(root, 'docs/images') },
  },
});

/** Pages by the name of their picture, from its top down to a height in CSS pixels. */
const PICTURES = {
  report: { page: 'index', height: 1500 },
  'report-table': { page: 'table-1', height: 1500 },
  'report-figure': { page: 'figure-1', height: 1500 },
};

const dist = join(root, 'packages/report/dist');
const { buildReport } = await import(pathToFileURL(join(dist, 'build.js')).href);
const { CHROMIUM_FLAGS, findChromium, INSTALL_HINT } = await import(
  pathToFileURL(join(dist, 'images/chromium.js')).href
);
const { chromium } = createRequire(join(dist, 'build.js'))('playwright-core');

const executablePath = await findChromium();
if (executablePath === undefined) {
  console.error(`expected Chromium, got none; ${INSTALL_HINT}`);
  process.exit(1);
}
const site = mkdtempSync(join(tmpdir(), 'report-pictures-'));
const browser = await chromium.launch({ executablePath, args: CHROMIUM_FLAGS });
try {
  await buildReport({ runs: [values.runs], out: join(site, 'index.html') });
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  for (const [name, { page: file, height }] of Object.entries(PICTURES)) {
    await page.goto(pathToFileURL(join(site, `${file}.html`)).href);
    for (const figure of await page.locator('[data-figure]').all()) {
      await figure.scrollIntoViewIfNeeded();
      await figure.and(page.locator('[data-drawn]')).waitFor();
    }
    await page.evaluate(() => scrollTo(0, 0));
    const clip = { x: 0, y: 0, width: 1280, height };
    const path = join(values.out, `${name}.png`);
    await page.screenshot({ path, clip, fullPage: true });
    console.log(path);
  }
} finally {
  await browser.close();
  rmSync(site, { recursive: true, force: true });
}
