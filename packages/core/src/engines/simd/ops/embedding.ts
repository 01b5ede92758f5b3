import { checkIds, WEIGHT_EMBEDDING, WEIGHT_EMBEDDING_GRAD_VALUES } from '../../../ops/sparseEmbedding/contract.ts';
import { newTiles } from '../backend.ts';
import type { PanelLayout } from '../panelLayout.ts';
import { fill } from '../raw/elementwise.ts';
import { embeddingGather, embeddingScatter } from '../raw/embedding.ts';
import { tilesBytes } from '../weight.ts';
import { newGradient, type WeightAttributes } from '../weights.ts';
import type { SimdKernels } from './kernel.ts';

export const embeddingKernels: SimdKernels = {
  [WEIGHT_EMBEDDING](backend, { values, ids }, attrs) {
    const { rows, cols, layout } = attrs as unknown as WeightAttributes;
    const { runtime } = backend;
    const tokens = backend.readSync(ids.dataId) as Int32Array;
    checkIds(tokens, rows);
    const x = newTiles(runtime, cols, tokens.length);
    if (layout === undefined) embeddingGather(runtime, backend.address(values), backend.address(ids), x);
    else {
      const floats = tilesBytes(cols, tokens.length) / 4;
      fill(runtime, x.address, floats, 0);
      const from = runtime.heap.f32(backend.address(values), layout.nnz);
      const to = runtime.heap.f32(x.address, floats);
      // A few nonzeros per token: not worth a kernel.
      tokens.forEach((id, n) => {
        const tile = Math.floor(n / x.width) * cols;
        (layout as PanelLayout).forEachInRow(id, (col, k) => {
          to[(tile + col) * x.width + (n % x.width)] = from[k];
        });
      });
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
      const values = runtime.heap.f32(from.address, tilesBytes(cols, from.columns) / 4);
      const to = runtime.heap.f32(gradient.address, layout.nnz);
      const tokens = backend.readSync(ids.dataId) as Int32Array;
      tokens.forEach((id, n) => {
        const tile = Math.floor(n / from.width) * cols;
        (layout as PanelLayout).forEachInRow(id, (col, k) => {
          to[k] += values[(tile + col) * from.width + (n % from.width)];
        });
      });
    }
    return gradient;
  },
};
