import { RUN_LOG_SCHEMA, type StartLine } from '../runlog/schema.ts';
import { RunLogWriter } from '../runlog/writer.ts';
import { sharedSpec } from '../specs/places.ts';
import type { RunSpec } from '../specs/schema.ts';
import { canonicalJson, runName } from '../specs/spec.ts';
import { UsageError } from '../specs/usageError.ts';
import { classScores, prefixed } from './classScores.ts';
import { commit, machine, peakRssBytes, versions } from './environment.ts';
import { unwritable } from './files.ts';
import { RunFolder, type RunState, type SaveSnapshot } from './folder.ts';
import { RunLock } from './lock.ts';
import { Training } from './training.ts';
import type { OpenWorkbench, Progress, RunResult, Workbench, WorkbenchOptions } from './types.ts';
import { withoutPaths } from './withoutPaths.ts';

/** How a run is done; what is computed is the spec's alone. */
export interface RunOptions extends WorkbenchOptions {
  /** Throws away what an earlier run of the same spec left, and starts at the first step. */
  fresh?: boolean;
  /** Stops with a checkpoint once the run has taken so many steps. */
  maxSteps?: number;
  /** Seconds between checkpoints within an epoch. Default 60. */
  checkpointSeconds?: number;
  /** Aborting it stops the run after the step under way, with a checkpoint. */
  signal?: AbortSignal;
  /** Told what the run does. Default: nobody. */
  progress?: Progress;
  /** Runs that are trained side by side on this machine, this one among them, for the log. Absent: it is alone. */
  jobs?: number;
  /** What the run trains with: by default the corpus and the engine of the spec. */
  open?: OpenWorkbench;
  /** Writes checkpoints. Default `writeSnapshot`; tests fill the disk with it. */
  save?: SaveSnapshot;
}

/**
 * Trains a spec in its folder below `runs`: from the start, from the checkpoint of an earlier process, or not at all if
 * the run is finished. The result is the same bit for bit, however often it was killed in between.
 *
 * @returns How the run ended. A run that fails (loss not finite, disk full ...) is reported, not thrown.
 * @throws UsageError, InputError or DataError on bad input, BusyError where another process trains it, StorageError where
 *   there is no room to begin; what was there before is then as it was.
 */
export async function run(runs: string, spec: Readonly<RunSpec>, options: RunOptions = {}): Promise<RunResult> {
  return runIn(RunFolder.forSpec(runs, spec, options.save), options);
}

/** Goes on with the run in an existing folder. As `run` otherwise. */
export async function resume(directory: string, options: RunOptions = {}): Promise<RunResult> {
  return runIn(RunFolder.existing(directory, options.save), options);
}

async function runIn(folder: RunFolder, options: RunOptions): Promise<RunResult> {
  // Without a lock: a finished run can be read where nothing can be written.
  if (folder.done && !options.fresh) return folder.summary();
  const lock = take(folder);
  try {
    // Whoever held the lock before may have finished it.
    if (folder.done && !options.fresh) return folder.summary();
    const open = options.open ?? (await import('./workbench.ts')).openWorkbench;
    const bench = await open(folder.spec, { engine: options.engine, threads: options.threads });
    try {
      if (options.fresh) folder.clear();
      return await runOn(folder, bench, lock, options);
    } finally {
      await bench.dispose();
    }
  } finally {
    lock.release();
    folder.removeIfEmpty();
  }
}

async function runOn(folder: RunFolder, bench: Workbench, lock: RunLock, options: RunOptions): Promise<RunResult> {
  const { log, state, resumedAt } = begin(folder, bench, lock, options.jobs);
  const progress = options.progress ?? {};
  const { spec, directory } = folder;
  const { engine, dataset, startsDense } = bench;
  progress.begin?.({ directory, spec, engine, dataset, startsDense, resumedAt, epochs: spec.epochs });
  const training = new Training(folder, bench, log, lock, state, {
    maxSteps: options.maxSteps ?? Number.POSITIVE_INFINITY,
    checkpointSeconds: options.checkpointSeconds ?? 60,
    signal: options.signal,
    progress,
  });
  const result = (status: RunResult['status'], rest: Partial<RunResult> = {}): RunResult => ({
    ...describe(folder, bench, state, training.stepTimes.median()),
    status,
    ...rest,
  });
  bench.engine.busy(true);
  try {
    if (resumedAt === undefined) training.logPicture(0);
    const end = await training.train();
    if (end !== 'trained') return result(end);
    const { evaluation, weightsSha256, best } = training.test();
    const { loss, confusion } = evaluation;
    const scores = confusion && prefixed('test', classScores(confusion));
    const finished = result('finished', { testPerplexity: Math.exp(loss), ...scores });
    log.append({
      type: 'done',
      time: new Date().toISOString(),
      epochs: spec.epochs,
      step: bench.trainer.steps,
      bestEpoch: best.epoch,
      bestValidationLoss: best.loss,
      bestValidationPerplexity: Math.exp(best.loss),
      testLoss: loss,
      testPerplexity: Math.exp(loss),
      ...(confusion && { bestValidationAccuracy: best.accuracy, ...scores, testConfusion: confusion }),
      wallSeconds: state.wallSeconds,
      peakRssBytes: finished.peakRssBytes,
      flopsSpent: flopsSpent(bench),
      ...bytes(bench, finished.peakRssBytes),
      weightsSha256,
    });
    log.mark();
    lock.check();
    folder.finish(finished);
    return finished;
  } catch (error) {
    const reason = unwritable(directory, error).message;
    try {
      const shared = withoutPaths(reason, [directory]);
      log.append({ type: 'failed', time: new Date().toISOString(), step: bench.trainer.steps, reason: shared });
    } catch {
      // The disk may be full, or the log be another process's by now: the reason still reaches whoever called.
    }
    return result('failed', { reason });
  } finally {
    bench.engine.busy(false);
    progress.end?.();
    log.close();
  }
}

