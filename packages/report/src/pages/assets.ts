import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** Scripts of the page in the order in which they must run. */
const CLIENT = ['page', 'downloads', 'sorting', 'folds', 'frame', 'scales', 'charts', 'topology', 'figures'] as const;

// One address from src/pages and from dist/pages alike.
const packageFile = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

/** Plotly's cartesian bundle, 1.5 MB: the page carries it, so that it needs no network. */
export function plotlyScript(): string {
  return inlineable(readFileSync(createRequire(import.meta.url).resolve('plotly.js-cartesian-dist-min'), 'utf8'));
}

/**
 * The page's own scripts, joined into one module. An inline module cannot import another one, so the imports between
 * them are taken out; a name that two of them define is a syntax error in the page, which the browser test sees.
 */
export function clientScript(): string {
  const parts = CLIENT.map(name =>
    packageFile(`dist/client/${name}.js`)
      .replace(/^import [^;]*;$/gm, '')
      .replace(/^export \{\};$/gm, '')
      .replace(/^export /gm, '')
      .replace(/^\/\/# sourceMappingURL=.*$/gm, ''),
  );
  return inlineable(parts.join('\n'));
}

export function styleSheet(): string {
  return packageFile('src/pages/report.css');
}

/** Source expression of the content security policy that allows exactly this inline script. */
export function cspHash(script: string): string {
  return `'sha256-${createHash('sha256').update(script, 'utf8').digest('base64')}'`;
}

function inlineable(script: string): string {
  if (/<\/script|<!--/i.test(script))
    throw new Error('a script with "</script" or "<!--" in it cannot be put into a page');
  return script;
}
