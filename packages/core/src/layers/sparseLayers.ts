import { SparseDense, type SparseDenseArgs } from './dense.ts';
import { SparseEmbedding, type SparseEmbeddingArgs } from './embedding.ts';
import { SparseRecurrent, type SparseRecurrentArgs } from './recurrent.ts';

/**
 * The sparse layers by the names that `tf.layers` has for the dense ones.
 *
 * @example
 * const model = sequential();
 * model.add(sparseLayers.embedding({ inputDim: 10_000, outputDim: 64, density: 0.2, seed: 1 }));
 * model.add(sparseLayers.lstm({ units: 128, density: 0.1, seed: 1 }));
 * model.add(sparseLayers.dense({ units: 2, density: 0.5, activation: 'softmax', seed: 1 }));
 */
export const sparseLayers = {
  /** `SparseDense`: `[batch, ..., features]` in, `[batch, ..., units]` out. @throws {InputError} If an argument is out of range. */
  dense: (args: SparseDenseArgs) => new SparseDense(args),
  /** `SparseEmbedding`: ids `[batch, ...]` in, `[batch, ..., outputDim]` out. @throws {InputError} If an argument is out of range. */
  embedding: (args: SparseEmbeddingArgs) => new SparseEmbedding(args),
  /** `SparseRecurrent` of the cell `lstm`; see `recurrent` for shapes and errors. */
  lstm: (args: Omit<SparseRecurrentArgs, 'cell'>) => new SparseRecurrent({ ...args, cell: 'lstm' }),
  /** `SparseRecurrent` of the cell `gru`; see `recurrent` for shapes and errors. */
  gru: (args: Omit<SparseRecurrentArgs, 'cell'>) => new SparseRecurrent({ ...args, cell: 'gru' }),
  /**
   * `SparseRecurrent` of any registered cell: `[batch, time, features]` in, `[batch, units]` out, or `[batch, time, units]` with
   * `returnSequences`.
   *
   * @throws {InputError} If the cell is unknown or an argument is out of range.
   */
  recurrent: (args: SparseRecurrentArgs) => new SparseRecurrent(args),
};
