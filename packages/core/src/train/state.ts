import { InputError } from '../base/errors.ts';
import type { Model } from '../models/model.ts';
import {
  type BiasParameter,
  fromCanonical,
  type MatrixParameter,
  toCanonical,
  variableOf,
} from '../models/parameters.ts';
import { SparseMatrix } from '../sparsity/sparseMatrix.ts';
import type { Snapshot, SnapshotTensor } from './types.ts';

export type Parameter = MatrixParameter | BiasParameter;

export function parametersOf(model: Model): Parameter[] {
  return [...model.matrices, ...model.biases];
}

/** Weights, topology and biases as named arrays in canonical order. */
export function saveModel(model: Model): Snapshot['tensors'] {
  const tensors: Snapshot['tensors'] = {};
  for (const parameter of parametersOf(model)) {
    const variable = variableOf(parameter);
    const data = toCanonical(parameter, variable);
    if ('weight' in parameter && parameter.weight instanceof SparseMatrix) {
      const { indices } = parameter.weight.topology;
      tensors[`${parameter.name}.indices`] = { dtype: 'U32', shape: [indices.length], data: indices };
      tensors[`${parameter.name}.values`] = { dtype: 'F32', shape: [data.length], data };
    } else tensors[parameter.name] = { dtype: 'F32', shape: [...variable.shape], data };
  }
  return tensors;
}

/** The inverse of `saveModel`, onto a model of the same settings. */
export function loadModel(model: Model, tensors: Snapshot['tensors']): void {
  for (const parameter of parametersOf(model)) {
    if ('weight' in parameter && parameter.weight instanceof SparseMatrix) {
      const { rows, cols } = parameter.weight;
      const indices = find(tensors, `${parameter.name}.indices`, 'U32').data as Uint32Array;
      const values = find(tensors, `${parameter.name}.values`, 'F32').data as Float32Array;
      parameter.weight.replace({ rows, cols, indices }, values);
    } else {
      const variable = variableOf(parameter);
      const saved = find(tensors, parameter.name, 'F32');
      const loaded = fromCanonical(parameter, saved.data as Float32Array);
      variable.assign(loaded);
      loaded.dispose();
    }
  }
}

/** A named array of a snapshot. @throws InputError if it is missing or of another type. */
export function find(tensors: Snapshot['tensors'], name: string, dtype: SnapshotTensor['dtype']): SnapshotTensor {
  const tensor = tensors[name];
  if (tensor === undefined || tensor.dtype !== dtype) {
    throw new InputError(
      `The checkpoint does not fit this model: expected an array '${name}' of type ${dtype}, ` +
        `got ${tensor === undefined ? 'none' : tensor.dtype}. It was written by a run with other settings.`,
    );
  }
  return tensor;
}
