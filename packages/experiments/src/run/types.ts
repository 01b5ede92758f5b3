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
  trainer: Omit<Trainer, 'evaluate'>;
  stepsPerEpoch: number;
  /** One pass of the trainer's model over a part of the data. */
  evaluate(part: 'validation' | 'test', tick: (done: number, of: number) => void): Evaluation;
  dataset: StartLine['dataset'];
  /** Whether the method starts from dense matrices and prunes them: memory is then that of the dense model. */
  startsDense?: boolean;
  /** Text files that the run folder gets when the run begins, by name; null for one that must not be there. */
  files?: Record<string, string | null>;
  engine: RunEngine;
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
  evaluation?(at: { part: 'validation' | 'test'; done: number; of: number }): void;
  epoch?(line: EpochLine, epochs: number): void;
  saved?(step: number): void;
  end?(): void;
}

/** How a run ended, as `run --json` prints it and summary.json keeps it. */
export interface RunResult {
  runDir: string;
  /** `interrupted`: by a signal. `stopped`: at `maxSteps`. Both can be resumed. */
  status: 'finished' | 'interrupted' | 'stopped' | 'failed';
  /** True where the run had been finished before, and nothing was trained. */
  reused: boolean;
  /** Why the run failed. */
  reason?: string;
  preset: string;
  method: string;
  density: number;
  seed: number;
  engine: string;
  threads: number;
  /** Nonzeros of all weight matrices. */
  nnz: number;
  /** Trained numbers, biases included. */
  parameters: number;
  steps: number;
  epochs: number;
  /** Median wall time of a step in milliseconds, over the last steps of this process. */
  stepMs: number;
  /** Training tokens per second of training time, over the whole run. */
  tokensPerSecond: number;
  peakRssBytes: number;
  /** Bytes that a nonzero costs: value, indices, copies, gradient, optimizer state. */
  bytesPerNonzero: number;
  bestEpoch: number | null;
  bestValidationPerplexity: number | null;
  testPerplexity: number | null;
  /** Classification only: shares of texts given their class, and the mean F1 over the classes. */
  bestValidationAccuracy?: number | null;
  testAccuracy?: number | null;
  testMacroF1?: number | null;
  /** Wall seconds over all processes of the run. */
  wallSeconds: number;
}

/** What a training process tells the one that started it. `busy`: another process trains the run. */
export type ChildMessage = { progress: { step: number; of: number } } | { result: RunResult } | { busy: string };
