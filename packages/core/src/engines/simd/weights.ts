import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { WeightMatrix } from '../../ops/weight.ts';
import type { SimdBackend } from './backend.ts';
import { DenseWeight } from './denseWeight.ts';
import type { PanelLayout } from './panelLayout.ts';
import { SparseWeight } from './sparseWeight.ts';
import type { SimdWeight } from './weight.ts';

/** A weight's shape and layout, as kernels get them in their attributes. */
export type WeightAttributes = Omit<WeightMatrix, 'values'>;

/** Which values the transposed copy of a layout holds: they change with every optimizer step. */
const copied = new WeakMap<PanelLayout, { storage: object; version: number }>();

/** The products of a weight whose values are the given tensor. */
export function simdWeight(backend: SimdBackend, values: TensorInfo, weight: WeightAttributes): SimdWeight {
  const { rows, cols } = weight;
  const address = backend.address(values);
  const layout = weight.layout as PanelLayout | undefined;
  if (layout === undefined) return new DenseWeight(backend.runtime, rows, cols, address);
  return new SparseWeight(backend.runtime, layout, address);
}

/** To be called before a transposed product: brings the layout's second copy of the values up to date. */
export function refreshTransposed(backend: SimdBackend, values: TensorInfo, weight: WeightAttributes): void {
  const layout = weight.layout as PanelLayout | undefined;
  if (layout === undefined) return;
  const now = backend.versionOf(values);
  const before = copied.get(layout);
  if (before?.storage === now.storage && before.version === now.version) return;
  layout.refreshTransposed(backend.address(values));
  copied.set(layout, now);
}

/** A new tensor for the gradient of a weight's values. */
export function newGradient(backend: SimdBackend, { rows, cols, layout }: WeightAttributes) {
  return backend.newTensor(layout === undefined ? [rows, cols] : [layout.nnz]);
}
