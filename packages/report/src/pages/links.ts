import { relative, resolve, sep } from 'node:path';
import type { Page } from './page.ts';

/** Relative address of a file or folder, as seen from the page's folder: `../runs/demo-set-0f3a/log.jsonl`. */
export function relativeHref(pageFolder: string, target: string): string {
  const path = relative(resolve(pageFolder), resolve(target)) || '.';
  return path.split(sep).map(encodeURIComponent).join('/');
}

/** The same path for reading: never an absolute path of the machine. */
export function relativePath(pageFolder: string, target: string): string {
  return (relative(resolve(pageFolder), resolve(target)) || '.').split(sep).join('/');
}

/** The fragment that opens the comparison of two runs, by their ids; without the second it is still to be chosen. */
export function compareAnchor(a: string, b = ''): string {
  return `compare:${a},${b}`;
}

/** Address of an id of the report, as seen from a page. */
export type Resolve = (anchor: string) => string;

/** Puts the address of every `#id` link of some markup in its place. Texts in markup are escaped, so none looks like one. */
export function resolveLinks(markup: string, resolve: Resolve): string {
  return markup.replace(/ href="#([^"]*)"/g, (_, anchor: string) => ` href="${resolve(anchor)}"`);
}

/**
 * How the pages of a site find each other's ids.
 *
 * @param fileOf File of a page by its name.
 * @returns The `Resolve` of a page.
 */
export function siteLinks(pages: readonly Page[], fileOf: (name: string) => string): (here: Page) => Resolve {
  const pageOf = new Map<string, string>();
  for (const { name, content } of pages) {
    for (const [, id] of content.markup.matchAll(/ id="([^"]+)"/g)) if (!pageOf.has(id)) pageOf.set(id, name);
    pageOf.set(`page-${name}`, name);
  }
  return here => anchor => {
    const name = anchor.startsWith('compare:') ? 'compare' : pageOf.get(anchor);
    if (name === undefined || name === here.name) return anchor === `page-${here.name}` ? '#main' : `#${anchor}`;
    return anchor === `page-${name}` ? fileOf(name) : `${fileOf(name)}#${anchor}`;
  };
}

/** In a single file every id is on the page. */
export const samePage: Resolve = anchor => `#${anchor}`;
