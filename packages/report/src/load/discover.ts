import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../errors.ts';

/** How deep below a folder that was named runs are looked for: `results/<study>/<run>/log.jsonl` is depth 2. */
const DEPTH = 3;

/**
 * The run folders below some folders: every folder that holds a `log.jsonl`, at most three levels down, in the order of
 * their names. A folder that is itself a run counts as one. Hidden folders and node_modules are passed over, and so is
 * a folder that cannot be listed.
 *
 * @throws InputError where a folder does not exist or is not a folder, or where no run is found in any of them.
 */
export function discoverRuns(roots: readonly string[]): string[] {
  if (roots.length === 0)
    throw new InputError('expected at least one folder of runs, got none; name one with --runs <dir>');
  const found = new Set<string>();
  for (const root of roots) {
    const kind = statSync(root, { throwIfNoEntry: false });
    if (kind === undefined) {
      throw new InputError(
        `expected a folder of runs, got "${root}", which does not exist; train one with "sparse-rnn run", or name another with --runs <dir>`,
      );
    }
    if (!kind.isDirectory()) {
      throw new InputError(
        `expected a folder of runs, got the file "${root}"; name the folder that holds the run folders`,
      );
    }
    collect(root, DEPTH, found);
  }
  if (found.size === 0) {
    throw new InputError(
      `expected run folders (each with a log.jsonl) below ${roots.map(root => `"${root}"`).join(', ')}, got none; ` +
        'train a run with "sparse-rnn run", or name another folder with --runs <dir>',
    );
  }
  return [...found];
}

function collect(directory: string, depth: number, found: Set<string>): void {
  let entries: import('node:fs').Dirent[];
  try {
    entries = readdirSync(directory, { withFileTypes: true });
  } catch {
    return;
  }
  if (entries.some(entry => entry.name === 'log.jsonl')) {
    found.add(directory);
    return;
  }
  if (depth === 0) return;
  const names = entries.filter(entry => entry.isDirectory()).map(entry => entry.name);
  for (const name of names.sort()) {
    if (!name.startsWith('.') && name !== 'node_modules') collect(join(directory, name), depth - 1, found);
  }
}
