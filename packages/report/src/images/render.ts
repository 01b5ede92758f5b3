import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import type { FigureData } from '../figures/types.ts';
import { picturePage } from '../pages/shell.ts';
import { CHROMIUM_FLAGS, findChromium, INSTALL_HINT } from './chromium.ts';

/** A figure to be drawn. */
export type Drawable = { id: string } & FigureData;

/** Pictures that were made. */
export interface Rendered {
  /** Names of the files of each figure, by its id; a topology has two pictures, each as SVG and PNG. */
  files: Map<string, string[]>;
  /** Why pictures are missing: no browser, or figures that could not be drawn. */
  missing?: string;
}

/** CSS pixels; PNG files have three times as many. */
const WIDTH = 900;
const PNG_SCALE = 3;
/** Milliseconds that one figure may take. */
const PATIENCE = 60_000;

/**
 * Draws figures, as they open on the page, to `<id>.svg` and `<id>.png` in a folder, with the Chromium of this machine.
 * Without one, nothing is drawn and the reason is told; it is no error.
 */
export async function renderFigures(figures: readonly Drawable[], folder: string): Promise<Rendered> {
  const files: Rendered['files'] = new Map();
  const executablePath = await findChromium();
  if (executablePath === undefined) return { files, missing: `no Chromium was found; ${INSTALL_HINT}` };
  const { chromium } = await import('playwright-core');
  let browser: Awaited<ReturnType<typeof chromium.launch>>;
  try {
    browser = await chromium.launch({ executablePath, args: CHROMIUM_FLAGS });
  } catch (error) {
    const [reason] = (error as Error).message.split('\n');
    return { files, missing: `${executablePath} did not start (${reason}); ${INSTALL_HINT}` };
  }
  const failed: string[] = [];
  try {
    const page = await browser.newPage({ viewport: { width: WIDTH, height: 900 }, colorScheme: 'light' });
    await page.setContent(picturePage(figures));
    mkdirSync(folder, { recursive: true });
    for (const { id } of figures) {
      try {
        files.set(id, await renderFigure(page, id, folder));
      } catch (error) {
        failed.push(`${id} (${(error as Error).message.split('\n')[0]})`);
      }
    }
  } finally {
    await browser.close();
  }
  return failed.length === 0 ? { files } : { files, missing: `could not be drawn: ${failed.join(', ')}` };
}

async function renderFigure(page: Page, id: string, folder: string): Promise<string[]> {
  const place = page.locator(`[data-figure="${id}"]`);
  await place.scrollIntoViewIfNeeded({ timeout: PATIENCE });
  await place.and(page.locator('[data-drawn]')).waitFor({ timeout: PATIENCE });
  const pictures = await place.evaluate(takePictures, PNG_SCALE);
  return pictures.flatMap(({ suffix, svg, png }) => {
    const name = `${id}${suffix}`;
    writeFileSync(join(folder, `${name}.svg`), decodeURIComponent(svg.slice(svg.indexOf(',') + 1)));
    writeFileSync(join(folder, `${name}.png`), Buffer.from(png.slice(png.indexOf(',') + 1), 'base64'));
    return [`${name}.svg`, `${name}.png`];
  });
}

/** Runs in the browser: the drawings of a figure as data addresses. */
async function takePictures(place: Element, scale: number) {
  const { Plotly } = window as unknown as {
    Plotly: { toImage(plot: Element, options: Record<string, unknown>): Promise<string> };
  };
  const plots = place.matches('.js-plotly-plot') ? [place] : [...place.querySelectorAll('.js-plotly-plot')];
  return Promise.all(
    plots.map(async plot => {
      const size = { width: plot.clientWidth, height: plot.clientHeight };
      return {
        suffix: /topology(-\w+)/.exec(plot.className)?.[1] ?? '',
        svg: await Plotly.toImage(plot, { ...size, format: 'svg' }),
        // Transparent pictures are hard to read where the paper is dark.
        png: await Plotly.toImage(plot, { ...size, format: 'png', scale, setBackground: 'opaque' }),
      };
    }),
  );
}
