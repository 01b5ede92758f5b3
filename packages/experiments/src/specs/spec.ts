import { createHash } from 'node:crypto';
import { checkEffect } from './effect.ts';
import { didYouMean } from './nearest.ts';
import { DEFAULTS, PRESETS } from './presets.ts';
import { NEUTRAL, type RunSpec, SPEC_KEYS, type SpecSettings, specSchema } from './schema.ts';
import { UsageError } from './usageError.ts';

/** Names that a spec may refer to, given by whoever knows them: the registries of methods and of corpora. */
export interface KnownNames {
  /** Registered methods. */
  methods: readonly string[];
  /** What a method's paper prescribes: comes after the preset and before the user's settings. */
  methodSettings?: (method: string) => SpecSettings;
  /** Registered cells. */
  cells: readonly string[];
  /** Names of corpora, by the task that they are for. */
  corpora: Readonly<Record<RunSpec['task'], readonly string[]>>;
}

/**
 * The spec of a run: defaults, then the preset, then the settings; validated, complete and frozen.
 *
 * @param presetName one of `PRESETS`.
 * @param settings as `--set key=value` gives them: texts are turned into numbers and flags where the key wants one.
 * @throws UsageError that names the key, what was expected, what came, and the nearest valid name where a name is wrong.
 */
export function createSpec(
  presetName: string,
  settings: Record<string, unknown>,
  known: KnownNames,
): Readonly<RunSpec> {
  const preset = Object.hasOwn(PRESETS, presetName) ? PRESETS[presetName] : undefined;
  if (preset === undefined) throw unknownName('preset', presetName, Object.keys(PRESETS));
  const given = Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [key, fromText(checkedKey(key), value)]),
  );
  const start: Record<string, unknown> = { preset: presetName, ...NEUTRAL, ...DEFAULTS, ...preset.settings };
  const method = String(given['method'] ?? start['method']);
  if (!known.methods.includes(method)) throw unknownName('method', method, known.methods);
  const prescribed = known.methodSettings?.(method) ?? {};
  checkLearningRate(method, start, prescribed, given);
  const base = { ...start, ...prescribed };
  const merged: Record<string, unknown> = { ...base, ...given };

  if (!known.cells.includes(String(merged['cell']))) throw unknownName('cell', merged['cell'], known.cells);
  checkData(String(merged['data']), merged['task'], known.corpora);
  if (merged['method'] === 'dense') {
    if (given['density'] !== undefined && given['density'] !== 1) {
      throw new UsageError(
        `density: expected 1 for method dense, got ${show(given['density'])}. Leave density out, or choose a sparse method: ` +
          `${known.methods.filter(name => name !== 'dense').join(', ')}.`,
      );
    }
    merged['density'] = 1;
  }
  if (merged['initRecurrent'] === 'auto' && typeof merged['hidden'] === 'number') {
    merged['initRecurrent'] = 1 / Math.sqrt(merged['hidden']);
  }
  const spec = validateSpec(merged);
  checkEffect(spec, base, given);
  return spec;
}

/** A learning rate that suits Adam suits no plain gradient descent: a method that changes the optimizer asks for another. */
function checkLearningRate(
  method: string,
  before: Record<string, unknown>,
  { optimizer }: SpecSettings,
  given: Record<string, unknown>,
): void {
  if (optimizer === undefined || before['optimizer'] !== 'adam' || optimizer === 'adam') return;
  if ('optimizer' in given || 'learningRate' in given) return;
  throw new UsageError(
    `${method} trains with ${optimizer}: expected a learningRate for it, got ${before['learningRate']}, which the preset has for ` +
      'adam. Set learningRate (10, for example), or optimizer=adam.',
  );
}

/** Names of corpora are checked against the task; your own files are looked for when the run starts. */
function checkData(data: string, task: unknown, corpora: KnownNames['corpora']): void {
  if (task !== 'language-model' && task !== 'classification') return;
  if (data.startsWith(task === 'classification' ? 'csv:' : 'folder:') || corpora[task].includes(data)) return;
  const other = task === 'classification' ? 'language-model' : 'classification';
  if (!corpora[other].includes(data)) throw unknownName('corpus', data, corpora[task]);
  throw new UsageError(
    `data: expected a corpus for task ${task}, got '${data}', which is for ${other}. ` +
      `Choose one of ${corpora[task].join(', ')}, or a preset for ${other}.`,
  );
}

