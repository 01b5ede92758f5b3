import { readdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';

/** How deep below a folder runs are looked for: `runs/<study>/<run>` is depth 2. */
const DEPTH = 3;

/** A folder that was looked into. */
export interface SearchedFolder {
  /** The path by which it was reached. */
  directory: string;
  /** Names of everything that lies in it. */
  names: ReadonlySet<string>;
}

/**
 * Looks for run folders: these folders and all below them, in the order of their names. Links are followed; a folder that
 * is reached by several paths comes once, by the first without a link below the folder that was named, if there is one.
 * What lies below a folder with a `log.jsonl` is not looked into, nor are hidden folders and node_modules. A folder that
 * is missing or cannot be listed is passed over.
 *
 * @param depth How many levels below each folder are looked into.
 */
export function searchFolders(roots: readonly string[], depth = DEPTH): SearchedFolder[] {
  const found = roots.flatMap(root => search(root, depth, false, []));
  const byPath = new Map<string, Found>();
  for (const each of found) {
    const other = byPath.get(each.realPath);
    if (other === undefined || (other.linked && !each.linked)) byPath.set(each.realPath, each);
  }
  return found.filter(each => byPath.get(each.realPath) === each).map(({ directory, names }) => ({ directory, names }));
}

interface Found extends SearchedFolder {
  realPath: string;
  /** Whether a link leads to it from the folder that was named. */
  linked: boolean;
}

/** @param above Real paths of the folders that this one was reached by: a link to one of them is a loop. */
function search(directory: string, depth: number, linked: boolean, above: readonly string[]): Found[] {
  let entries: import('node:fs').Dirent[];
  let realPath: string;
  try {
    entries = readdirSync(directory, { withFileTypes: true });
    realPath = realpathSync(directory);
  } catch {
    return [];
  }
  if (above.includes(realPath)) return [];
  const names = new Set(entries.map(({ name }) => name));
  const own = { directory, names, realPath, linked };
  if (depth === 0 || names.has('log.jsonl')) return [own];
  const below = entries
    .filter(entry => entry.isDirectory() || entry.isSymbolicLink())
    .filter(({ name }) => !name.startsWith('.') && name !== 'node_modules')
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap(entry =>
      search(join(directory, entry.name), depth - 1, linked || entry.isSymbolicLink(), [...above, realPath]),
    );
  return [own, ...below];
}
