import { readRunLog, type UnreadableRun } from '@sparse-rnn/experiments/runlog';
import { discover } from './discover.ts';
import { loadPlans, type StudyPlan, type UnreadablePlan } from './plans.ts';
import { canonical, type Run, toRun } from './run.ts';
import { groupRuns, onlyRuns, type Study } from './study.ts';

/** A run of the same setting and seed as another one, which is summarised. */
export interface Copy {
  run: Run;
  of: Run;
}

/** Everything that a report is made from. */
export interface Loaded {
  roots: string[];
  runs: Run[];
  /** Every run, in its setting. */
  studies: Study[];
  /** The studies as they are summarised: with one run of each setting and seed. */
  summarised: Study[];
  /** The other runs. */
  copies: Copy[];
  /** Folders whose log has no readable start line. */
  unreadable: UnreadableRun[];
  /** What the runs were made for, where a folder says so. */
  plans: StudyPlan[];
  /** Folders whose plan cannot be read: their runs are shown all the same. */
  unreadablePlans: UnreadablePlan[];
}

/**
 * Reads all runs below some folders. A log that cannot be read is listed and the rest goes on; a run folder that is
 * reached twice is read once. Of several runs of one setting and seed, as copies are, one is summarised: a finished one,
 * else the one with most epochs, else the one found first. Each plan has the run of its own folder all the same.
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
  const studies = groupRuns(runs);
  const copies = copiesAmong(runs);
  const copied = new Set(copies.map(({ run }) => run));
  const summarised = onlyRuns(studies, new Set(runs.filter(run => !copied.has(run))));
  return { roots: [...roots], runs, studies, summarised, copies, unreadable, ...loadPlans(found.plans, runs) };
}

/** The runs whose setting and seed another one has. Counted as further seeds, they would make intervals and p too small. */
function copiesAmong(runs: readonly Run[]): Copy[] {
  const key = ({ studyKey, settingKey, seed }: Run) => canonical([studyKey, settingKey, seed]);
  const first = new Map<string, Run>();
  for (const run of runs) {
    const other = first.get(key(run));
    if (other === undefined || tellsMore(run, other)) first.set(key(run), run);
  }
  return runs.map(run => ({ run, of: first.get(key(run))! })).filter(({ run, of }) => run !== of);
}

function tellsMore(run: Run, other: Run): boolean {
  const finished = ({ status }: Run) => Number(status === 'finished');
  return (finished(run) - finished(other) || run.epochs.length - other.epochs.length) > 0;
}

/** `run-` and the first characters of the hash; a number follows where two folders hold the same run. */
function uniqueAnchor(id: string, taken: Set<string>): string {
  const base = `run-${id.replace(/[^A-Za-z0-9_-]/g, '').slice(0, 64) || 'unnamed'}`;
  let anchor = base;
  for (let copy = 2; taken.has(anchor); copy++) anchor = `${base}-${copy}`;
  taken.add(anchor);
  return anchor;
}
