import type { RandomStream } from '../../base/philox.ts';
import type { RhnShape } from './contract.ts';

/** One case of the list that every engine runs. Its name is the seed of its numbers. */
export interface RhnCase {
  readonly name: string;
  readonly shape: RhnShape;
  /** Density of w; `null` is a dense matrix, which is stored and multiplied in another way than density 1. */
  readonly w: number | null;
  /** Density of each depth's r. */
  readonly r: readonly (number | null)[];
  /** Whether there is a state dropout mask. */
  readonly mask: boolean;
}

const sizes: readonly [inputs: number, hidden: number, depth: number, steps: number, batch: number][] = [
  [1, 1, 1, 1, 1],
  [3, 1, 2, 4, 2],
  [5, 4, 3, 1, 20],
  [7, 6, 1, 5, 1],
  [6, 5, 4, 3, 3],
  [9, 8, 2, 4, 4],
  [10, 17, 3, 3, 5],
  [12, 9, 1, 3, 15],
  [11, 16, 2, 3, 16],
  [8, 10, 3, 3, 17],
  [33, 31, 10, 5, 20],
  [9, 7, 2, 3, 31],
  [10, 8, 4, 2, 32],
  [6, 12, 2, 3, 33],
  [5, 6, 3, 2, 70],
  [40, 66, 3, 7, 10],
];

/** Of r, depth l takes entry l modulo the list's length. */
const densities: readonly [w: number | null, r: readonly (number | null)[]][] = [
  [null, [null]],
  [0.3, [0.3]],
  [0.1, [null, 0.4]],
  [null, [0.5]],
  [1, [1]],
  [0, [0, 0.2]],
];

/**
 * Batches below, at and above a vector (4), two vectors (8), a small tile (16) and a tile (32); windows that do and do not
 * fill their last tile; one unit, one step, one column, one depth. Every size is run with two kinds of density, one of the
 * two with a mask.
 */
export const RHN_CASES: readonly RhnCase[] = sizes.flatMap(([inputs, hidden, depth, steps, batch], k) =>
  [densities[1], densities[[0, 2, 3, 4, 5][k % 5]]].map(([w, some], which) => {
    const r = Array.from({ length: depth }, (_, l) => some[l % some.length]);
    const mask = (k + which) % 2 === 0;
    const names = [w, ...r].map(density => density ?? 'dense');
    const name = `I ${inputs}, H ${hidden}, L ${depth}, T ${steps}, B ${batch}, w and r ${names.join(' ')}, mask ${mask}`;
    return { name, shape: { inputs, hidden, depth, steps, batch }, w, r, mask };
  }),
);

/** A state dropout mask: about a quarter of the factors 0, the others different from each other, so that none can be mixed up. */
export function randomMask(stream: RandomStream, count: number): Float32Array {
  return Float32Array.from({ length: count }, () => (stream.float() < 0.25 ? 0 : 1 + stream.float()));
}

/**
 * What the values of a case's weight in (-1, 1) are multiplied by, so that a long chain of depths and steps does not amplify
 * roundings: about 1 / sqrt(nonzeros in a row), a power of two, so that it is exact in float32.
 */
export function weightScale(cols: number, density: number | null): number {
  return 2 ** -Math.ceil(Math.log2(Math.max(1, (density ?? 1) * cols)) / 2);
}