function flopsSpent({ trainer: { spent, flops } }: Workbench) {
  const tokens = Math.max(1, spent.tokens);
  return { training: spent.training / tokens, method: spent.method / tokens, forward: flops.forward };
}

/** Computed bytes beside measured ones; nothing where none are computed. */
function bytes({ trainer }: Workbench, rssPeak: number) {
  const { computed, peakHeapBytes: heapPeak } = trainer.memory();
  return computed && { bytes: { computed, heapPeak, rssPeak } };
}

interface Begun {
  log: RunLogWriter;
  state: RunState;
  resumedAt: number | undefined;
}

function take(folder: RunFolder): RunLock {
  try {
    return RunLock.take(folder.directory);
  } catch (error) {
    folder.removeIfEmpty();
    throw error;
  }
}

function begin(folder: RunFolder, bench: Workbench, lock: RunLock, jobs: number | undefined): Begun {
  const owned = () => lock.check();
  try {
    return folder.hasCheckpoint ? goOn(folder, bench, owned, jobs) : start(folder, bench, owned, jobs);
  } catch (error) {
    throw unwritable(folder.directory, error);
  }
}

function start(folder: RunFolder, bench: Workbench, owned: () => void, jobs: number | undefined): Begun {
  const { spec } = folder;
  const { trainer, engine, dataset } = bench;
  folder.begin(bench.files);
  const log = RunLogWriter.open(folder.path('log.jsonl'), owned);
  log.append({
    type: 'start',
    schema: RUN_LOG_SCHEMA,
    time: new Date().toISOString(),
    run: runName(spec),
    preset: spec.preset,
    task: spec.task,
    method: spec.method,
    density: spec.density,
    ...(bench.startsDense && { startsDense: true }),
    seed: spec.seed,
    // As it is stored: without the keys that came later and are at their neutral values, and without folders.
    spec: sharedSpec(JSON.parse(canonicalJson(spec))),
    engine: { name: engine.name, threads: engine.threads, jobs, reason: engine.reason },
    machine: machine(),
    versions: versions(),
    commit: commit(),
    dataset,
    parameters: trainer.parameters,
    flops: trainer.flops,
    matrices: trainer.matrices.map(matrix => {
      const { name, rows, cols, gates, nnz, sparse } = matrix;
      return { name, rows, cols, gates, nnz, density: nnz / (rows * cols), sparse };
    }),
  });
  const state: RunState = {
    specHash: folder.hash,
    engine: engine.name,
    datasetSha256: dataset.sha256,
    epoch: 1,
    lossSum: 0,
    predictions: 0,
    tokens: 0,
    best: null,
    log: log.mark(),
    wallSeconds: 0,
    epochSeconds: 0,
    trainSeconds: 0,
    trainTokens: 0,
    peakRssBytes: 0,
    bytesPerNonzero: 0,
  };
  return { log, state, resumedAt: undefined };
}

function goOn(folder: RunFolder, bench: Workbench, owned: () => void, jobs: number | undefined): Begun {
  const { trainer, engine, dataset } = bench;
  const { trainer: snapshot, run: state } = folder.readCheckpoint();
  checkSame(folder.directory, state, engine.name, dataset);
  trainer.restore(snapshot);
  // The log is touched last: up to here an error leaves the folder as it was.
  const log = RunLogWriter.open(folder.path('log.jsonl'), owned, state.log);
  log.append({ type: 'resume', time: new Date().toISOString(), step: trainer.steps, threads: engine.threads, jobs });
  return { log, state, resumedAt: trainer.steps };
}

/** Refuses to go on with, or to evaluate, a run on another engine or other data. @throws UsageError */
export function checkSame(directory: string, state: RunState, engine: string, dataset: StartLine['dataset']): void {
  if (state.engine !== engine) {
    throw new UsageError(
      `${directory} was begun on the engine ${state.engine}, got ${engine}: its numbers would change on the way. ` +
        `Use --engine ${state.engine}, or start afresh with --fresh.`,
    );
  }
  if (state.datasetSha256 !== dataset.sha256) {
    throw new UsageError(
      `${directory} was begun on another text: expected ${dataset.name} with SHA-256 ${state.datasetSha256}, ` +
        `got ${dataset.sha256}. Put the text back as it was, or start afresh with --fresh.`,
    );
  }
}

function describe(
  folder: RunFolder,
  bench: Workbench,
  state: RunState,
  stepMs: number,
): Omit<RunResult, 'status' | 'reason'> {
  const { preset, method, density, seed } = folder.spec;
  const { trainer, engine, stepsPerEpoch } = bench;
  return {
    runDir: folder.directory,
    reused: false,
    preset,
    method,
    density,
    seed,
    engine: engine.name,
    threads: engine.threads,
    nnz: trainer.parameters.nnz,
    parameters: trainer.parameters.total,
    steps: trainer.steps,
    epochs: Math.floor(trainer.steps / stepsPerEpoch),
    stepMs,
    tokensPerSecond: state.trainSeconds === 0 ? 0 : state.trainTokens / state.trainSeconds,
    peakRssBytes: Math.max(state.peakRssBytes, peakRssBytes()),
    // A process that only tested has taken no step of its own.
    bytesPerNonzero: trainer.memory().bytesPerNonzero || state.bytesPerNonzero,
    bestEpoch: state.best?.epoch ?? null,
    bestValidationPerplexity: state.best === null ? null : Math.exp(state.best.loss),
    ...(folder.spec.task === 'classification' && { bestValidationAccuracy: state.best?.accuracy ?? null }),
    testPerplexity: null,
    wallSeconds: state.wallSeconds,
  };
}
