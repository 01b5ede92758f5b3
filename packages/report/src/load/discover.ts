import { statSync } from 'node:fs';
import { PLAN_FILE, type SearchedFolder, searchFolders } from '@sparse-rnn/experiments/runlog';
import { InputError } from '../errors.ts';

/** What lies below some folders. */
export interface Discovered {
  /** Folders that hold a `log.jsonl`. */
  runs: string[];
  /** Folders, of those that were looked into for runs, that hold a `plan.json`. */
  plans: string[];
}

/**
 * The run folders below some folders: every folder that holds a `log.jsonl`, at most three levels down, as `searchFolders`
 * finds them; and the folders on the way that hold a plan. A folder that is itself a run counts as one.
 *
 * @throws InputError where a folder does not exist or is not a folder, or where neither a run nor a plan is found.
 */
export function discover(roots: readonly string[]): Discovered {
  if (roots.length === 0)
    throw new InputError('expected at least one folder of runs, got none; name one with --runs <dir>');
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
  }
  const folders = searchFolders(roots);
  const isRun = ({ names }: SearchedFolder) => names.has('log.jsonl');
  const runs = folders.filter(isRun);
  const plans = folders.filter(folder => !isRun(folder) && folder.names.has(PLAN_FILE));
  if (runs.length + plans.length === 0) {
    throw new InputError(
      `expected run folders (each with a log.jsonl) below ${roots.map(root => `"${root}"`).join(', ')}, got none; ` +
        'train a run with "sparse-rnn run", or name another folder with --runs <dir>',
    );
  }
  const paths = (found: readonly SearchedFolder[]) => found.map(({ directory }) => directory);
  return { runs: paths(runs), plans: paths(plans) };
}
