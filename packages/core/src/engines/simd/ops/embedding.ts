import { checkIds, WEIGHT_EMBEDDING, WEIGHT_EMBEDDING_GRAD_VALUES } from '../../../ops/sparseEmbedding/contract.ts';
import { newTiles } from '../backend.ts';
import type { PanelLayout } from '../panelLayout.ts';
import { fill } from '../raw/elementwise.ts';
import { embeddingGather, embeddingScatter } from '../raw/embedding.ts';
import { newGradient, type WeightAttributes } from '../weights.ts';
import type { SimdKernels } from './kernel.ts';

export const embeddingKernels: SimdKernels = {
  [WEIGHT_EMBEDDING](backend, { values, ids }, attrs) {
    const { rows, cols, layout } = attrs as unknown as WeightAttributes;
    const { runtime } = backend;
    checkIds(backend.readSync(ids.dataId) as Int32Array, rows);
    const x = newTiles(runtime, cols, ids.shape[0]);
    if (layout === undefined) embeddingGather(runtime, backend.address(values), backend.address(ids), x);
    else {
      const { descriptor } = layout as PanelLayout;
      const addresses = [descriptor, backend.address(values), backend.address(ids), x.address];
      runtime.run('panelEmbeddingGather', ...addresses, cols, x.columns, x.width);
    }
    return backend.fromTiles(x);
  },
  [WEIGHT_EMBEDDING_GRAD_VALUES](backend, { dx, ids }, attrs) {
    const weight = attrs as unknown as WeightAttributes;
    const { rows, cols, layout } = weight;
    const { runtime } = backend;
    const gradient = newGradient(backend, weight);
    const from = backend.tiles(dx);
    if (layout === undefined) embeddingScatter(runtime, from, backend.address(ids), gradient.address, rows);
    else {
      fill(runtime, gradient.address, layout.nnz, 0);
      const { descriptor } = layout as PanelLayout;
      const addresses = [descriptor, from.address, backend.address(ids), gradient.address];
      runtime.run('panelEmbeddingScatter', ...addresses, cols, from.columns, from.width);
    }
    return gradient;
  },
};
