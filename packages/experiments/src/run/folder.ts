import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readSnapshot, type Snapshot, writeSnapshot } from '@sparse-rnn/core';
import { z } from 'zod';
import { hasSeal, openDocument, sealDocument } from '../runlog/seal.ts';
import type { LogMark } from '../runlog/writer.ts';
import { type Places, placesOf, sharedSpec } from '../specs/places.ts';
import type { RunSpec } from '../specs/schema.ts';
import { canonicalJson, runName, specHash, validateSpec } from '../specs/spec.ts';
import { StorageError, UsageError } from '../specs/usageError.ts';
import { requireWritable, writeAtomically } from './files.ts';
import type { RunResult } from './types.ts';

/** Version of the run folder's layout. */
const FORMAT = 1;
/** Where the run's own data lie on this machine: the one file of a finished run that is not there to be shared. */
const PLACES_FILE = 'local.json';

/** The epoch with the least validation loss so far. */
export interface BestEpoch {
  epoch: number;
  loss: number;
  /** Classification only. */
  accuracy?: number;
}

/** The runner's own part of a checkpoint. With the trainer's part it decides everything that follows. */
export interface RunState {
  specHash: string;
  engine: string;
  datasetSha256: string;
  /** The epoch under way, 1 for the first; epochs + 1 when only the test is left. */
  epoch: number;
  /** Sum of the losses of this epoch's predictions so far, their number, and the tokens read. */
  lossSum: number;
  predictions: number;
  tokens: number;
  best: BestEpoch | null;
  /** How far the log had come. */
  log: LogMark;
  /** Measured, and different in every process: wall time, training time in this epoch and in all, memory. */
  wallSeconds: number;
  epochSeconds: number;
  trainSeconds: number;
  trainTokens: number;
  peakRssBytes: number;
  /** Of the last step before the checkpoint. */
  bytesPerNonzero: number;
}

/** Writes a snapshot; replaced in tests that fill the disk. */
export type SaveSnapshot = (directory: string, name: string, snapshot: Snapshot) => void;

/**
 * The folder of one run:
 * `spec.json` (frozen spec and its hash), `log.jsonl`, `checkpoint.safetensors` (everything needed to go on),
 * `best.safetensors` (weights of the best epoch), `unusable-texts.csv` (where a corpus has any), `summary.json`, and
 * `DONE`, which is written last. Paths of the user's own data are in `local.json` alone; all else can be shared.
 */
export class RunFolder {
  readonly directory: string;
  readonly spec: Readonly<RunSpec>;
  readonly hash: string;
  private readonly save: SaveSnapshot;

  private constructor(directory: string, spec: Readonly<RunSpec>, save: SaveSnapshot) {
    this.directory = directory;
    this.spec = spec;
    this.hash = specHash(spec);
    this.save = save;
  }

  /** The folder of a spec below `runs`, made if it is missing. @throws UsageError if it holds another spec. */
  static forSpec(runs: string, spec: Readonly<RunSpec>, save: SaveSnapshot = writeSnapshot): RunFolder {
    const folder = new RunFolder(resolve(runs, runName(spec)), spec, save);
    try {
      requireWritable(folder.directory);
    } catch (error) {
      // A finished run can be read where nothing can be written.
      if (!folder.done) throw cannotMake(folder.directory, error);
    }
    if (existsSync(folder.path('spec.json'))) {
      const found = readSpec(folder.directory);
      if (specHash(found) !== folder.hash) {
        throw new UsageError(
          `${folder.directory} holds another run: expected the spec ${folder.hash.slice(0, 12)}, ` +
            `got ${specHash(found).slice(0, 12)}. Move that folder away, or choose another place with --runs.`,
        );
      }
    }
    return folder;
  }

