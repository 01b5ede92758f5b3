import type { Model } from '../models/model.ts';
import type { MatrixParameter } from '../models/parameters.ts';
import { SparseMatrix } from '../sparsity/sparseMatrix.ts';
import type { Method } from '../topology/methods/method.ts';
import { updateTopology } from '../topology/update.ts';
import type { Slots } from './state.ts';
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
    moveSlots(parameter, slots, kept, () => (parameter.weight as SparseMatrix).replace(topology, values));
  });
  return sparse.map(({ name }, index) => {
    return { name, dropped: updated[index].dropped.length, grown: updated[index].grown.length };
  });
}

/** Carries the slots of a matrix over `replace`, which moves it to another topology. */
function moveSlots(parameter: MatrixParameter, slots: Slots, kept: Int32Array, replace: () => void): void {
  const matrix = parameter.weight as SparseMatrix;
  const old = slots.get(parameter.name)!;
  const canonical = old.map(slot => matrix.toCanonical(slot));
  for (const slot of old) slot.dispose();
  replace();
  const moved = canonical.map(values => {
    return matrix.toVariable(Float32Array.from(kept, rank => (rank < 0 ? 0 : values[rank])));
  });
  slots.set(parameter.name, moved);
}
