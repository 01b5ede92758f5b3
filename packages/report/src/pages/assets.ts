import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** Scripts of the page in the order in which they must run. */
const CLIENT = [
  'page',
  'downloads',
  'sorting',
  'folds',
  'frame',
  'scales',
  'charts',
  'topology',
  'figures',
  'compare',
] as const;

/** Style sheets in the order in which they must be read. */
const STYLES = ['report', 'site', 'media'] as const;

// One address from src/pages and from dist/pages alike.
const packageFile = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

/**
 * Plotly's cartesian bundle, 1.5 MB: the page carries it, so that it needs no network. It is inside a function that the
 * first drawing calls: browsers compile a function when it is called, and to compile and run Plotly takes most of a
 * second on a slow machine. A script that is added when it is needed would come too late for paper.
 */
export function plotlyScript(): string {
  const plotly = readFileSync(createRequire(import.meta.url).resolve('plotly.js-cartesian-dist-min'), 'utf8');
  return inlineable(`function startPlotly() {\n${plotly}\n}\n`);
}

/**
 * The page's own scripts, joined into one block: the imports between them are taken out, as neither an inline script nor
 * one of a page that is opened from a folder can import another. In a strict block a name that two of them define is a
 * syntax error, which the browser test sees.
 */
export function clientScript(): string {
  const parts = CLIENT.map(name =>
    packageFile(`dist/client/${name}.js`)
      .replace(/^import [^;]*;$/gm, '')
      .replace(/^export \{\};$/gm, '')
      .replace(/^export /gm, '')
      .replace(/^\/\/# sourceMappingURL=.*$/gm, ''),
  );
  return inlineable(`'use strict';\n{\n${parts.join('\n')}\n}\n`);
}

export function styleSheet(): string {
  return STYLES.map(name => packageFile(`src/pages/style/${name}.css`)).join('');
}

/** Source expression of the content security policy that allows exactly this inline script. */
export function cspHash(script: string): string {
  return `'sha256-${createHash('sha256').update(script, 'utf8').digest('base64')}'`;
}

/**
 * A word that allows the scripts of a page that carry it. A hash would not do for scripts in files of their own: browsers
 * check none of those on pages that are opened from a folder. It is made from all that the page says, so a text in a log
 * cannot hold the word of the page that it ends up in.
 */
export function cspNonce(markup: string): string {
  return createHash('sha256').update(markup, 'utf8').digest('base64');
}

function inlineable(script: string): string {
  if (/<\/script|<!--/i.test(script))
    throw new Error('a script with "</script" or "<!--" in it cannot be put into a page');
  return script;
}
