export { SparseDense, type SparseDenseArgs } from './dense.ts';
export { SparseEmbedding, type SparseEmbeddingArgs } from './embedding.ts';
export { SparseRecurrent, type SparseRecurrentArgs } from './recurrent.ts';
export { type SparseKernel, sparseKernels } from './sparseKernel.ts';
export type { SparseLayer, SparseLayerArgs } from './sparseLayer.ts';
export { sparseLayers } from './sparseLayers.ts';
export { TopologyUpdate, type TopologyUpdateOptions, type TopologyUpdateRecord } from './topologyUpdate.ts';
