import { createHash } from 'node:crypto';
import type { Evaluation, Snapshot } from '@sparse-rnn/core';
import type { RunLogWriter } from '../runlog/writer.ts';
import { classScores, prefixed } from './classScores.ts';
import { peakRssBytes } from './environment.ts';
import type { BestEpoch, RunFolder, RunState } from './folder.ts';
import type { RunLock } from './lock.ts';
import { StepTimes } from './stepTimes.ts';
import type { Progress, Workbench } from './types.ts';

/** Rows and columns of the picture that the log keeps of one matrix. */
const PICTURE_SIZE = 64;
/** Signals are seen between two turns of the event loop; steps shorter than this share one. */
const TURN_MS = 20;

export interface TrainingOptions {
  /** Training stops with a checkpoint once the run has taken so many steps. */
  maxSteps: number;
  /** Seconds from one checkpoint within an epoch to the next. */
  checkpointSeconds: number;
  signal: AbortSignal | undefined;
  progress: Progress;
}

/** The run cannot go on: its numbers are no longer finite. */
export class DivergedError extends Error {
  override readonly name = 'DivergedError';
}

/** The epoch loop of one run, from its state on. All that outlives the process is in the state and the trainer. */
export class Training {
  readonly stepTimes = new StepTimes();
  private readonly folder: RunFolder;
  private readonly bench: Workbench;
  private readonly log: RunLogWriter;
  private readonly lock: RunLock;
  private readonly state: RunState;
  private readonly options: TrainingOptions;
  private readonly epochTimes = new StepTimes();
  private lastTime = performance.now();
  private lastSave = performance.now();
  private lastTurn = performance.now();

  constructor(
    folder: RunFolder,
    bench: Workbench,
    log: RunLogWriter,
    lock: RunLock,
    state: RunState,
    options: TrainingOptions,
  ) {
    this.folder = folder;
    this.bench = bench;
    this.log = log;
    this.lock = lock;
    this.state = state;
    this.options = options;
  }

  /** Trains all epochs that are left. Every way out but an error leaves a checkpoint of where it stopped. */
  async train(): Promise<'trained' | 'interrupted' | 'stopped'> {
    const { trainer, stepsPerEpoch } = this.bench;
    for (const { epochs } = this.folder.spec; this.state.epoch <= epochs; ) {
      const end = this.state.epoch * stepsPerEpoch;
      while (trainer.steps < end) {
        const reason = this.options.signal?.aborted
          ? 'interrupted'
          : trainer.steps >= this.options.maxSteps && 'stopped';
        if (reason) {
          this.save();
          return reason;
        }
        this.step();
        // Not after the last step: whoever went on from there would log the epoch without the time of a step.
        const isDue = performance.now() - this.lastSave >= this.options.checkpointSeconds * 1000;
        if (isDue && trainer.steps < end) this.save();
        if (performance.now() - this.lastTurn >= TURN_MS) {
          await new Promise(resolve => setImmediate(resolve));
          this.lastTurn = performance.now();
        }
      }
      this.endEpoch();
    }
    return 'trained';
  }

  /** Tests the best model, once. Afterwards the trainer holds that model. */
  test(): { evaluation: Evaluation; weightsSha256: string; best: BestEpoch } {
    const { best } = this.state;
    if (best === null) throw new Error('A run without epochs cannot be tested.');
    const { trainer } = this.bench;
    const weightsSha256 = hashTensors(trainer.model());
    trainer.loadModel(this.folder.readBest(best.epoch));
    const evaluation = this.bench.evaluate('test', this.tick('test'));
    requireFinite(evaluation.loss, 'test', trainer.steps);
    this.countTime();
    return { evaluation, weightsSha256, best };
  }

  private step(): void {
    const { trainer, stepsPerEpoch } = this.bench;
    const { state } = this;
    const begin = performance.now();
    const { loss, predictions, tokens, topology } = trainer.step();
    const stepMs = performance.now() - begin;
    requireFinite(loss, 'training', trainer.steps);
    if (topology !== undefined) {
      // The update came before the step that reports it.
      const step = trainer.steps - 1;
      this.log.append({ type: 'topology', epoch: step / stepsPerEpoch, step, ...topology });
    }
    state.lossSum += loss * predictions;
    state.predictions += predictions;
    state.tokens += tokens;
    state.trainTokens += tokens;
    state.epochSeconds += stepMs / 1000;
    state.trainSeconds += stepMs / 1000;
    this.stepTimes.add(stepMs);
    this.epochTimes.add(stepMs);
    this.lock.beat();
    const { epochs } = this.folder.spec;
    this.options.progress.step?.({
      epoch: state.epoch,
      epochs,
      step: trainer.steps,
      of: epochs * stepsPerEpoch,
      loss,
      stepMs,
    });
  }

