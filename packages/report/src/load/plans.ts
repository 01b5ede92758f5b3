import { basename, relative } from 'node:path';
import { type Plan, type PlannedExhibit, type PlanRow, readDistances, readPlan } from '@sparse-rnn/experiments/runlog';
import type { Run } from './run.ts';

/** A run of an exhibit. */
export interface PlannedRun {
  /** Name of its folder. */
  name: string;
  seed: number;
  row: PlanRow;
  /** Title of the exhibit's group that the row is in. */
  group: string;
  /** Undefined while there is no folder of that name with a readable log. */
  run?: Run;
}

/** A table or figure of a plan with its runs. */
export interface Exhibit {
  /** Unique in the report: the plan's own id, with a number where two plans have it. */
  id: string;
  planned: PlannedExhibit;
  scale: Plan['scale'];
  /** The folder of the plan. */
  directory: string;
  runs: PlannedRun[];
}

/** The plan of a folder of runs. */
export interface StudyPlan {
  directory: string;
  plan: Plan;
  exhibits: Exhibit[];
}

/** A plan.json that cannot be used. */
export interface UnreadablePlan {
  directory: string;
  reason: string;
}

/** Reads the plans of some folders and finds the runs that they name: in the plan's own folder first, then anywhere. */
export function loadPlans(
  directories: readonly string[],
  runs: readonly Run[],
): { plans: StudyPlan[]; unreadablePlans: UnreadablePlan[] } {
  const plans: StudyPlan[] = [];
  const unreadablePlans: UnreadablePlan[] = [];
  const taken = new Set<string>();
  for (const directory of directories) {
    const plan = readPlan(directory);
    if (plan === undefined) continue;
    if ('reason' in plan) {
      unreadablePlans.push({ directory, reason: plan.reason });
      continue;
    }
    const find = finder(directory, runs);
    const exhibits = plan.exhibits.map(planned => ({
      id: uniqueId(planned.id.toLowerCase(), taken),
      planned,
      scale: planned.scale ?? plan.scale,
      directory,
      runs: plannedRuns(planned, find),
    }));
    plans.push({ directory, plan, exhibits });
  }
  return { plans, unreadablePlans };
}

function plannedRuns({ groups }: PlannedExhibit, find: (name: string) => Run | undefined): PlannedRun[] {
  return groups.flatMap(group =>
    group.rows.flatMap(row =>
      row.runs.map(({ run: name, seed }) => ({ name, seed, row, group: group.title, run: find(name) })),
    ),
  );
}

function finder(directory: string, runs: readonly Run[]): (name: string) => Run | undefined {
  const inside = (run: Run) => !relative(directory, run.directory).startsWith('..');
  const byName = new Map<string, Run>();
  for (const run of [...runs.filter(run => !inside(run)), ...runs.filter(inside)])
    byName.set(basename(run.directory), run);
  return name => byName.get(name);
}

/** How many of an exhibit's runs are there: a run that serves two rows counts once. */
export interface ExhibitState {
  planned: number;
  finished: number;
  failed: number;
  /** With a log that has no end yet. */
  unfinished: number;
  missing: number;
  /** What the exhibit lacks besides runs, and why. */
  lacks?: string;
}

/** Counts the runs of an exhibit. */
export function stateOf({ runs, planned, directory }: Exhibit): ExhibitState {
  const byName = new Map(runs.map(({ name, run }) => [name, run]));
  const state: ExhibitState = { planned: byName.size, finished: 0, failed: 0, unfinished: 0, missing: 0 };
  for (const run of byName.values()) state[run?.status ?? 'missing']++;
  return planned.view.kind === 'distance' ? { ...state, lacks: distancesLack(directory) } : state;
}

/** Why the distances between topologies are not there; undefined where they are. */
function distancesLack(directory: string): string | undefined {
  const measured = readDistances(directory);
  if (measured === undefined) return 'distances are not measured yet: sparse-rnn distances';
  return 'reason' in measured ? measured.reason : undefined;
}

/** The state in words: `complete`, `5 of 9 runs`, `missing`, with what keeps it from being complete. */
export function stateText({ planned, finished, failed, unfinished, missing, lacks }: ExhibitState): string {
  if (finished === planned) return lacks === undefined ? 'complete' : `all runs, but ${lacks}`;
  if (missing === planned) return 'missing';
  const open = [
    [failed, 'failed'],
    [unfinished, 'unfinished'],
    [missing, 'missing'],
  ] as const;
  const told = open.flatMap(([count, name]) => (count === 0 ? [] : [`${count} ${name}`])).join(', ');
  return `${finished} of ${planned} runs: ${told}`;
}

/** Names of the report's own pages, and how those of its settings and ids begin: no exhibit is called so. */
const RESERVED = /^(index|language-model|classification|runs|compare|differences|assets|(setting|run|study|page)-.*)$/;

function uniqueId(planned: string, taken: Set<string>): string {
  const id = RESERVED.test(planned) ? `exhibit-${planned}` : planned;
  let unique = id;
  for (let copy = 2; taken.has(unique); copy++) unique = `${id}-${copy}`;
  taken.add(unique);
  return unique;
}
