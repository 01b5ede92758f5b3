import type { Model } from '../models/model.ts';
import { SparseMatrix } from '../sparsity/sparseMatrix.ts';
import type { Method } from '../topology/methods/method.ts';
import { updateTopology } from '../topology/update.ts';
import type { Slots } from './slots.ts';
import type { TrainingSettings } from './types.ts';

/** How many weights an update moved in one sparse matrix. */
export interface MatrixUpdate {
  name: string;
  dropped: number;
  grown: number;
}

/**
 * One topology update of a model: weights and optimizer slots leave in canonical order, the method's rules run, and all
 * come back in the new topology's layout. Slots of new weights start at 0.
 *
 * @param steps gradient steps taken so far; with the seed it fixes every random choice.
 * @param rate removal rate of this update.
 */
export function updateModelTopology(
  model: Model,
  slots: Slots,
  method: Method,
  training: TrainingSettings,
  steps: number,
  rate: number,
): MatrixUpdate[] {
  const { seed, update } = training;
  const sparse = model.matrices.filter(({ weight }) => weight instanceof SparseMatrix);
  const weights = sparse.map(parameter => {
    const weight = parameter.weight as SparseMatrix;
    const values = weight.toCanonical(weight.values);
    return { name: parameter.name, topology: weight.topology, values, gates: parameter.gates.length };
  });
  const options = { rate, seed, step: steps, gates: update.gates, growStd: update.growStd };
  const updated = updateTopology(weights, method.update!, options);
  sparse.forEach((parameter, index) => {
    const { topology, values, kept } = updated[index];
    slots.move(parameter, kept, values, () => (parameter.weight as SparseMatrix).replace(topology, values));
  });
  return sparse.map(({ name }, index) => {
    return { name, dropped: updated[index].dropped.length, grown: updated[index].grown.length };
  });
}
