import { expected } from '../base/errors.ts';
import type { RandomStream } from '../base/philox.ts';
import { checkShape } from './densities.ts';
import type { Topology } from './layout.ts';
import { sampleIntegers } from './sampling.ts';

/**
 * A topology of exactly `nnz` positions of a `[rows, cols]` matrix, drawn uniformly without replacement.
 *
 * Memory is O(nnz): nothing of rows x cols elements, not even bits, is allocated.
 *
 * @param rows Rows of the matrix.
 * @param cols Columns of the matrix; rows * cols is at most 2^32.
 * @param nnz Number of positions, from 0 to rows * cols.
 * @param stream The source of randomness; the same stream gives the same topology.
 * @throws {InputError} If the shape or the number is out of range.
 * @example
 * randomTopology(4 * hidden, hidden, 500_000, rng(seed, 'topology', 'layer0.Wh'));
 */
export function randomTopology(rows: number, cols: number, nnz: number, stream: RandomStream): Topology {
  checkShape(rows, cols);
  const size = rows * cols;
  if (!(Number.isInteger(nnz) && nnz >= 0 && nnz <= size))
    throw expected(`a number of nonzeros from 0 to ${size} (${rows} x ${cols})`, nnz);
  return { rows, cols, indices: sampleIntegers(size, nnz, stream) };
}
