import { readRunLog, type UnreadableRun } from '@sparse-rnn/experiments/runlog';
import { discover } from './discover.ts';
import { loadPlans, type StudyPlan, type UnreadablePlan } from './plans.ts';
import { type Run, toRun } from './run.ts';
import { groupRuns, type Study } from './study.ts';

/** Everything that a report is made from. */
export interface Loaded {
  roots: string[];
  runs: Run[];
  studies: Study[];
  /** Folders whose log has no readable start line. */
  unreadable: UnreadableRun[];
  /** What the runs were made for, where a folder says so. */
  plans: StudyPlan[];
  /** Folders whose plan cannot be read: their runs are shown all the same. */
  unreadablePlans: UnreadablePlan[];
}

/**
 * Reads all runs below some folders. A log that cannot be read is listed and the rest goes on; a run folder that is
 * reached twice is read once.
 *
 * @throws InputError where a folder is missing or neither a run nor a plan is found.
 */
export function loadRuns(roots: readonly string[]): Loaded {
  const runs: Run[] = [];
  const unreadable: UnreadableRun[] = [];
  const anchors = new Set<string>();
  const found = discover(roots);
  for (const directory of found.runs) {
    const log = readRunLog(directory);
    if ('start' in log) runs.push(toRun(log, uniqueAnchor(log.start.run, anchors)));
    else unreadable.push(log);
  }
  return { roots: [...roots], runs, studies: groupRuns(runs), unreadable, ...loadPlans(found.plans, runs) };
}

/** `run-` and the first characters of the hash; a number follows where two folders hold the same run. */
function uniqueAnchor(id: string, taken: Set<string>): string {
  const base = `run-${id.replace(/[^A-Za-z0-9_-]/g, '').slice(0, 64) || 'unnamed'}`;
  let anchor = base;
  for (let copy = 2; taken.has(anchor); copy++) anchor = `${base}-${copy}`;
  taken.add(anchor);
  return anchor;
}
