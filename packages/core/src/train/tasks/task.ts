import type { Scalar } from '@tensorflow/tfjs-core';
import { InputError } from '../../base/errors.ts';
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
  /** @throws InputError if a snapshot does not have what the task carries, or a position that its data do not have. */
  check(snapshot: Snapshot): void;
  load(snapshot: Snapshot): void;
  /** Frees what it carries; the model is the trainer's. */
  dispose(): void;
}

/**
 * Visits every batch of one epoch of a source; the source stands afterwards where it stood, also where that throws.
 *
 * @param tick told how many batches are done, of how many.
 */
export function overEpoch<Batch>(
  source: BatchSource & { next(): Batch },
  visit: (batch: Batch) => void,
  tick?: (done: number, of: number) => void,
): void {
  const position = source.position();
  try {
    source.seek({ epoch: 0, step: 0 });
    for (let step = 0; step < source.stepsPerEpoch; step++) {
      visit(source.next());
      tick?.(step + 1, source.stepsPerEpoch);
    }
  } finally {
    source.seek(position);
  }
}

/** Tries to go to the position of a snapshot, and comes back. @throws InputError if the source does not have it. */
export function checkPosition(source: BatchSource, { state }: Snapshot): void {
  const position = source.position();
  try {
    source.seek(state.position as { epoch: number; step: number });
  } catch (error) {
    throw new InputError(`The snapshot does not fit the data of this training: ${(error as Error).message}`);
  } finally {
    source.seek(position);
  }
}
