import { planLanguageModel } from '../../models/languageModel.ts';
import { countNonzeros, initialTopology } from '../../models/model.ts';
import type { ModelPlan } from '../../models/plan.ts';
import type { LanguageModelSettings, TextClassifierSettings } from '../../models/settings.ts';
import { planTextClassifier } from '../../models/textClassifier.ts';
import type { Topology } from '../../sparsity/layout.ts';
import { validateTopology } from '../../sparsity/topologyOps.ts';
import type { Snapshot, TrainingSettings } from '../../train/types.ts';
import { findMethod } from '../methods.ts';
import type { Wiring } from './wiring.ts';

/**
 * The topologies of the sparse matrices that a snapshot of a model holds, by the matrices' names. A dense model has none.
 *
 * @throws {InputError} If positions are not those of a matrix of the wiring's shape.
 */
export function snapshotTopologies({ matrices }: Wiring, { tensors }: Snapshot): Map<string, Topology> {
  const topologies = new Map<string, Topology>();
  for (const { name, rows, cols } of matrices) {
    const data = tensors[`${name}.indices`]?.data;
    if (!(data instanceof Uint32Array)) continue;
    const topology = { rows, cols, indices: data };
    validateTopology(topology, name);
    topologies.set(name, topology);
  }
  return topologies;
}

/**
 * The topologies that a language model starts with: a function of its settings alone. Empty for methods that start with
 * every connection and for dense models, which have nothing to choose.
 */
export function initialLanguageModelTopologies(
  settings: LanguageModelSettings,
  training: TrainingSettings,
): Map<string, Topology> {
  return initialTopologies(planLanguageModel(settings), training);
}

/** Those of a text classifier. */
export function initialTextClassifierTopologies(
  settings: TextClassifierSettings,
  training: TrainingSettings,
): Map<string, Topology> {
  return initialTopologies(planTextClassifier(settings), training);
}

function initialTopologies(
  plan: ModelPlan,
  { method: name, density, distribution, seed }: TrainingSettings,
): Map<string, Topology> {
  const method = findMethod(name);
  const topologies = new Map<string, Topology>();
  if (method.dense || method.startsDense) return topologies;
  const counts = countNonzeros(plan, { density, distribution });
  plan.matrices.forEach((matrix, k) => {
    const { name, rows, cols } = matrix;
    if (matrix.sparse) topologies.set(name, initialTopology(seed, name, rows, cols, counts[k]));
  });
  return topologies;
}
