import { readFileSync } from 'node:fs';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { knownNames } from '../specs/knownNames.ts';
import type { RunSpec } from '../specs/schema.ts';
import { createSpec, runName } from '../specs/spec.ts';
import { UsageError } from '../specs/usageError.ts';

const setting = z.union([z.string(), z.number(), z.boolean()], 'a text, a number, true or false');
const settings = z.record(z.string(), setting, 'settings as key: value');

/** A study of your own, as its YAML file says it. Messages of the rules complete the sentence `expected ...`. */
export const studySchema = z.strictObject({
  /** Letters, digits and dashes. */
  name: z.string('a name').regex(/^[a-z0-9][a-z0-9-]*$/i, 'a name of letters, digits and dashes'),
  /** What the study asks. */
  question: z.string('a text').optional(),
  preset: z.string('the name of a preset'),
  /** Settings of all runs. */
  settings: settings.default({}),
  seeds: z.array(z.int('a whole number'), 'a list of whole numbers').min(1, 'at least one seed').default([1]),
  /** Every combination of these settings is run: `density: [0.1, 0.33]`. */
  grid: z
    .record(z.string(), z.array(setting, 'a list of values').min(1, 'at least one value'), 'lists of values')
    .default({}),
  /** Further runs, each with settings of its own. */
  runs: z.array(settings, 'a list of settings').default([]),
  /** Wall hours after which the sweep stops, with checkpoints; it goes on when it is started again. */
  budget: z.strictObject({ hours: z.number('a number of hours').positive('a number of hours above 0') }).optional(),
});

/** More runs than this are a slip. */
const MOST_RUNS = 10_000;

/** A study file's content, complete. */
export type Study = z.infer<typeof studySchema>;

/** One run of a study. */
export interface PlannedRun {
  spec: Readonly<RunSpec>;
  /** Name of its folder. */
  name: string;
  /** What it is, in the study's own settings: `method=set, density=0.1, seed=1`. */
  label: string;
}

/** Reads a study file. @throws UsageError that names the file and the line, what was expected and what came. */
export function readStudy(path: string): Study {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`${path}: expected a study file, got none that can be read: ${(error as Error).message}`);
  }
  const document = parseDocument(text, { prettyErrors: true, logLevel: 'error' });
  if (document.errors.length > 0) throw new UsageError(`${path}: expected YAML; ${document.errors[0].message.trim()}`);
  let content: unknown;
  try {
    content = document.toJS();
  } catch (error) {
    // Aliases of nothing, or of more than any study holds.
    throw new UsageError(`${path}: expected YAML; ${(error as Error).message}`);
  }
  const result = studySchema.safeParse(content);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  if (issue.code === 'unrecognized_keys') {
    const keys = Object.keys(studySchema.shape).join(', ');
    throw new UsageError(`${path}: unknown key '${issue.keys[0]}'. A study has: ${keys}.`);
  }
  throw new UsageError(`${path}: ${issue.path.join('.') || 'study'}: expected ${issue.message}. See docs/sweeps.md.`);
}

/**
 * All runs of a study: every combination of the grid, then the listed ones, each with every seed. Runs that come to the
 * same spec are one. A density that the grid gives to method `dense` is left out, as it has none.
 *
 * @throws UsageError for a setting that is unknown or out of range, and for more runs than 10,000.
 */
export function planRuns(study: Study): PlannedRun[] {
  const known = knownNames();
  const ofGrid = Object.values(study.grid).reduce((product, { length }) => product * length, 1);
  const count = (ofGrid + study.runs.length) * study.seeds.length;
  if (count > MOST_RUNS) {
    throw new UsageError(
      `grid: expected at most ${MOST_RUNS.toLocaleString('en-US')} runs, got ${count.toLocaleString('en-US')}. ` +
        'Make several studies of it, or leave values out.',
    );
  }
  const fromGrid = Object.keys(study.grid).length === 0 && study.runs.length > 0 ? [] : combinations(study.grid);
  const runs = new Map<string, PlannedRun>();
  for (const own of [...fromGrid, ...study.runs]) {
    for (const seed of study.seeds) {
      const merged: Record<string, unknown> = { ...study.settings, ...own, seed: own.seed ?? seed };
      if (merged.method === 'dense') delete merged.density;
      const spec = createSpec(study.preset, merged, known);
      const shown = { ...own, seed: spec.seed };
      const label = Object.entries(shown).map(([key, value]) => `${key}=${value}`);
      const name = runName(spec);
      if (!runs.has(name)) runs.set(name, { spec, name, label: label.join(', ') });
    }
  }
  return [...runs.values()];
}

/** Every combination, the first key changing slowest. */
function combinations(grid: Study['grid']): Record<string, z.infer<typeof setting>>[] {
  return Object.entries(grid).reduce<Record<string, z.infer<typeof setting>>[]>(
    (all, [key, values]) => all.flatMap(each => values.map(value => ({ ...each, [key]: value }))),
    [{}],
  );
}