  /** An existing run folder, with the spec it holds. @throws UsageError if it is none. */
  static existing(directory: string, save: SaveSnapshot = writeSnapshot): RunFolder {
    if (!existsSync(join(directory, 'spec.json'))) {
      throw new UsageError(
        `${directory} is no run folder: expected a spec.json in it, got none. 'sparse-rnn status' lists the runs there are.`,
      );
    }
    return new RunFolder(resolve(directory), readSpec(directory), save);
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  /** Writes spec.json, the sign that a run has begun here, and what else the run begins with. */
  begin(files: Record<string, string | null> = {}): void {
    const places = placesOf(this.spec);
    if (Object.keys(places).length === 0) rmSync(this.path(PLACES_FILE), { force: true });
    else writeAtomically(this.path(PLACES_FILE), `${JSON.stringify(places, null, 2)}\n`);
    const spec = sharedSpec(JSON.parse(canonicalJson(this.spec)));
    writeAtomically(this.path('spec.json'), `${JSON.stringify({ format: FORMAT, hash: this.hash, spec }, null, 2)}\n`);
    for (const [name, text] of Object.entries(files)) {
      if (text === null) rmSync(this.path(name), { force: true });
      else writeAtomically(this.path(name), text);
    }
  }

  /** Removes everything but the lock. */
  clear(): void {
    // DONE first: a folder that is cleared only in part must not look finished.
    rmSync(this.path('DONE'), { force: true });
    for (const name of readdirSync(this.directory)) {
      if (!name.startsWith('lock.json')) rmSync(this.path(name), { recursive: true, force: true });
    }
  }

  /** Removes the folder if nothing is in it. */
  removeIfEmpty(): void {
    try {
      rmdirSync(this.directory);
    } catch {
      // Not empty: a run has begun here.
    }
  }

  get done(): boolean {
    return existsSync(this.path('DONE'));
  }

  get hasCheckpoint(): boolean {
    return existsSync(this.path('checkpoint.safetensors'));
  }

  /** Result of a finished run. @throws UsageError if summary.json cannot be read, or was changed. */
  summary(): RunResult {
    const path = this.path('summary.json');
    const refuse = (what: string) => new UsageError(`${path} of a finished run ${what}. Train again with --fresh.`);
    let document: unknown;
    try {
      document = JSON.parse(readFileSync(path, 'utf8'));
    } catch (error) {
      throw refuse(`cannot be read: ${(error as Error).message}`);
    }
    const opened = this.hasSealedLog && !hasSeal(document) ? undefined : openDocument(document);
    const result = summarySchema.safeParse(opened);
    if (!result.success) throw refuse('was changed since it was written');
    return { ...(result.data as unknown as RunResult), runDir: this.directory, reused: true };
  }

  /** Whether the run was made when there were seals; without a log nobody can say. */
  private get hasSealedLog(): boolean {
    try {
      return hasSeal(JSON.parse(readFileSync(this.path('log.jsonl'), 'utf8').split('\n', 1)[0]));
    } catch {
      return false;
    }
  }

  saveCheckpoint(trainer: Snapshot, run: RunState): void {
    this.save(this.directory, 'checkpoint', { tensors: trainer.tensors, state: { trainer: trainer.state, run } });
  }

  /** @throws InputError if the file is damaged, UsageError if it belongs to another run. */
  readCheckpoint(): { trainer: Snapshot; run: RunState } {
    const { tensors, state } = readSnapshot(this.directory, 'checkpoint');
    const { trainer, run } = state as { trainer: Snapshot['state']; run: RunState };
    if (run?.specHash !== this.hash) throw this.foreign('checkpoint.safetensors', run?.specHash);
    return { trainer: { tensors, state: trainer }, run };
  }

  saveBest(model: Snapshot, epoch: number): void {
    this.save(this.directory, 'best', { tensors: model.tensors, state: { specHash: this.hash, epoch } });
  }

  readBest(epoch: number): Snapshot {
    const best = readSnapshot(this.directory, 'best');
    if (best.state['specHash'] !== this.hash) throw this.foreign('best.safetensors', best.state['specHash']);
    if (best.state['epoch'] !== epoch) {
      throw new UsageError(
        `${this.path('best.safetensors')}: expected the model of epoch ${epoch}, got that of epoch ${best.state['epoch']}. ` +
          'Put back the file of this run, or start the run afresh with --fresh.',
      );
    }
    return best;
  }

  finish(result: RunResult): void {
    // Where the folder lies and whether it was reused is not the run's: a folder can be moved, copied and shared.
    const { runDir: _runDir, reused: _reused, ...summary } = result;
    writeAtomically(this.path('summary.json'), `${JSON.stringify(sealDocument(summary), null, 2)}\n`);
    writeAtomically(this.path('DONE'), `${new Date().toISOString()}\n`);
  }

  private foreign(name: string, hash: unknown): UsageError {
    return new UsageError(
      `${this.path(name)} belongs to another run: expected the spec ${this.hash.slice(0, 12)}, ` +
        `got ${String(hash).slice(0, 12)}. Put back the file of this run, or start it afresh with --fresh.`,
    );
  }
}

function cannotMake(directory: string, error: unknown): Error {
  if (error instanceof UsageError || error instanceof StorageError) return error;
  return new UsageError(
    `Cannot make the run folder ${directory}: ${(error as Error).message}. Choose another place with --runs.`,
  );
}

/** What is read of summary.json. */
const summarySchema = z.looseObject({
  status: z.literal('finished'),
  preset: z.string(),
  method: z.string(),
  ...Object.fromEntries(
    ['density', 'seed', 'nnz', 'parameters', 'steps', 'epochs', 'bestEpoch', 'testPerplexity', 'wallSeconds'].map(
      key => {
        return [key, z.number().nonnegative()];
      },
    ),
  ),
});

/** The spec that a run folder holds, after checking it against the hash beside it. */
function readSpec(directory: string): Readonly<RunSpec> {
  const path = join(directory, 'spec.json');
  const remedy = `Put spec.json back as it was, or remove ${directory} and train again.`;
  let file: { format?: unknown; hash?: unknown; spec?: unknown };
  try {
    file = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new UsageError(`${path} cannot be read: ${(error as Error).message}. ${remedy}`);
  }
  if (file?.format !== FORMAT) {
    throw new UsageError(`${path}: expected format ${FORMAT}, got ${JSON.stringify(file?.format)}. ${remedy}`);
  }
  // The hash comes first: a spec changed by hand may well be valid.
  const spec = { ...(file.spec as RunSpec | undefined), ...readPlaces(directory) };
  const found = createHash('sha256')
    .update(canonicalJson(spec as RunSpec))
    .digest('hex');
  if (found !== file.hash) {
    const without = existsSync(join(directory, PLACES_FILE))
      ? ''
      : ` A run on data of your own also needs its ${PLACES_FILE}, which is not shared.`;
    throw new UsageError(
      `${path} was changed since the run began: expected the hash ${file.hash}, got ${found}.${without} ${remedy}`,
    );
  }
  return validateSpec(spec);
}

function readPlaces(directory: string): Places {
  const path = join(directory, PLACES_FILE);
  if (!existsSync(path)) return {};
  try {
    const { data, csvTest } = JSON.parse(readFileSync(path, 'utf8'));
    return { ...(data !== undefined && { data }), ...(csvTest !== undefined && { csvTest }) };
  } catch (error) {
    throw new UsageError(
      `${path} cannot be read: ${(error as Error).message}. Put it back as it was, or remove ${directory} and train again.`,
    );
  }
}
