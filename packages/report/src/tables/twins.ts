import { canonical, type Run } from '../load/run.ts';
import type { Setting, Study } from '../load/study.ts';

/** Keys of a spec that make the model, each with what a run did whose log is older than the key; null where none is. */
const MODEL = {
  cell: 'lstm',
  depth: 1,
  hidden: null,
  embedding: null,
  layers: null,
  tied: false,
  bidirectional: false,
  output: 'softmax',
};

/** Keys that decide how much data passes through the model at a time. */
const STEP = { batch: null, evaluationBatch: null, window: null, maxLength: 400 };

/** Whether two runs of a study would train the same model, were all its matrices dense. */
export function sameModel(a: Run, b: Run): boolean {
  const [data, other] = [a.start.dataset, b.start.dataset];
  return (
    sameValues(MODEL, a, b) &&
    data.vocabulary === other.vocabulary &&
    (data.classes?.length ?? 0) === (other.classes?.length ?? 0)
  );
}

/** Whether steps of two runs of the same model are comparable in time and memory: as many tokens on the same machine. */
export function sameStep(a: Run, b: Run): boolean {
  return (
    sameValues(STEP, a, b) &&
    a.start.machine.cpu === b.start.machine.cpu &&
    a.start.engine.name === b.start.engine.name &&
    a.start.engine.threads === b.start.engine.threads
  );
}

/**
 * The dense settings that a setting is compared with: those of the same model, the one that differs in the fewest keys of
 * the spec first. Empty for dense settings.
 */
export function denseTwins(study: Study, setting: Setting): Setting[] {
  return twinsOf(study, setting, 'dense');
}

/**
 * The settings of a method with the same model and density, as `denseTwins` finds dense ones: static ones, or small dense
 * ones with as many parameters. Empty for settings without density.
 */
export function equalDensityTwins(study: Study, setting: Setting, method: 'static' | 'dense-small'): Setting[] {
  if (setting.density === 1) return [];
  return twinsOf(study, setting, method).filter(({ density }) => density === setting.density);
}

function twinsOf(study: Study, setting: Setting, method: string): Setting[] {
  if (setting.method === method) return [];
  const [run] = setting.runs;
  return study.settings
    .filter(other => other.method === method && sameModel(other.runs[0], run))
    .map(other => ({ other, distance: distance(other.runs[0], run) }))
    .sort((a, b) => a.distance - b.distance)
    .map(({ other }) => other);
}

/**
 * The dense run whose step time and memory a run's are told as multiples of: of the nearest dense setting with a run on the
 * same machine, that of the same seed before others. A dense run is its own; undefined where there is none.
 */
export function denseStep(study: Study, setting: Setting, run: Run): Run | undefined {
  if (run.method === 'dense') return run;
  for (const twin of denseTwins(study, setting)) {
    const runs = twin.runs.filter(other => other.stepMs !== null && sameStep(other, run));
    if (runs.length > 0) return runs.find(({ seed }) => seed === run.seed) ?? runs[0];
  }
  return undefined;
}

/** Number of keys in which two specs differ, their seeds aside: those tell no settings apart. */
function distance(a: Run, b: Run): number {
  const keys = new Set([...Object.keys(a.start.spec), ...Object.keys(b.start.spec)]);
  return [...keys].filter(key => key !== 'seed' && !sameValues({ [key]: null }, a, b)).length;
}

function sameValues(keys: Readonly<Record<string, unknown>>, a: Run, b: Run): boolean {
  return Object.entries(keys).every(
    ([key, before]) => canonical(a.start.spec[key] ?? before) === canonical(b.start.spec[key] ?? before),
  );
}
