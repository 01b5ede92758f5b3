import { readdirSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { PLAN_FILE } from '@sparse-rnn/experiments/runlog';
import { InputError } from '../errors.ts';

/** How deep below a folder that was named runs are looked for: `results/<study>/<run>/log.jsonl` is depth 2. */
const DEPTH = 3;

/** What lies below some folders. */
export interface Discovered {
  /** Folders that hold a `log.jsonl`. */
  runs: string[];
  /** Folders, of those that were looked into for runs, that hold a `plan.json`. */
  plans: string[];
}

/**
 * The run folders below some folders: every folder that holds a `log.jsonl`, at most three levels down, in the order of
 * their names; and the folders on the way that hold a plan. A folder that is itself a run counts as one, a folder that is
 * reached by several paths once, by the first. Hidden folders and node_modules are passed over, and so is a folder that
 * cannot be listed.
 *
 * @throws InputError where a folder does not exist or is not a folder, or where neither a run nor a plan is found.
 */
export function discover(roots: readonly string[]): Discovered {
  if (roots.length === 0)
    throw new InputError('expected at least one folder of runs, got none; name one with --runs <dir>');
  const found = { runs: new Map<string, string>(), plans: new Map<string, string>() };
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
  if (found.runs.size + found.plans.size === 0) {
    throw new InputError(
      `expected run folders (each with a log.jsonl) below ${roots.map(root => `"${root}"`).join(', ')}, got none; ` +
        'train a run with "sparse-rnn run", or name another folder with --runs <dir>',
    );
  }
  return { runs: [...found.runs.values()], plans: [...found.plans.values()] };
}

/** Paths as they were reached, by the real ones. */
type Paths = Map<string, string>;

function collect(directory: string, depth: number, found: { runs: Paths; plans: Paths }): void {
  let entries: import('node:fs').Dirent[];
  try {
    entries = readdirSync(directory, { withFileTypes: true });
  } catch {
    return;
  }
  if (entries.some(entry => entry.name === 'log.jsonl')) {
    add(found.runs, directory);
    return;
  }
  if (entries.some(entry => entry.name === PLAN_FILE)) add(found.plans, directory);
  if (depth === 0) return;
  const names = entries.filter(entry => entry.isDirectory()).map(entry => entry.name);
  for (const name of names.sort()) {
    if (!name.startsWith('.') && name !== 'node_modules') collect(join(directory, name), depth - 1, found);
  }
}

function add(paths: Paths, directory: string): void {
  const real = realpathSync(directory);
  if (!paths.has(real)) paths.set(real, directory);
}
