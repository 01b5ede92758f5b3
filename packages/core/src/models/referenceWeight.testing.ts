import type { ReferenceWeight } from '../ops/weight.ts';
import { SparseMatrix } from '../sparsity/sparseMatrix.ts';
import { type MatrixParameter, toCanonical } from './parameters.ts';

/** A model's matrix as the float64 references take it. */
export function referenceWeight(parameter: MatrixParameter): ReferenceWeight {
  const { weight } = parameter;
  const { rows, cols } = weight;
  const indices = weight instanceof SparseMatrix ? weight.topology.indices : undefined;
  return { rows, cols, values: toCanonical(parameter, weight.values), indices };
}
