import { expected } from '../base/errors.ts';
import { apportion } from './apportion.ts';
import { roundShare } from './rounding.ts';

/** How the nonzeros are spread over the matrices at the start. */
export type Distribution = 'uniform' | 'er';

/**
 * The number of nonzeros that each sparse matrix starts with.
 *
 * - `uniform`: `round(density * rows * cols)` in every matrix, half away from zero.
 * - `er` (Erdos-Renyi; Mocanu et al. 2018): the density of a matrix is `eps * (rows + cols) / (rows * cols)`, so its count
 *   is proportional to `rows + cols`. The total is exactly that of `uniform`: eps is solved for it, a matrix that would
 *   exceed its size becomes dense and eps is solved again for the others, and the units that rounding down leaves over
 *   go to the largest fractional parts, ties to the matrix that comes first.
 *
 * A stacked gate matrix `[4H, H]` counts as one matrix.
 *
 * @param options.matrices The shapes `[rows, cols]`.
 * @param options.density Share of nonzeros over all matrices, in (0, 1].
 * @param options.distribution `uniform` or `er`.
 * @returns One count for each matrix, in the order given.
 * @throws {InputError} If the density or a shape is out of range.
 * @example
 * allocateNonzeros({ matrices: [{ rows: 4, cols: 4 }, { rows: 8, cols: 8 }], density: 0.25, distribution: 'er' });
 * // [7, 13]: proportional to 8 and 16, 4 + 16 in all
 */
export function allocateNonzeros(options: {
  matrices: readonly { rows: number; cols: number }[];
  density: number;
  distribution: Distribution;
}): number[] {
  const { matrices, density, distribution } = options;
  if (!(density > 0 && density <= 1)) throw expected('a density in (0, 1]', density, 'use 1 for a dense matrix');
  for (const { rows, cols } of matrices) checkShape(rows, cols);
  const sizes = matrices.map(({ rows, cols }) => rows * cols);
  const uniform = sizes.map(size => roundShare(density, size));
  if (distribution === 'uniform') return uniform;
  if (distribution !== 'er') throw expected('a distribution uniform or er', distribution);
  const total = uniform.reduce((sum, count) => sum + count, 0);
  return apportion(
    total,
    matrices.map(({ rows, cols }) => rows + cols),
    sizes,
  );
}

/** Positions that a matrix may have at most: flat indices are unsigned 32-bit integers. */
export const MAX_POSITIONS = 2 ** 32;

/** Throws an InputError unless rows and cols are whole, at least 1, and their product is at most 2^32. */
export function checkShape(rows: number, cols: number): void {
  if (!(Number.isInteger(rows) && Number.isInteger(cols) && rows >= 1 && cols >= 1 && rows * cols <= MAX_POSITIONS))
    throw expected('a matrix of at least 1 row and 1 column, at most 2^32 positions', `${rows} x ${cols}`);
}
