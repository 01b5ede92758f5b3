import { homedir, tmpdir } from 'node:os';
import { basename, dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import type { Page } from './page.ts';

/** How many levels above the page's folder may hold what it links to: `report/desk/` finds `../../runs/desk/`. */
const LEVELS_UP = 2;

/**
 * The path from the page's folder to a file or folder near it. Near is what lies below the page's folder, its parent or
 * the parent of that, unless the folder that both lie in is the root, the temporary folder or one that holds the home
 * folder: a path from there down is as good as an absolute one, which a report that is passed on must not hold.
 *
 * @returns `../runs/demo-set-0f3a`; undefined where the target is not near.
 */
export function nearPath(pageFolder: string, target: string): string | undefined {
  const path = relative(resolve(pageFolder), resolve(target)) || '.';
  // The folders lie on different drives.
  if (isAbsolute(path)) return undefined;
  const parts = path.split(sep);
  const up = parts.filter(part => part === '..').length;
  const common = resolve(pageFolder, ...parts.slice(0, up));
  return up > LEVELS_UP || isShared(common) ? undefined : parts.join('/');
}

/** Whether the things of several users or projects lie in a folder. */
function isShared(folder: string): boolean {
  return [tmpdir(), dirname(homedir())].some(lowest => {
    const path = relative(folder, resolve(lowest));
    return !isAbsolute(path) && path.split(sep)[0] !== '..';
  });
}

/** The path as an address: `../runs/demo%201/log.jsonl`; undefined where the target is not near. */
export function nearHref(pageFolder: string, target: string): string | undefined {
  return nearPath(pageFolder, target)?.split('/').map(encodeURIComponent).join('/');
}

/** The path for reading; of what is not near the name alone. */
export function shownPath(pageFolder: string, target: string): string {
  return nearPath(pageFolder, target) ?? basename(resolve(target));
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
