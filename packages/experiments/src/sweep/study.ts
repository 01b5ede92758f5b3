import { readFileSync } from 'node:fs';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { knownNames } from '../specs/knownNames.ts';
import type { RunSpec } from '../specs/schema.ts';
import { createSpec, runName } from '../specs/spec.ts';
import { UsageError } from '../specs/usageError.ts';

const setting = z.union([z.string(), z.number(), z.boolean()], 'a text, a number, true or false');
const settings = z.record(z.string(), setting, 'settings as key: value');

/** Each setting has every seed: one among settings would be overridden, one in the grid make settings of a single run each. */
function seedless<T extends z.ZodType<object>>(schema: T): T {
  const message = 'no seed here; list those of all settings under seeds, as in seeds: [1, 2, 3]';
  return schema.refine(value => !('seed' in value), { path: ['seed'], message });
}

/** A study of your own, as its YAML file says it. Messages of the rules complete the sentence `expected ...`. */
export const studySchema = z.strictObject({
  /** Letters, digits and dashes. */
  name: z.string('a name').regex(/^[a-z0-9][a-z0-9-]*$/i, 'a name of letters, digits and dashes'),
  /** What the study asks. */
  question: z.string('a text').optional(),
  preset: z.string('the name of a preset'),
  /** Settings of all runs. No seed. */
  settings: seedless(settings).default({}),
  seeds: z.array(z.int('a whole number'), 'a list of whole numbers').min(1, 'at least one seed').default([1]),
  /** Every combination of these settings is run: `density: [0.1, 0.33]`. */
  grid: seedless(
    z.record(z.string(), z.array(setting, 'a list of values').min(1, 'at least one value'), 'lists of values'),
  ).default({}),
  /** Further runs, each with settings of its own; one that names a seed is run with that alone. */
  runs: z.array(settings, 'a list of settings').default([]),
  /** Wall hours after which the sweep stops, with checkpoints; it goes on when it is started again. */
  budget: z.strictObject({ hours: z.number('a number of hours').positive('a number of hours above 0') }).optional(),
});

/** More runs than this are a slip. */
const MOST_RUNS = 10_000;

/** A study file's content, complete. */
export type Study = z.infer<typeof studySchema>;

/** The runs of a study, without what surrounds them. */
export type StudyRuns = Pick<Study, 'preset'> & Partial<Pick<Study, 'settings' | 'seeds' | 'grid' | 'runs'>>;

/** One run of a study. */
export interface PlannedRun {
  spec: Readonly<RunSpec>;
  /** Name of its folder. */
  name: string;
  /** What it is, in the study's own settings: `method=set, density=0.1, seed=1`. */
  label: string;
}

/** One setting of a study with its seeds. */
export interface PlannedRow {
  /** The study's own settings, then method and density where it names none. */
  settings: Record<string, string | number | boolean>;
  runs: PlannedRun[];
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
 * All settings of a study: every combination of the grid, then the listed ones, each with every seed. A density that the
 * grid gives to method `dense` is left out, as it has none; settings that come to the same, but for the seed, are one row
 * with the seeds of all.
 *
 * @throws UsageError for a setting that is unknown or out of range, and for more runs than 10,000.
 */
export function planRows({ preset, settings = {}, seeds = [1], grid = {}, runs = [] }: StudyRuns): PlannedRow[] {
  const known = knownNames();
  const ofGrid = Object.values(grid).reduce((product, { length }) => product * length, 1);
  const count = (ofGrid + runs.length) * seeds.length;
  if (count > MOST_RUNS) {
    throw new UsageError(
      `grid: expected at most ${MOST_RUNS.toLocaleString('en-US')} runs, got ${count.toLocaleString('en-US')}. ` +
        'Make several studies of it, or leave values out.',
    );
  }
  const fromGrid = Object.keys(grid).length === 0 && runs.length > 0 ? [] : combinations(grid);
  const rows = new Map<string, PlannedRow>();
  for (const { seed: own, ...setting } of [...fromGrid, ...runs]) {
    if (setting.method === 'dense') delete setting.density;
    const label = Object.entries(setting).map(([key, value]) => `${key}=${value}`);
    const planned = (own === undefined ? seeds : [own]).map((seed): PlannedRun => {
      const merged: Record<string, unknown> = { ...settings, ...setting, seed };
      if (merged.method === 'dense') delete merged.density;
      const spec = createSpec(preset, merged, known);
      return { spec, name: runName(spec), label: [...label, `seed=${seed}`].join(', ') };
    });
    const [{ spec }] = planned;
    const key = runName({ ...spec, seed: 0 });
    const row = rows.get(key) ?? { settings: { ...setting, method: spec.method, density: spec.density }, runs: [] };
    rows.set(key, { ...row, runs: distinct([...row.runs, ...planned]) });
  }
  return [...rows.values()];
}

/** All runs of a study, each once. As `planRows` otherwise. */
export function planRuns(study: StudyRuns): PlannedRun[] {
  return distinct(planRows(study).flatMap(({ runs }) => runs));
}

/** Every run once, at its first place. */
export function distinct(runs: readonly PlannedRun[]): PlannedRun[] {
  const byName = new Map<string, PlannedRun>();
  for (const run of runs) if (!byName.has(run.name)) byName.set(run.name, run);
  return [...byName.values()];
}

/** Arguments of `sparse-rnn` that train a planned run below a folder; how many threads it gets is left to whoever starts it. */
export function trainingArguments(
  { spec }: PlannedRun,
  folder: string,
  { engine, checkpointSeconds }: { engine: string; checkpointSeconds?: number },
): string[] {
  const settings = Object.entries(spec).flatMap(([key, value]) =>
    key === 'preset' ? [] : ['--set', `${key}=${value}`],
  );
  const saving = checkpointSeconds === undefined ? [] : ['--checkpoint-seconds', String(checkpointSeconds)];
  return ['run', spec.preset, ...settings, '--runs', folder, '--engine', engine, ...saving];
}

/** Every combination, the first key changing slowest. */
function combinations(grid: Study['grid']): Record<string, z.infer<typeof setting>>[] {
  return Object.entries(grid).reduce<Record<string, z.infer<typeof setting>>[]>(
    (all, [key, values]) => all.flatMap(each => values.map(value => ({ ...each, [key]: value }))),
    [{}],
  );
}
