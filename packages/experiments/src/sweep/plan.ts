import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { requireWritable, unwritable, writeAtomically } from '../run/files.ts';
import { PLAN_FILE, PLAN_SCHEMA, type Plan, type PlannedExhibit, readPlan } from '../runlog/plan.ts';
import { sealDocument } from '../runlog/seal.ts';
import type { Exhibit, Group, Scale } from '../specs/exhibit.ts';
import { sharedSpec } from '../specs/places.ts';
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

/**
 * Writes plan.json into the folder of all run folders. Exhibits that it has already stay, unless one of the same id comes.
 *
 * @param order ids in the order in which the report shows them; others follow.
 * @throws UsageError or StorageError if the folder cannot be written to.
 */
export function writePlan(
  runs: string,
  scale: Plan['scale'],
  exhibits: readonly PlannedExhibit[],
  order: readonly string[] = [],
): void {
  const before = readPlan(runs);
  const all = new Map<string, PlannedExhibit>();
  // A plan that cannot be read says nothing that the new one does not.
  if (before !== undefined && 'exhibits' in before) for (const each of before.exhibits) all.set(each.id, each);
  for (const each of exhibits) all.set(each.id, each);
  const rank = (id: string) => (order.includes(id) ? order.indexOf(id) : order.length);
  const sorted = [...all.values()].sort((a, b) => rank(a.id) - rank(b.id));
  const plan: Plan = { schema: PLAN_SCHEMA, scale, exhibits: sorted };
  // A folder that cannot be written to any more is still read: what is finished there is told.
  if (isDeepStrictEqual(before, JSON.parse(JSON.stringify(plan)))) return;
  requireWritable(runs);
  // Two sweeps of one folder may begin together.
  const path = join(runs, PLAN_FILE);
  try {
    writeAtomically(path, `${JSON.stringify(sealDocument(plan), null, 2)}\n`, `${path}.${process.pid}.tmp`);
  } catch (error) {
    throw unwritable(runs, error);
  }
}
