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
  dense: (args: SparseDenseArgs) => new SparseDense(args),
  embedding: (args: SparseEmbeddingArgs) => new SparseEmbedding(args),
  lstm: (args: Omit<SparseRecurrentArgs, 'cell'>) => new SparseRecurrent({ ...args, cell: 'lstm' }),
  gru: (args: Omit<SparseRecurrentArgs, 'cell'>) => new SparseRecurrent({ ...args, cell: 'gru' }),
  recurrent: (args: SparseRecurrentArgs) => new SparseRecurrent(args),
};
