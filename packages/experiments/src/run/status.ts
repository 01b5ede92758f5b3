import { existsSync, statSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { searchFolders } from '../runlog/folders.ts';
import { bestSoFar, readRunLog } from '../runlog/reader.ts';
import { UsageError } from '../specs/usageError.ts';
import { readLock } from './lock.ts';

/** One run as `sparse-rnn status` shows it. */
export interface RunStatus {
  /** Path of its folder from the one that was searched. */
  name: string;
  /** The run folder. */
  runDir: string;
  /**
   * `running`: a live process holds its lock. `interrupted`: none does, and it is not finished. `unreadable`: as that, and its
   * log cannot be read. `damaged`: it is finished, but its log cannot be read; it is not trained again unless asked to.
   */
  status: 'finished' | 'running' | 'interrupted' | 'failed' | 'unreadable' | 'damaged';
  /** Why it failed or cannot be read; where it is damaged, what to do as well. */
  reason?: string;
  /** Name of the method; absent, as the next two, where the log cannot be read. */
  method?: string;
  /** Share of nonzeros over all sparse matrices. */
  density?: number;
  /** Seed of the run. */
  seed?: number;
  /** Epochs done. */
  epoch?: number;
  /** Epochs asked for. */
  epochs?: number;
  /** Of all epochs so far; null before the first, or where epochs are missing from the log. */
  bestValidationPerplexity: number | null;
  /** Of the best epoch's model; null until the run is finished. */
  testPerplexity: number | null;
  /** Classification only, as the next: share of the validation texts given their class. */
  bestValidationAccuracy?: number | null;
  /** Share of the test texts given their class, by the best epoch's model; null until the run is finished. */
  testAccuracy?: number | null;
}

/**
 * All runs below a folder, as `searchFolders` finds them, each named by its path from there. A run is there from the moment
 * that its folder has a spec.
 *
 * @throws UsageError if there is no such folder.
 */
export function runStates(runs: string): RunStatus[] {
  if (!statSync(runs, { throwIfNoEntry: false })?.isDirectory()) {
    throw new UsageError(
      `Expected a folder of runs at ${runs}, got none. Start a run, or name the folder with --runs.`,
    );
  }
  return searchFolders([runs])
    .filter(({ names }) => names.has('spec.json') || names.has('log.jsonl'))
    .map(({ directory }) => runState(relative(runs, directory) || basename(resolve(runs)), directory));
}

/** The run in a folder that holds a spec or a log. */
export function runState(name: string, runDir: string): RunStatus {
  const running = readLock(runDir)?.alive === true;
  const done = existsSync(join(runDir, 'DONE'));
  const log = readRunLog(runDir);
  if (!('start' in log)) {
    const status = running ? 'running' : done ? 'damaged' : 'unreadable';
    const remedy =
      ', but the run is finished. Put the log back as it was, or train it again with ' +
      `'npx sparse-rnn resume ${runDir} --fresh'.`;
    const reason = status === 'damaged' ? log.reason + remedy : log.reason;
    return { name, runDir, status, reason, bestValidationPerplexity: null, testPerplexity: null };
  }
  const { method, density, seed, spec } = log.start;
  const best = bestSoFar(log.epochs);
  return {
    name,
    runDir,
    status: running ? 'running' : done ? 'finished' : log.failed !== undefined ? 'failed' : 'interrupted',
    reason: log.failed?.reason,
    method,
    density,
    seed,
    epoch: log.epochs.at(-1)?.epoch ?? 0,
    epochs: Number(spec['epochs']),
    bestValidationPerplexity: log.done?.bestValidationPerplexity ?? best?.validationPerplexity ?? null,
    testPerplexity: log.done?.testPerplexity ?? null,
    ...(log.start.task === 'classification' && {
      bestValidationAccuracy: log.done?.bestValidationAccuracy ?? best?.validationAccuracy ?? null,
      testAccuracy: log.done?.testAccuracy ?? null,
    }),
  };
}
