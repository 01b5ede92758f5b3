import { createHash } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import {
  hashTopology,
  initialLanguageModelTopologies,
  initialTextClassifierTopologies,
  randomLike,
  snapshotTopologies,
  type Topologies,
  topologyDistance,
  type Wiring,
  wireLanguageModel,
  wireTextClassifier,
} from '@sparse-rnn/core';
import { unwritable, writeAtomically } from '../run/files.ts';
import { RunFolder } from '../run/folder.ts';
import {
  type ComparedRun,
  DISTANCES_FILE,
  DISTANCES_SCHEMA,
  type DistancePair,
  type Distances,
  distancesSchema,
  type ModelDistances,
  readDistances,
} from '../runlog/distances.ts';
import { type RunLog, readRuns } from '../runlog/reader.ts';
import { sealDocument } from '../runlog/seal.ts';
import type { RunSpec } from '../specs/schema.ts';
import { classifierSettings, languageModelSettings, trainingSettings } from '../specs/settings.ts';
import { canonicalJson } from '../specs/spec.ts';
import { UsageError } from '../specs/usageError.ts';

/** What is to be compared, and who is told. */
export interface CompareOptions {
  /** Names of the runs to compare. Default: all of the folder. */
  only?: readonly string[];
  /** Aborting it stops before the next pair; what is done is kept. */
  signal?: AbortSignal;
  /** Called before each pair that is computed, with the pairs done and their number. */
  tick?: (done: number, of: number) => void;
}

/** What became of a comparison. */
export interface Compared {
  /** Everything that distances.json holds now. */
  distances: Distances;
  /** Pairs computed now, taken over because their topologies have not changed, and kept though a model file is gone. */
  computed: number;
  reused: number;
  kept: number;
  /** Runs that could have been compared but whose model file is gone; an earlier distances.json may tell of them. */
  withoutModel: string[];
  /** Runs whose model file cannot be used, and why. */
  unusable: { run: string; reason: string }[];
  /** Whether it was stopped before its end. */
  stopped: boolean;
}

/**
 * Compares the topologies of all finished runs in a folder that differ in their seed alone, pair by pair, and writes
 * `distances.json` into it. Compared are the models that were tested, `best.safetensors`, and the topologies that the runs
 * started with, which follow from their specs.
 *
 * @param runs The folder of all run folders.
 * @throws UsageError if there is no such folder, or the distances.json in it cannot be read: it may be all that is left of
 *   runs whose model files are gone. UsageError or StorageError if the folder cannot be written to.
 */
export async function compareSeeds(runs: string, options: CompareOptions = {}): Promise<Compared> {
  const logs = finishedRuns(runs);
  const earlier = earlierPairs(runs);
  const chosen = options.only === undefined ? logs : logs.filter(log => options.only!.includes(nameOf(log)));
  const outcome: Omit<Compared, 'distances'> = {
    computed: 0,
    reused: 0,
    kept: 0,
    withoutModel: [],
    unusable: [],
    stopped: false,
  };
  const pairs = new Map<string, DistancePair>();
  const settings = settingsOf(chosen);
  const of = settings.reduce((sum, { length: n }) => sum + (n * (n - 1)) / 2, 0);
  for (const setting of settings) {
    const models = setting.flatMap(log => readModel(log, outcome));
    for (const [a, b] of pairsOf(models)) {
      const key = pairKey(a.compared, b.compared);
      const before = earlier.get(key);
      if (before !== undefined && sameTopologies(before, a.compared, b.compared)) {
        pairs.set(key, before);
        outcome.reused++;
        continue;
      }
      // Signals are seen between two turns of the event loop.
      await new Promise(resolve => setImmediate(resolve));
      if (options.signal?.aborted) {
        outcome.stopped = true;
        break;
      }
      options.tick?.(outcome.computed + outcome.reused, of);
      pairs.set(key, comparePair(a, b));
      outcome.computed++;
    }
    if (outcome.computed > 0) write(runs, logs, earlier, pairs);
    if (outcome.stopped) break;
  }
  const distances = write(runs, logs, earlier, pairs);
  outcome.kept = distances.pairs.length - outcome.computed - outcome.reused;
  return { ...outcome, distances };
}

/** A finished run's topologies. */
interface Model {
  compared: ComparedRun;
  wiring: Wiring;
  start: Topologies;
  end: Topologies;
}

/** The finished runs of a folder whose method is sparse, in the order of their names. */
function finishedRuns(runs: string): RunLog[] {
  if (!statSync(runs, { throwIfNoEntry: false })?.isDirectory()) {
    throw new UsageError(
      `Expected a folder of runs at ${runs}, got none. Start a run, or name the folder with --runs.`,
    );
  }
  // Methods that start dense store sparse matrices from their first step on, if full ones.
  return readRuns(runs).runs.filter(
    ({ done, start }) => done !== undefined && start.matrices.some(({ sparse }) => sparse),
  );
}

function nameOf(log: RunLog): string {
  return basename(log.directory);
}

/** Runs that differ in their seed alone, where there are two or more, each setting's by seed. */
function settingsOf(logs: readonly RunLog[]): RunLog[][] {
  const settings = new Map<string, RunLog[]>();
  for (const log of logs) {
    const spec = { ...log.start.spec, seed: 0 } as unknown as RunSpec;
    const key = `${log.start.dataset.sha256} ${canonicalJson(spec)}`;
    settings.set(key, [...(settings.get(key) ?? []), log]);
  }
  return [...settings.values()]
    .filter(({ length }) => length > 1)
    .map(logs => logs.sort((a, b) => a.start.seed - b.start.seed));
}

