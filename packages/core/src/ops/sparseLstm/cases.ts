import type { LstmShape } from './contract.ts';

/** One case of the list that every engine runs. Its name is the seed of its numbers. */
export interface LstmCase {
  readonly name: string;
  readonly shape: LstmShape;
  /** Densities of wx and wh; `null` is a dense matrix, which is stored and multiplied in another way than density 1. */
  readonly wx: number | null;
  readonly wh: number | null;
}

const sizes: readonly [inputs: number, hidden: number, steps: number, batch: number][] = [
  [1, 1, 1, 1],
  [3, 1, 4, 2],
  [5, 4, 1, 20],
  [7, 6, 5, 1],
  [6, 5, 3, 3],
  [9, 8, 4, 4],
  [10, 17, 3, 5],
  [12, 9, 3, 15],
  [11, 16, 3, 16],
  [8, 10, 3, 17],
  [33, 31, 5, 20],
  [9, 7, 3, 31],
  [10, 8, 2, 32],
  [6, 12, 3, 33],
  [5, 6, 2, 70],
  [40, 64, 7, 10],
];

const densities: readonly [wx: number | null, wh: number | null][] = [
  [null, null],
  [0.3, 0.3],
  [0.1, null],
  [null, 0.5],
  [1, 1],
  [0, 0],
];

/**
 * Batches below, at and above a vector (4), a small tile (16) and a tile (32); windows that do and do not fill their last
 * tile; one unit, one step, one column. Every size is run with two kinds of density, each kind with several sizes; empty
 * rows come with the low densities.
 */
export const LSTM_CASES: readonly LstmCase[] = sizes.flatMap(([inputs, hidden, steps, batch], k) =>
  [densities[1], densities[[0, 2, 3, 4, 5][k % 5]]].map(([wx, wh]) => ({
    name: `I ${inputs}, H ${hidden}, T ${steps}, B ${batch}, wx ${wx ?? 'dense'}, wh ${wh ?? 'dense'}`,
    shape: { inputs, hidden, steps, batch },
    wx,
    wh,
  })),
);
