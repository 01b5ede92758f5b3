import type { RecurrentShape } from './recurrent.ts';

/** One case of the list that every recurrent layer runs on every engine. Its name is the seed of its numbers. */
export interface RecurrentCase {
  readonly name: string;
  readonly shape: RecurrentShape;
  /** Densities of wx and wh; `null` is a dense matrix, which is stored and multiplied in another way than density 1. */
  readonly wx: number | null;
  readonly wh: number | null;
  /** Whether y is asked for. */
  readonly sequences: boolean;
  /** Factor on the tolerance where a layer's numbers leave the range around 1. */
  readonly slack?: number;
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
  [7, 18, 3, 64],
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

/** The same with lengths: batches whose active columns shrink below a tile, a small tile, a vector. */
const padded: readonly [inputs: number, hidden: number, steps: number, lengths: number[]][] = [
  [3, 2, 3, [2]],
  [6, 5, 4, [4, 2, 1]],
  [4, 6, 8, [3, 2, 2, 1, 1]],
  [9, 17, 5, lengthsFrom(5, 20)],
  [7, 8, 6, lengthsFrom(6, 33)],
  [8, 9, 9, [9, ...lengthsFrom(2, 16)]],
  [5, 6, 3, lengthsFrom(3, 70)],
  [6, 5, 4, lengthsFrom(4, 32)],
  [4, 17, 7, lengthsFrom(5, 64)],
];

/** Lengths that fall evenly from `longest` to 1. */
function lengthsFrom(longest: number, batch: number): number[] {
  return Array.from({ length: batch }, (_, b) => Math.ceil((longest * (batch - b)) / batch));
}

const title = (shape: RecurrentShape, wx: number | null, wh: number | null) =>
  `I ${shape.inputs}, H ${shape.hidden}, T ${shape.steps}, B ${shape.batch}, wx ${wx ?? 'dense'}, wh ${wh ?? 'dense'}`;

/**
 * Batches below, at and above a vector (4), a small tile (16) and a tile (32); windows that do and do not fill their last
 * tile; one unit, one step, one column. Every size is run with two kinds of density, each kind with several sizes; empty
 * rows come with the low densities. Then sequences of different lengths, and the last state alone.
 */
export const RECURRENT_CASES: readonly RecurrentCase[] = [
  ...sizes.flatMap(([inputs, hidden, steps, batch], k) =>
    [densities[1], densities[[0, 2, 3, 4, 5][k % 5]]].map(([wx, wh]) => {
      const shape = { inputs, hidden, steps, batch };
      return { name: title(shape, wx, wh), shape, wx, wh, sequences: true };
    }),
  ),
  ...padded.flatMap(([inputs, hidden, steps, lengths], k) =>
    [true, false].map(sequences => {
      const [wx, wh] = densities[sequences ? 1 : [0, 3][k % 2]];
      const shape = { inputs, hidden, steps, batch: lengths.length, lengths };
      const kind = sequences ? 'lengths' : 'lengths, last state alone';
      return { name: `${title(shape, wx, wh)}, ${kind}`, shape, wx, wh, sequences };
    }),
  ),
  ...[densities[0], densities[1]].map(([wx, wh]) => {
    const shape = { inputs: 6, hidden: 7, steps: 3, batch: 21 };
    return { name: `${title(shape, wx, wh)}, last state alone`, shape, wx, wh, sequences: false };
  }),
];

/** Puts NaN where a matrix `[features, T*B]` is padded: nothing may come of it. */
export function spoilPadding(values: Float32Array, { steps, batch, lengths }: RecurrentShape): Float32Array {
  const columns = steps * batch;
  return values.map((value, k) => {
    const n = k % columns;
    return lengths !== undefined && Math.floor(n / batch) >= lengths[n % batch] ? Number.NaN : value;
  });
}
