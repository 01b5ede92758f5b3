import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { openSealed } from './seal.ts';

/** Version of distances.json. Raised when a reader of the old file would misread the new one, or the measure changes. */
export const DISTANCES_SCHEMA = 1;

/** Name of the file, in the folder of all run folders. */
export const DISTANCES_FILE = 'distances.json';

const share = z.number().min(0).max(1);
const count = z.number().int().nonnegative();

/** Distances of two topologies, from 0 (equal) to 1 (nothing in common); docs/method.md says how they are computed. */
const distanceSchema = z.object({
  /** Units compared by their numbers. */
  raw: share,
  /** Units compared after matching. */
  matched: share,
  /** What `raw` is on average for random topologies with as many connections in every gate. */
  expected: share,
  /** What `matched` is for one pair of such random topologies. */
  randomMatched: share,
});

/** Distances of two models: the mean over their sparse matrices, and each of these in the order of the forward pass. */
export const modelDistanceSchema = distanceSchema.extend({
  matrices: z.array(distanceSchema.extend({ name: z.string() })).min(1),
});

/** One run of a pair. */
export const comparedRunSchema = z.object({
  /** Name of the run and of its folder. */
  run: z.string(),
  seed: z.number().int(),
  /** The epoch of the model that was compared: the one that was tested. */
  epoch: count,
  /** SHA-256 over the names and hashes of its topologies. */
  topology: z.string(),
});

/** Two finished runs that differ in their seed alone. */
export const pairSchema = z.object({
  a: comparedRunSchema,
  b: comparedRunSchema,
  /** Before the first step; null for a method that starts with every connection. */
  start: modelDistanceSchema.nullable(),
  /** Of the models that were tested. */
  end: modelDistanceSchema,
});

/** The content of distances.json. */
export const distancesSchema = z.object({
  schema: z.literal(DISTANCES_SCHEMA),
  pairs: z.array(pairSchema),
});

/** The content of distances.json: how far the topologies of runs of different seeds are apart. */
export type Distances = z.infer<typeof distancesSchema>;
/** Two runs and their distances. */
export type DistancePair = z.infer<typeof pairSchema>;
/** Distances of two models. */
export type ModelDistances = z.infer<typeof modelDistanceSchema>;
/** One run of a pair. */
export type ComparedRun = z.infer<typeof comparedRunSchema>;

/**
 * The distances in a folder of run folders; undefined where there are none, a reason where they cannot be read. They are
 * refused once anything in them was changed, their seal included.
 */
export function readDistances(runs: string): Distances | { reason: string } | undefined {
  let content: string;
  try {
    content = readFileSync(join(runs, DISTANCES_FILE), 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? undefined : { reason: `${DISTANCES_FILE} cannot be read: ${message}` };
  }
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch {
    return { reason: `${DISTANCES_FILE} is not a whole JSON value` };
  }
  const opened = openSealed(value);
  if (opened === undefined) return { reason: `${DISTANCES_FILE} was changed since it was written` };
  const result = distancesSchema.safeParse(opened);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  return { reason: `${DISTANCES_FILE}: ${issue.path.join('.') || 'file'}: ${issue.message}` };
}
