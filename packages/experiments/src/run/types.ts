import type { Evaluation, Trainer } from '@sparse-rnn/core';
import type { EpochLine, StartLine } from '../runlog/schema.ts';
import type { RunSpec } from '../specs/schema.ts';

/** What the engine of a run must offer beside its trainer. */
export interface RunEngine {
  readonly name: string;
  readonly threads: number;
  /** Why this engine was chosen. */
  readonly reason: string;
  /** Keeps worker threads awake between steps. */
  busy(busy: boolean): void;
}

/** Everything a run works with: made for one run, disposed after it. */
export interface Workbench {
  /** Trains on the batches of the spec's corpus. */
  trainer: Omit<Trainer, 'evaluate'>;
  /** Training steps in one epoch. */
  stepsPerEpoch: number;
  /** One pass of the trainer's model over a part of the data. */
  evaluate(part: 'validation' | 'test', tick: (done: number, of: number) => void): Evaluation;
  /** What the log says of the corpus. */
  dataset: StartLine['dataset'];
  /** Whether the method starts from dense matrices and prunes them: memory is then that of the dense model. */
  startsDense?: boolean;
  /** Text files that the run folder gets when the run begins, by name; null for one that must not be there. */
  files?: Record<string, string | null>;
  /** What the trainer runs on. */
  engine: RunEngine;
  /** Frees the trainer and ends the engine. */
  dispose(): Promise<void>;
}

/** Makes the workbench of a spec. */
export type OpenWorkbench = (spec: RunSpec, options: WorkbenchOptions) => Promise<Workbench>;

export interface WorkbenchOptions {
  engine?: string;
  threads?: number;
}

/** Told what a run does, as it does it. */
export interface Progress {
  /** Once, before the first step. `resumedAt`: step of the checkpoint that it goes on from, undefined at a fresh start. */
  begin?(run: {
    directory: string;
    spec: RunSpec;
    engine: RunEngine;
    dataset: StartLine['dataset'];
    startsDense?: boolean;
    resumedAt: number | undefined;
    epochs: number;
  }): void;
  /** After every step. `step` and `of` count the whole run. */
  step?(at: { epoch: number; epochs: number; step: number; of: number; loss: number; stepMs: number }): void;
  /** During an evaluation, now and then: batches done, of all. */
  evaluation?(at: { part: 'validation' | 'test'; done: number; of: number }): void;
  /** After every epoch, with the line that the log gets. */
  epoch?(line: EpochLine, epochs: number): void;
  /** A checkpoint was written after so many steps. */
  saved?(step: number): void;
  /** Once, however the run ended. */
  end?(): void;
}

/** How a run ended, as `run --json` prints it and summary.json keeps it. */
export interface RunResult {
  /** The run folder. */
  runDir: string;
  /** `interrupted`: by a signal. `stopped`: at `maxSteps`. Both can be resumed. */
  status: 'finished' | 'interrupted' | 'stopped' | 'failed';
  /** True where the run had been finished before, and nothing was trained. */
  reused: boolean;
  /** Why the run failed. */
  reason?: string;
  /** Name of the preset that the spec started from. */
  preset: string;
  /** Name of the method. */
  method: string;
  /** Share of nonzeros over all sparse matrices. */
  density: number;
  /** Seed of the run. */
  seed: number;
  /** Name of the engine that trained. */
  engine: string;
  /** Its threads. */
  threads: number;
  /** Nonzeros of all weight matrices. */
  nnz: number;
  /** Trained numbers, biases included. */
  parameters: number;
  /** Training steps taken, over all processes of the run. */
  steps: number;
  /** Epochs finished. */
  epochs: number;
  /** Median wall time of a step in milliseconds, over the last steps of this process; 0 where it took none. */
  stepMs: number;
  /** Training tokens per second of training time, over the whole run. */
  tokensPerSecond: number;
  /** Largest resident set, over all processes of the run. */
  peakRssBytes: number;
  /** Bytes that a nonzero costs: value, indices, copies, gradient, optimizer state. */
  bytesPerNonzero: number;
  /** Epoch of the best validation, from 1; null before the first evaluation. */
  bestEpoch: number | null;
  /** Exp of the mean loss per token, after that epoch; of a classifier, per text. */
  bestValidationPerplexity: number | null;
  /** The same on the test part, of the best epoch's model; null until the run is finished. */
  testPerplexity: number | null;
  /** Classification only, as the next two: share of the validation texts given their class. */
  bestValidationAccuracy?: number | null;
  /** The same share on the test part, of the best epoch's model; null until the run is finished. */
  testAccuracy?: number | null;
  /** Mean F1 over the classes on the test part; null until the run is finished. */
  testMacroF1?: number | null;
  /** Wall seconds over all processes of the run. */
  wallSeconds: number;
}

/** What a training process tells the one that started it. `busy`: another process trains the run. */
export type ChildMessage = { progress: { step: number; of: number } } | { result: RunResult } | { busy: string };
