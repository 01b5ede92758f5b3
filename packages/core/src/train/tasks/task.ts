import type { Scalar } from '@tensorflow/tfjs-core';
import type { Model } from '../../models/model.ts';
import type { BatchSource, Evaluation, Snapshot } from '../types.ts';

/** Key of one step's random bits, or null for no dropout. */
export type DropoutKey = readonly [number, number] | null;

/** What is learned: a model, the batches it is trained on, and how well it does. The trainer knows nothing else of it. */
export interface Task<Source extends BatchSource> {
  readonly model: Model;
  readonly stepsPerEpoch: number;
  /** Factor from the mean loss to what is differentiated. */
  readonly lossScale: number;
  /** Takes the next training batch: B columns of T time steps. */
  next(): { predictions: number; tokens: number; batch: number; steps: number };
  /** Mean loss of the batch taken last. */
  loss(key: DropoutKey): Scalar;
  /** To be called after `loss`: what it carries on to the next batch is kept. */
  commit(): void;
  /** Remembers where the training stands; the function returned brings it back there, once. */
  mark(): () => void;
  evaluate(source: Source, tick?: (done: number, of: number) => void): Evaluation;
  /** What the task carries from batch to batch, and its position in the data. */
  save(): Snapshot;
  /** @throws InputError if a snapshot does not have what the task carries. */
  check(tensors: Snapshot['tensors']): void;
  load(snapshot: Snapshot): void;
  /** Frees what it carries; the model is the trainer's. */
  dispose(): void;
}
