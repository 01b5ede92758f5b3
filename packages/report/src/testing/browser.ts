import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, inject, it, onTestFinished } from 'vitest';
import { buildReport } from '../build.ts';
import { temporaryFolder } from './folders.ts';
import { type SyntheticRun, writeRun } from './syntheticRuns.ts';

// Without background networking Chromium asks for nothing of its own.
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** How long a drawing may take on a machine that is busy with other tests. */
export const SOON = { timeout: 15_000 };

/** Builds a report of runs and opens it, keeping every request and every complaint. */
export type OpenReport = (
  runs: readonly SyntheticRun[],
  options?: BrowserContextOptions,
) => Promise<{ page: Page; url: string; complaints: string[]; requests: string[]; csv: string[]; root: string }>;

/** Tests of a page in Chromium; they are skipped, and their title says why, where there is none. */
export function describeInBrowser(title: string, tests: (open: OpenReport) => void): void {
  const { path, missing } = inject('chromium');
  describe.skipIf(path === undefined)(`${title}${missing === undefined ? '' : ` (skipped: ${missing})`}`, () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await chromium.launch({ executablePath: path, args: FLAGS });
    }, 60_000);
    afterAll(() => browser.close());
    tests((runs, options) => openReport(browser, runs, options));
  });
}

async function openReport(browser: Browser, runs: readonly SyntheticRun[], options: BrowserContextOptions = {}) {
  const root = temporaryFolder();
  for (const run of runs) writeRun(join(root, 'runs'), run);
  const { file, csv } = await buildReport({ runs: [join(root, 'runs')], out: join(root, 'index.html') });
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  onTestFinished(() => context.close());
  const page = await context.newPage();
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on('console', message => complaints.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', error => complaints.push(error.message));
  page.on('request', request => requests.push(request.url()));
  const url = pathToFileURL(file).href;
  await page.goto(url);
  return { page, url, complaints, requests, csv, root };
}

/** Scrolls to every figure and waits until it is drawn. */
export async function drawAll(page: Page): Promise<void> {
  for (const figure of await page.locator('[data-figure]').all()) {
    await figure.scrollIntoViewIfNeeded();
    await figure.and(page.locator('[data-drawn]')).waitFor(SOON);
  }
}

/** Pictures for people, taken only where SPARSE_RNN_SCREENSHOTS names a folder for them. */
export function takePictures(open: OpenReport, prefix: string, runs: readonly SyntheticRun[]): void {
  const folder = process.env['SPARSE_RNN_SCREENSHOTS'];
  if (folder === undefined) return;
  it.each<[string, BrowserContextOptions]>([
    ['light', {}],
    ['dark', { colorScheme: 'dark' }],
    ['narrow', { viewport: { width: 390, height: 800 } }],
  ])(
    'takes a picture: %s',
    async (name, options) => {
      mkdirSync(folder, { recursive: true });
      const { page } = await open(runs, options);
      await drawAll(page);
      await page.evaluate(() => scrollTo(0, 0));
      await page.screenshot({ path: join(folder, `${prefix}${name}.png`), fullPage: true });
    },
    60_000,
  );
}
