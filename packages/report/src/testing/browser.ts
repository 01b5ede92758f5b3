import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, inject, it, onTestFinished } from 'vitest';
import { buildReport, type Report } from '../build.ts';
import { CHROMIUM_FLAGS } from '../images/chromium.ts';
import { type SyntheticRun, writeRun } from './syntheticRuns.ts';

/** How long a drawing may take on a machine that is busy with other tests. */
export const SOON = { timeout: 15_000 };

/** A report in the browser. */
export interface OpenedReport {
  page: Page;
  /** Address of the first page, and of another one by its file's name. */
  url: string;
  urlOf(name: string): string;
  complaints: string[];
  requests: string[];
  files: string[];
  pages: string[];
  root: string;
}

/** Writes runs, and a plan if need be, to a folder. */
export type WriteRuns = (folder: string) => void;

/** Builds a report of runs, once, and opens its first page, keeping every request and every complaint. */
export type OpenReport = (
  runs: readonly SyntheticRun[] | WriteRuns,
  options?: BrowserContextOptions,
) => Promise<OpenedReport>;

/**
 * Tests of a report, as a site or as a single file, in Chromium; they are skipped, and their title says why, where there
 * is none.
 */
export function describeInBrowser(title: string, form: 'site' | 'single', tests: (open: OpenReport) => void): void {
  const { path, missing } = inject('chromium');
  describe.skipIf(path === undefined)(`${title}${missing === undefined ? '' : ` (skipped: ${missing})`}`, () => {
    let browser: Browser | undefined;
    let folder: string;
    const built = new Map<unknown, Promise<BuiltReport>>();
    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'sparse-rnn-browser-'));
      browser = await chromium.launch({ executablePath: path, args: CHROMIUM_FLAGS });
    }, 60_000);
    afterAll(async () => {
      await browser?.close();
      rmSync(folder, { recursive: true, force: true });
    });
    tests((runs, options) => {
      // Tests read a report and leave it as it is, so that those of the same runs share one.
      if (!built.has(runs)) built.set(runs, build(join(folder, String(built.size)), form, runs));
      return openReport(browser!, built.get(runs)!, options);
    });
  });
}

interface BuiltReport extends Report {
  root: string;
}

async function build(
  root: string,
  form: 'site' | 'single',
  runs: readonly SyntheticRun[] | WriteRuns,
): Promise<BuiltReport> {
  const folder = join(root, 'runs');
  if (typeof runs === 'function') runs(folder);
  else for (const run of runs) writeRun(folder, run);
  const out = join(root, 'index.html');
  return { root, ...(await buildReport({ runs: [folder], out, singleFile: form === 'single' })) };
}

async function openReport(
  browser: Browser,
  built: Promise<BuiltReport>,
  options: BrowserContextOptions = {},
): Promise<OpenedReport> {
  const { root, file, files, pages } = await built;
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
  const urlOf = (name: string) => pathToFileURL(join(root, name)).href;
  return { page, url, urlOf, complaints, requests, files, pages, root };
}

/** The least of up to six times to open an address, as many as it takes to be below `goal`: others may use the machine. */
export async function leastTimeToOpen(
  page: Page,
  url: string,
  goal: number,
): Promise<{ thread: number; wall: number }> {
  const least = { thread: Number.POSITIVE_INFINITY, wall: Number.POSITIVE_INFINITY };
  for (let times = 0; times < 6 && (least.thread >= goal || least.wall >= goal); times++) {
    if (times > 0) await wait(2000);
    const { thread, wall } = await timeToOpen(page, url);
    least.thread = Math.min(least.thread, thread);
    least.wall = Math.min(least.wall, wall);
  }
  return least;
}

/**
 * Seconds of the page's own thread that opening an address takes, and seconds until it is loaded and its content is
 * painted. The second also measures what else the machine is doing.
 */
async function timeToOpen(page: Page, url: string): Promise<{ thread: number; wall: number }> {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  await page.goto('about:blank');
  await page.goto(url);
  const { metrics } = await session.send('Performance.getMetrics');
  const thread = metrics.find(({ name }) => name === 'ThreadTime')?.value ?? Number.NaN;
  await page.locator('h1').waitFor();
  const wall = await page.evaluate(async () => {
    const [entry] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
    const painted = () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime;
    while (painted() === undefined || entry.loadEventEnd === 0) await new Promise(resolve => setTimeout(resolve, 20));
    return Math.max(entry.loadEventEnd, painted()!) / 1000;
  });
  await session.detach();
  return { thread, wall };
}

/** Scrolls to every figure and waits until it is drawn. */
export async function drawAll(page: Page): Promise<void> {
  for (const figure of await page.locator('[data-figure]').all()) {
    await figure.scrollIntoViewIfNeeded();
    await figure.and(page.locator('[data-drawn]')).waitFor(SOON);
  }
}

/** Pictures for people, taken only where SPARSE_RNN_SCREENSHOTS names a folder for them. */
export function takePictures(open: OpenReport, prefix: string, runs: readonly SyntheticRun[] | WriteRuns): void {
  const folder = process.env['SPARSE_RNN_SCREENSHOTS'];
  if (folder === undefined) return;
  it.each<[string, BrowserContextOptions]>([
    ['light', {}],
    ['dark', { colorScheme: 'dark' }],
    ['narrow', { viewport: { width: 390, height: 800 } }],
    ['print', { viewport: { width: 718, height: 1000 } }],
  ])(
    'takes a picture: %s',
    async (name, options) => {
      mkdirSync(folder, { recursive: true });
      const { page, pages } = await open(runs, options);
      for (const file of pages) {
        await page.goto(pathToFileURL(file).href);
        if (name === 'print') await page.emulateMedia({ media: 'print' });
        await drawAll(page);
        await page.evaluate(() => scrollTo(0, 0));
        const of = pages.length > 1 ? `${basename(file, '.html')}-` : '';
        await page.screenshot({ path: join(folder, `${prefix}${of}${name}.png`), fullPage: true });
      }
    },
    300_000,
  );
}
