import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { buildReport, type Report } from '../build.ts';
import { CHROMIUM_FLAGS } from '../images/chromium.ts';
import { type SyntheticRun, writeRun } from './syntheticRuns.ts';

/** How long a drawing may take on a machine that is busy with other tests. */
export const SOON = { timeout: 15_000 };

const SCREEN = { width: 1280, height: 900 };

/** How a page is looked at. Default: on a light screen of 1280 by 900 pixels. */
interface Look {
  viewport?: { width: number; height: number };
  colorScheme?: 'light' | 'dark';
}

type Form = 'site' | 'single';

/** Runs of a report, or what writes them, and a plan if need be, to a folder. */
export type Runs = readonly SyntheticRun[] | ((folder: string) => void);

/** A report in the browser. */
export interface OpenedReport {
  page: Page;
  /** Address of the page, and of another one by its file's name. */
  url: string;
  urlOf(name: string): string;
  /** All that the page told the console and asked for since it was opened. */
  complaints: string[];
  requests: string[];
  files: string[];
  pages: string[];
  /** Folder of the pages, and of the runs. */
  root: string;
  runs: string;
}

/**
 * Reports of runs in the browser. Those of the same runs are built once: tests leave them as they are. All pages are
 * opened in one window, as a new one takes a second.
 */
export interface Reports {
  /** Loads the first page. */
  open(runs: Runs, options?: Look & { form?: Form }): Promise<OpenedReport>;
  /**
   * A page, the first one or the one of a name, with every figure drawn. Tests that ask for the same one after another
   * share it: they only look at it, and change no more than its look, which each of them says anew.
   */
  drawn(runs: Runs, options?: Look & { name?: string }): Promise<OpenedReport>;
}

/**
 * Tests of a report, as a site or as a single file, in Chromium; they are skipped, and their title says why, where there
 * is none.
 */
export function describeInBrowser(title: string, form: Form, tests: (reports: Reports) => void): void {
  const { path, missing } = inject('chromium');
  describe.skipIf(path === undefined)(`${title}${missing === undefined ? '' : ` (skipped: ${missing})`}`, () => {
    let browser: Browser | undefined;
    let window: Window;
    let folder: string;
    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'sparse-rnn-browser-'));
      browser = await chromium.launch({ executablePath: path, args: CHROMIUM_FLAGS });
      window = await openWindow(browser);
    }, 60_000);
    afterAll(async () => {
      await browser?.close();
      rmSync(folder, { recursive: true, force: true });
    });
    const written = new Map<Runs, string>();
    const folderOf = (runs: Runs) => {
      const known = written.get(runs) ?? writeRuns(runs, join(folder, `${written.size}`, 'runs'));
      written.set(runs, known);
      return known;
    };
    const built = new Map<string, Promise<BuiltReport>>();
    const reportOf = (runs: Runs, as: Form) => {
      const root = join(folderOf(runs), '..', as);
      const report = built.get(root) ?? build(folderOf(runs), root, as);
      built.set(root, report);
      return report;
    };
    let shared: { runs: Runs; name: string; report: OpenedReport } | undefined;
    tests({
      async open(runs, { form: as = form, ...look } = {}) {
        shared = undefined;
        return openReport(window, await reportOf(runs, as), 'index.html', look);
      },
      async drawn(runs, { name = 'index.html', ...look } = {}) {
        if (shared?.runs === runs && shared.name === name) {
          await setLook(window.page, look);
          return shared.report;
        }
        shared = undefined;
        const report = await openReport(window, await reportOf(runs, form), name, look);
        await drawAll(window.page);
        await window.page.evaluate(() => scrollTo(0, 0));
        shared = { runs, name, report };
        return report;
      },
    });
  });
}

interface BuiltReport extends Report {
  root: string;
  folder: string;
}

/** @returns The folder. */
function writeRuns(runs: Runs, folder: string): string {
  if (typeof runs === 'function') runs(folder);
  else for (const run of runs) writeRun(folder, run);
  return folder;
}

async function build(folder: string, root: string, form: Form): Promise<BuiltReport> {
  const out = join(root, 'index.html');
  return { root, folder, ...(await buildReport({ runs: [folder], out, singleFile: form === 'single' })) };
}

type Window = Pick<OpenedReport, 'page' | 'complaints' | 'requests'>;

async function openWindow(browser: Browser): Promise<Window> {
  const page = await browser.newPage();
  const window: Window = { page, complaints: [], requests: [] };
  page.on('console', message => window.complaints.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', error => window.complaints.push(error.message));
  page.on('request', request => window.requests.push(request.url()));
  return window;
}

async function openReport(window: Window, built: BuiltReport, name: string, look: Look): Promise<OpenedReport> {
  const { root, folder, files, pages } = built;
  await window.page.goto('about:blank');
  // Lists of its own: what the page before said is not said of this one.
  window.complaints = [];
  window.requests = [];
  await setLook(window.page, look);
  const urlOf = (name: string) => pathToFileURL(join(root, name)).href;
  await window.page.goto(urlOf(name));
  return { ...window, url: urlOf(name), urlOf, files, pages, root, runs: folder };
}

async function setLook(page: Page, { viewport = SCREEN, colorScheme = 'light' }: Look): Promise<void> {
  // The width first: what is drawn anew for the colours then has it already.
  await page.setViewportSize(viewport);
  await page.emulateMedia({ media: null, colorScheme });
  await page.evaluate(() => scrollTo(0, 0));
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
    // Those near another one are drawn with it.
    if ((await figure.getAttribute('data-drawn')) !== null) continue;
    await figure.scrollIntoViewIfNeeded();
    await figure.and(page.locator('[data-drawn]')).waitFor(SOON);
  }
}

/** Waits until the figures that are near the view are drawn, also those that come near it as others are drawn. */
export async function drawnNearView(page: Page): Promise<void> {
  await page.waitForFunction(
    () => {
      const near = [...document.querySelectorAll<HTMLElement>('[data-figure]')].filter(figure => {
        // Of many runs those that are not laid out have no place yet.
        if (!figure.checkVisibility({ contentVisibilityAuto: true })) return false;
        const { top, bottom } = figure.getBoundingClientRect();
        return top < innerHeight + 600 && bottom > -600;
      });
      return near.every(figure => figure.dataset.drawn !== undefined);
    },
    undefined,
    SOON,
  );
}

/** Waits until the first drawing of a page is made for a dark screen, or for a light one or paper. */
export async function expectInk(page: Page, ink: 'light' | 'dark'): Promise<void> {
  const text = page.locator('.xtick text').first();
  const colour = ink === 'dark' ? 'rgb(201, 206, 214)' : 'rgb(58, 65, 76)';
  await expect.poll(() => text.evaluate(element => getComputedStyle(element).fill), SOON).toBe(colour);
}

/** Pictures for people, taken only where SPARSE_RNN_SCREENSHOTS names a folder for them. */
export function takePictures({ open }: Reports, prefix: string, runs: Runs): void {
  const folder = process.env['SPARSE_RNN_SCREENSHOTS'];
  if (folder === undefined) return;
  it.each<[string, Look]>([
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