function pairsOf<T>(members: readonly T[]): [T, T][] {
  return members.flatMap((a, k) => members.slice(k + 1).map((b): [T, T] => [a, b]));
}

/** The topologies of a run; nothing where its model file is gone or cannot be used, which the outcome then says. */
function readModel(log: RunLog, { withoutModel, unusable }: Omit<Compared, 'distances'>): Model[] {
  const run = nameOf(log);
  if (!existsSync(join(log.directory, 'best.safetensors'))) {
    withoutModel.push(run);
    return [];
  }
  try {
    const folder = RunFolder.existing(log.directory);
    const { bestEpoch: epoch } = log.done!;
    const { wiring, start } = modelOf(folder.spec, log);
    const end = snapshotTopologies(wiring, folder.readBest(epoch));
    return [{ compared: { run, seed: folder.spec.seed, epoch, topology: hash(end) }, wiring, start, end }];
  } catch (error) {
    if (!(error instanceof UsageError || (error as Error).name === 'InputError')) throw error;
    unusable.push({ run, reason: (error as Error).message });
    return [];
  }
}

/** What follows from a spec and the sizes that its corpus has: which units there are, and the topologies at the start. */
function modelOf(spec: Readonly<RunSpec>, { start: { dataset } }: RunLog): { wiring: Wiring; start: Topologies } {
  const training = trainingSettings(spec);
  if (spec.task === 'classification') {
    const settings = classifierSettings(spec, dataset.vocabulary, dataset.classes?.length ?? 0);
    return { wiring: wireTextClassifier(settings), start: initialTextClassifierTopologies(settings, training) };
  }
  const settings = languageModelSettings(spec, dataset.vocabulary);
  return { wiring: wireLanguageModel(settings), start: initialLanguageModelTopologies(settings, training) };
}

function hash(topologies: Topologies): string {
  const sha = createHash('sha256');
  for (const [name, topology] of topologies) sha.update(`${name} ${hashTopology(topology)}\n`);
  return sha.digest('hex');
}

function comparePair(a: Model, b: Model): DistancePair {
  const compare = (one: Topologies, other: Topologies) => distancesOf(a, b, one, other);
  const end = compare(a.end, b.end);
  const start = a.start.size === 0 ? null : unchanged(a) && unchanged(b) ? end : compare(a.start, b.start);
  return { a: a.compared, b: b.compared, start, end };
}

/** A static topology is the same at the end. */
function unchanged({ start, end }: Model): boolean {
  return hash(start) === hash(end);
}

/** Distances of two models, beside those of two random ones of as many connections. */
function distancesOf(a: Model, b: Model, one: Topologies, other: Topologies): ModelDistances {
  const { wiring } = a;
  const { raw, matched, expected, matrices } = topologyDistance(wiring, one, other);
  const random = topologyDistance(
    wiring,
    randomLike(wiring, one, a.compared.seed, 'distance', a.compared.run),
    randomLike(wiring, other, b.compared.seed, 'distance', b.compared.run),
  );
  return {
    raw,
    matched,
    expected,
    randomMatched: random.matched,
    matrices: matrices.map((matrix, k) => ({ ...matrix, randomMatched: random.matrices[k].matched })),
  };
}

function pairKey(a: { run: string }, b: { run: string }): string {
  return `${a.run} ${b.run}`;
}

function sameTopologies(before: DistancePair, a: ComparedRun, b: ComparedRun): boolean {
  return before.a.topology === a.topology && before.b.topology === b.topology;
}

function earlierPairs(runs: string): Map<string, DistancePair> {
  const earlier = readDistances(runs);
  if (earlier === undefined) return new Map();
  if ('reason' in earlier) {
    throw new UsageError(
      `${join(runs, DISTANCES_FILE)}: expected the distances that an earlier command wrote, got a file that cannot be read: ` +
        `${earlier.reason}. Put it back as it was; or remove it, and what it says of runs without model files is lost.`,
    );
  }
  return new Map(earlier.pairs.map(pair => [pairKey(pair.a, pair.b), pair]));
}

/** Writes what is known: the pairs of now, and the earlier ones of runs that are still there. */
function write(
  runs: string,
  logs: readonly RunLog[],
  earlier: ReadonlyMap<string, DistancePair>,
  pairs: ReadonlyMap<string, DistancePair>,
): Distances {
  const there = new Set(logs.map(nameOf));
  const known = new Map([...earlier, ...pairs]);
  const left = [...known.values()].filter(({ a, b }) => there.has(a.run) && there.has(b.run));
  left.sort((x, y) => compareText(pairKey(x.a, x.b), pairKey(y.a, y.b)));
  // Parsed: its keys are then in the order in which a reader finds them, so that nothing new writes the same bytes.
  const distances = distancesSchema.parse({ schema: DISTANCES_SCHEMA, pairs: left });
  // A folder that cannot be written to any more is still read.
  if (isDeepStrictEqual(left, [...earlier.values()])) return distances;
  const path = join(runs, DISTANCES_FILE);
  try {
    // Two commands may compare the runs of one folder at a time.
    writeAtomically(path, `${JSON.stringify(sealDocument(distances), null, 1)}\n`, `${path}.${process.pid}.tmp`);
  } catch (error) {
    throw unwritable(runs, error);
  }
  return distances;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
