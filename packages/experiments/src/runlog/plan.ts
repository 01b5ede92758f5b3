import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { hasSeal, openDocument } from './seal.ts';

/** Version of plan.json. Raised when a reader of the old file would misread the new one. */
export const PLAN_SCHEMA = 1;

/** Name of the file, in the folder of all run folders. */
export const PLAN_FILE = 'plan.json';

const text = z.string();
const anchor = text.regex(/^[a-z0-9][a-z0-9-]*$/i);

/** What a figure has on its horizontal axis: a setting, or a count of the model. */
export const axisSchema = z.enum(['density', 'removalRate', 'updateSteps', 'parameters', 'flops']);

/** How the report shows an exhibit. */
export const viewSchema = z.discriminatedUnion('kind', [
  /** Table: test and validation results, parameters, FLOPs, paired differences to dense and static. */
  z.object({ kind: z.literal('quality') }),
  /** Table: parameters, FLOPs of training and inference, measured time and memory. */
  z.object({ kind: z.literal('cost') }),
  /** Figure: learning curves with seed bands. */
  z.object({ kind: z.literal('curves') }),
  /** Figure: test result against each of these, one panel per axis, one line per `series` setting. */
  z.object({ kind: z.literal('against'), x: z.array(axisSchema).min(1), series: text.default('method') }),
  /** Figure: densities of gates and matrices over time. */
  z.object({ kind: z.literal('gates') }),
  /** Figure: explored share over time. */
  z.object({ kind: z.literal('explored') }),
  /** Figure: distance between the topologies of different seeds. */
  z.object({ kind: z.literal('distance') }),
  /** Figure: measured time of a step and memory against density, beside the dense lines. */
  z.object({ kind: z.literal('step-cost') }),
]);

/** One setting of an exhibit, and its runs: one per seed. */
export const planRowSchema = z.object({
  /** What it is, in the exhibit's own settings: `method=set, density=0.1`. */
  label: text,
  /** Those settings, by key of the spec; method and density always. */
  settings: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  runs: z.array(z.object({ /** Name of the run and of its folder. */ run: text, seed: z.number().int() })).min(1),
});

/** `quick`, `desk`, `paper`, or `study` for one of one's own. */
const scaleSchema = z.enum(['quick', 'desk', 'paper', 'study']);

/** A table or figure, and the runs that it is made of. */
export const exhibitSchema = z.object({
  /** `table-1`, `figure-3`, or the name of a study of one's own. */
  id: anchor,
  kind: z.enum(['table', 'figure']),
  title: text,
  /** What it asks. */
  question: text,
  /** What was run, in words: model, data, epochs, seeds. */
  setting: text,
  /** The command that makes it. */
  command: text,
  view: viewSchema,
  /** Rows of one group may be compared: one preset, one data set. */
  groups: z.array(z.object({ title: text, rows: z.array(planRowSchema).min(1) })).min(1),
  /** Files of published results to show beside it, without their ending. */
  published: z.array(anchor).default([]),
  /** How much is trained for it. Absent in plans that are of one scale as a whole. */
  scale: scaleSchema.optional(),
});

/** What the runs in a folder were made for: written before the first of them is trained. */
export const planSchema = z.object({
  schema: z.literal(PLAN_SCHEMA),
  /** Of the exhibits that name none. */
  scale: scaleSchema,
  exhibits: z.array(exhibitSchema),
});

/** The content of plan.json. */
export type Plan = z.infer<typeof planSchema>;
/** A table or figure of a plan. */
export type PlannedExhibit = z.infer<typeof exhibitSchema>;
/** One setting of an exhibit. */
export type PlanRow = z.infer<typeof planRowSchema>;
/** How an exhibit is shown. */
export type View = z.infer<typeof viewSchema>;
/** What a figure may have on its horizontal axis. */
export type Axis = z.infer<typeof axisSchema>;

/**
 * The plan in a folder of run folders; undefined where there is none, a reason where it cannot be read. A plan is
 * refused once anything in it was changed; those whose exhibits name no scale may be from before there were seals.
 */
export function readPlan(runs: string): Plan | { reason: string } | undefined {
  let content: string;
  try {
    content = readFileSync(join(runs, PLAN_FILE), 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? undefined : { reason: `${PLAN_FILE} cannot be read: ${message}` };
  }
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch {
    return { reason: `${PLAN_FILE} is not a whole JSON value` };
  }
  const changed = { reason: `${PLAN_FILE} was changed since it was written` };
  const opened = openDocument(value);
  if (opened === undefined) return changed;
  const result = planSchema.safeParse(opened);
  if (result.success) {
    return !hasSeal(value) && result.data.exhibits.some(({ scale }) => scale !== undefined) ? changed : result.data;
  }
  const [issue] = result.error.issues;
  return { reason: `${PLAN_FILE}: ${issue.path.join('.') || 'plan'}: ${issue.message}` };
}