/** Checks a complete spec, for example one read from a run folder. @throws UsageError */
export function validateSpec(value: unknown): Readonly<RunSpec> {
  const result = specSchema.safeParse(value);
  if (!result.success) {
    const issue = result.error.issues[0];
    if (issue.code === 'unrecognized_keys') checkedKey(issue.keys[0]);
    const key = issue.path.join('.');
    const came = key === '' ? value : (value as Record<string, unknown>)[key];
    throw new UsageError(
      `${key === '' ? 'spec' : key}: expected ${issue.message}, got ${show(came)}. Set it with --set ${key}=<value>.`,
    );
  }
  // -0 is 0: JSON, and with it the hash, knows no other.
  const spec = Object.fromEntries(
    Object.entries(result.data).map(([key, each]) => [key, each === 0 ? 0 : each]),
  ) as RunSpec;
  if (spec.rateSchedule === 'cosine' && spec.endRate > spec.removalRate) {
    throw new UsageError(
      `endRate: expected at most removalRate (${spec.removalRate}) for a cosine schedule, got ${spec.endRate}. ` +
        'Lower endRate, raise removalRate, or set rateSchedule=constant.',
    );
  }
  if (spec.density < 1 && !(spec.sparseEmbedding || spec.sparseRecurrent || spec.sparseDecoder)) {
    throw new UsageError(
      `density: expected 1 where no matrix is sparse, got ${spec.density}. ` +
        'Set sparseEmbedding, sparseRecurrent or sparseDecoder to true.',
    );
  }
  return Object.freeze(spec);
}

/**
 * The spec as JSON with its keys in alphabetical order: equal specs give equal texts. Keys that came after the first runs
 * are left out where they have their neutral value, so that a new key changes no hash of a run that does not use it.
 */
export function canonicalJson(spec: RunSpec): string {
  const entries = Object.entries(spec).filter(([key, value]) => NEUTRAL[key as keyof RunSpec] !== value);
  return JSON.stringify(Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1))));
}

/** SHA-256 of the canonical JSON, lower-case hex. */
export function specHash(spec: RunSpec): string {
  return createHash('sha256').update(canonicalJson(spec)).digest('hex');
}

/** Name of the run's folder: `<preset>-<method>-<first 12 digits of the hash>`. */
export function runName(spec: RunSpec): string {
  return `${spec.preset}-${spec.method}-${specHash(spec).slice(0, 12)}`;
}

/** Reads `key=value` texts. @throws UsageError where there is no `=`, or a key comes twice. */
export function parseSettings(texts: readonly string[]): Record<string, string> {
  const settings: Record<string, string> = {};
  for (const text of texts) {
    const at = text.indexOf('=');
    if (at < 1) throw new UsageError(`--set: expected key=value, got ${show(text)}. For example --set density=0.1.`);
    const key = text.slice(0, at).trim();
    if (Object.hasOwn(settings, key)) throw new UsageError(`--set: ${key} is given twice. Give it once.`);
    settings[key] = text.slice(at + 1).trim();
  }
  return settings;
}

function checkedKey(key: string): string {
  if (key !== 'preset' && (SPEC_KEYS as string[]).includes(key)) return key;
  const keys = SPEC_KEYS.filter(each => each !== 'preset');
  throw new UsageError(`Unknown setting '${key}'.${didYouMean(key, keys)} The settings are: ${keys.join(', ')}.`);
}

/** A text as the type that the key's default has; texts that do not fit stay texts, for the schema to refuse. */
function fromText(key: string, value: unknown): unknown {
  if (typeof value !== 'string') return value;
  const like: unknown = { ...NEUTRAL, ...DEFAULTS }[key as keyof RunSpec];
  if (typeof like === 'number' || (key === 'initRecurrent' && value !== 'auto')) {
    return value.trim() === '' || Number.isNaN(Number(value)) ? value : Number(value);
  }
  if (typeof like === 'boolean') return value === 'true' ? true : value === 'false' ? false : value;
  return value;
}

function unknownName(kind: string, name: unknown, valid: readonly string[]): UsageError {
  return new UsageError(
    `Unknown ${kind} '${name}'.${didYouMean(String(name), valid)} Valid names: ${valid.join(', ')}.`,
  );
}

function show(value: unknown): string {
  return typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? 'nothing');
}
