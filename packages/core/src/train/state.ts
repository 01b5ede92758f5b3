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

/** Rows and columns of every weight matrix: what the flat positions of a snapshot are to be read with. */
export function sizesOf(model: Model): Record<string, [rows: number, cols: number]> {
  return Object.fromEntries(model.matrices.map(({ name, weight }) => [name, [weight.rows, weight.cols]]));
}

/**
 * Makes sure that the arrays of a snapshot are those of a model like this one; changes nothing.
 *
 * @param sizes what `sizesOf` said when the snapshot was taken; undefined of one from before they were kept.
 * @throws InputError if not.
 */
export function checkModel(model: Model, tensors: Snapshot['tensors'], sizes: unknown): void {
  requireSame('matrices', sizesOf(model), sizes);
  for (const parameter of parametersOf(model)) {
    const { name } = parameter;
    if ('weight' in parameter && parameter.weight instanceof SparseMatrix) {
      const { rows, cols } = parameter.weight;
      const indices = find(tensors, `${name}.indices`, 'U32').data as Uint32Array;
      find(tensors, `${name}.values`, 'F32', indices.length);
      if (indices.some((index, rank) => index >= rows * cols || (rank > 0 && index <= indices[rank - 1]))) {
        throw new InputError(
          `The snapshot does not fit this model: expected rising positions below ${rows} x ${cols} in '${name}.indices', got ` +
            `others. ${OTHER_SETTINGS}`,
        );
      }
    } else find(tensors, name, 'F32', variableOf(parameter).size);
  }
}

/** The inverse of `saveModel`, once `checkModel` has seen it. */
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

const OTHER_SETTINGS = 'Use a model of the settings with which it was taken.';

/**
 * A named array of a snapshot.
 *
 * @param count how many numbers it is to have; undefined: any.
 * @throws InputError if it is missing, of another type or of another length.
 */
export function find(
  tensors: Snapshot['tensors'],
  name: string,
  dtype: SnapshotTensor['dtype'],
  count?: number,
): SnapshotTensor {
  const tensor = tensors[name];
  if (tensor?.dtype !== dtype || (count !== undefined && tensor.data.length !== count)) {
    const size = (numbers?: number) => (count === undefined ? '' : `${numbers} numbers of `);
    throw new InputError(
      `The snapshot does not fit this model: expected an array '${name}' of ${size(count)}type ${dtype}, ` +
        `got ${tensor === undefined ? 'none' : `one of ${size(tensor.data.length)}type ${tensor.dtype}`}. ${OTHER_SETTINGS}`,
    );
  }
  return tensor;
}

/** @throws InputError unless what a snapshot says of its origin is what this trainer would say; one that says nothing passes. */
export function requireSame(what: string, expected: unknown, got: unknown): void {
  const [wanted, found] = [expected, got].map(value => JSON.stringify(value));
  if (got === undefined || wanted === found) return;
  throw new InputError(
    `The snapshot does not fit this trainer: expected ${what} ${wanted}, got ${found}. ${OTHER_SETTINGS}`,
  );
}