  private endEpoch(): void {
    const { trainer } = this.bench;
    const { state, folder } = this;
    const begin = performance.now();
    const { loss, confusion } = this.bench.evaluate('validation', this.tick('validation'));
    const evaluationSeconds = (performance.now() - begin) / 1000;
    requireFinite(loss, 'validation', trainer.steps);
    // A model that is still being pruned is not what is asked for, however good it is.
    const best = trainer.settled && (state.best === null || loss < state.best.loss);
    const trainLoss = state.lossSum / state.predictions;
    const line = {
      type: 'epoch',
      epoch: state.epoch,
      step: trainer.steps,
      learningRate: trainer.learningRate(state.epoch),
      trainLoss,
      trainPerplexity: Math.exp(trainLoss),
      validationLoss: loss,
      validationPerplexity: Math.exp(loss),
      ...(confusion && prefixed('validation', classScores(confusion))),
      tokensPerSecond: state.tokens / state.epochSeconds,
      stepMs: this.epochTimes.median(),
      trainSeconds: state.epochSeconds,
      evaluationSeconds,
      peakRssBytes: Math.max(state.peakRssBytes, peakRssBytes()),
      peakHeapBytes: trainer.memory().peakHeapBytes,
      matrices: trainer.matrixStates(),
      ...(folder.spec.optimizer.endsWith('asgd') && { averaged: trainer.averages }),
      best,
    } as const;
    this.log.append(line);
    this.logPicture(state.epoch);
    if (best) {
      state.best = { epoch: state.epoch, loss, ...(confusion && { accuracy: classScores(confusion).accuracy }) };
      // Before the checkpoint that names it: after a kill in between, the epoch is trained again to the same model.
      this.lock.check();
      folder.saveBest(trainer.model(), state.epoch);
    }
    trainer.endEpoch(loss);
    state.epoch++;
    state.lossSum = 0;
    state.predictions = 0;
    state.tokens = 0;
    state.epochSeconds = 0;
    this.epochTimes.clear();
    this.save();
    this.options.progress.epoch?.(line, folder.spec.epochs);
  }

  private save(): void {
    const { trainer } = this.bench;
    const snapshot = trainer.snapshot();
    const bad = firstNotFinite(snapshot);
    if (bad !== undefined) {
      throw new DivergedError(`${bad} holds numbers that are not finite after step ${trainer.steps}. ${DIVERGED}`);
    }
    this.countTime();
    this.state.bytesPerNonzero = trainer.memory().bytesPerNonzero || this.state.bytesPerNonzero;
    this.lock.check();
    this.state.log = this.log.mark();
    this.folder.saveCheckpoint(snapshot, this.state);
    this.lastSave = performance.now();
    this.options.progress.saved?.(trainer.steps);
  }

  /** Brings the measured part of the state up to now. */
  private countTime(): void {
    const now = performance.now();
    this.state.wallSeconds += (now - this.lastTime) / 1000;
    this.lastTime = now;
    this.state.peakRssBytes = Math.max(this.state.peakRssBytes, peakRssBytes());
  }

  /** Logs the topology of one matrix as it is now, at the end of an epoch (0: at the start of the run). */
  logPicture(epoch: number): void {
    const { trainer } = this.bench;
    const sparse = trainer.matrices.filter(matrix => matrix.sparse);
    // A hidden-to-hidden matrix where there is one: its topology is what recurrence makes of the data.
    const recurrent = sparse.filter(matrix => matrix.role === 'recurrent');
    const shown =
      recurrent.find(matrix => matrix.rows === matrix.gates.length * matrix.cols) ?? recurrent[0] ?? sparse[0];
    if (shown === undefined) return;
    this.log.append({ type: 'picture', epoch, matrix: shown.name, ...trainer.picture(shown.name, PICTURE_SIZE) });
  }

  private tick(part: 'validation' | 'test'): (done: number, of: number) => void {
    return (done, of) => {
      this.lock.beat();
      this.options.progress.evaluation?.({ part, done, of });
    };
  }
}

const DIVERGED = 'The last good checkpoint is kept. Train with a smaller learningRate or clip.';

function requireFinite(loss: number, part: string, step: number): void {
  // A loss whose perplexity overflows is no result either.
  if (Number.isFinite(Math.exp(loss))) return;
  throw new DivergedError(`The ${part} loss became ${loss} at step ${step}, expected a finite perplexity. ${DIVERGED}`);
}

function firstNotFinite(snapshot: Snapshot): string | undefined {
  for (const [name, { dtype, data }] of Object.entries(snapshot.tensors)) {
    if (dtype === 'F32' && !(data as Float32Array).every(Number.isFinite)) return name;
  }
  return undefined;
}

/** SHA-256 over names and bytes of all tensors, in the order of their names. */
export function hashTensors({ tensors }: Snapshot): string {
  const hash = createHash('sha256');
  for (const name of Object.keys(tensors).sort()) {
    const { data } = tensors[name];
    hash.update(`${name}\n`).update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest('hex');
}
