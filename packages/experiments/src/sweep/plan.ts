import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { requireWritable, unwritable, writeAtomically } from '../run/files.ts';
import { RunLock } from '../run/lock.ts';
import { PLAN_FILE, PLAN_SCHEMA, type Plan, type PlannedExhibit, readPlan } from '../runlog/plan.ts';
import { sealDocument } from '../runlog/seal.ts';
import type { Exhibit, Group, Scale } from '../specs/exhibit.ts';
import { sharedSpec } from '../specs/places.ts';
import { BusyError, UsageError } from '../specs/usageError.ts';
import { type PlannedRun, planRows } from './study.ts';

/** An exhibit as plan.json tells the report of it, and the runs that it needs. */
export interface Planned {
  exhibit: PlannedExhibit;
  runs: PlannedRun[];
}

/** Plans an exhibit at a scale. */
export function planExhibit({ id, title, question, view, published, scales }: Exhibit, scale: Scale): Planned {
  const { setting, groups } = scales[scale];
  const command = `npx sparse-rnn reproduce ${id} --scale ${scale}`;
  const kind = id.startsWith('table') ? 'table' : 'figure';
  return planned({ id, kind, title, question, setting, command, view, published: [...(published ?? [])] }, groups);
}

/** What plan.json says of an exhibit made of groups of runs. */
export function planned(head: Omit<PlannedExhibit, 'groups'>, groups: readonly Group[]): Planned {
  const planned = groups.map(group => ({ title: group.title, rows: planRows(group) }));
  const exhibit: PlannedExhibit = {
    ...head,
    groups: planned.map(({ title, rows }) => ({
      title,
      rows: rows.map(({ settings, runs }) => {
        // The plan is shared with the logs: no folders of this machine in it.
        const shared = sharedSpec(settings);
        const own = Object.entries(shared).map(([key, value]) => `${key}=${value}`);
        return {
          label: own.join(', '),
          settings: shared,
          runs: runs.map(({ name, spec }) => ({ run: name, seed: spec.seed })),
        };
      }),
    })),
  };
  return { exhibit, runs: planned.flatMap(({ rows }) => rows.flatMap(({ runs }) => runs)) };
}

/** For how long a plan that another process is writing is waited for, and how often it is asked. */
const PATIENCE_MS = 10_000;
const POLL_MS = 20;

/**
 * Writes plan.json into the folder of all run folders. Exhibits that it has already stay as they are, with their scale, unless
 * one of the same id comes.
 *
 * @param order ids in the order in which the report shows them; others follow.
 * @throws UsageError if the plan.json that is there cannot be read, as nothing else may tell of its exhibits: it is left as
 *   it is. UsageError or StorageError if the folder cannot be written to, BusyError if another process keeps it locked.
 */
export async function writePlan(
  runs: string,
  scale: Plan['scale'],
  exhibits: readonly PlannedExhibit[],
  order: readonly string[] = [],
): Promise<void> {
  const extended = () => {
    const before = earlierPlan(runs);
    return { before, plan: extend(before, scale, exhibits, order) };
  };
  const now = extended();
  // A folder that cannot be written to any more is still read: what is finished there is told.
  if (isDeepStrictEqual(now.before, now.plan)) return;
  requireWritable(runs);
  // Two sweeps of one folder may begin together: neither loses what the other has planned.
  const lock = await takeLock(runs);
  try {
    writeAtomically(join(runs, PLAN_FILE), `${JSON.stringify(sealDocument(extended().plan), null, 2)}\n`);
  } catch (error) {
    throw unwritable(runs, error);
  } finally {
    lock.release();
  }
}

async function takeLock(runs: string): Promise<RunLock> {
  for (const until = performance.now() + PATIENCE_MS; ; ) {
    try {
      return RunLock.take(runs);
    } catch (error) {
      if (!(error instanceof BusyError) || performance.now() > until) throw error;
      await wait(POLL_MS);
    }
  }
}

/** The plan that is there, each exhibit with its scale. */
function earlierPlan(runs: string): Plan | undefined {
  const plan = readPlan(runs);
  if (plan === undefined) return undefined;
  if ('reason' in plan) {
    throw new UsageError(
      `${join(runs, PLAN_FILE)}: expected the plan that an earlier command wrote, got a file that cannot be read: ` +
        `${plan.reason}. Put it back as it was; or move it away, and give the commands of its tables, figures and studies ` +
        'again: what is finished is not trained again.',
    );
  }
  return { ...plan, exhibits: plan.exhibits.map(each => ({ ...each, scale: each.scale ?? plan.scale })) };
}

function extend(
  before: Plan | undefined,
  scale: Plan['scale'],
  exhibits: readonly PlannedExhibit[],
  order: readonly string[],
): Plan {
  const all = new Map<string, PlannedExhibit>(before?.exhibits.map(each => [each.id, each]));
  for (const each of exhibits) all.set(each.id, { ...each, scale });
  const rank = (id: string) => (order.includes(id) ? order.indexOf(id) : order.length);
  const sorted = [...all.values()].sort((a, b) => rank(a.id) - rank(b.id));
  // As a file that is read again: without members that are undefined.
  return JSON.parse(JSON.stringify({ schema: PLAN_SCHEMA, scale: before?.scale ?? scale, exhibits: sorted }));
}
