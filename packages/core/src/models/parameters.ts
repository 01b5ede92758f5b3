import { type Tensor, tensor, type Variable, variable } from '@tensorflow/tfjs-core';
import type { MatrixRole } from '../flops/count.ts';
import { SparseMatrix } from '../sparsity/sparseMatrix.ts';

/** A dense weight `[rows, cols]`, with the face of a SparseMatrix. */
export class DenseMatrix {
  readonly layout = undefined;
  /** `[rows, cols]`. */
  values: Variable;

  constructor(
    readonly rows: number,
    readonly cols: number,
    values: Float32Array,
  ) {
    this.values = denseVariable(values, [rows, cols]);
  }

  get nnz(): number {
    return this.rows * this.cols;
  }

  dispose(): void {
    this.values.dispose();
  }
}

/** A weight matrix of a model and what is known about it. */
export interface MatrixParameter {
  readonly name: string;
  readonly role: MatrixRole;
  /** Names of its row blocks that are gates; the matrix's own name where there is one block. */
  readonly gates: string[];
  readonly weight: SparseMatrix | DenseMatrix;
}

/** A dense vector of a model. */
export interface BiasParameter {
  readonly name: string;
  variable: Variable;
}

/** Any trained parameter: its variable now (a sparse one changes with the topology) and conversions to canonical order. */
export function variableOf(parameter: MatrixParameter | BiasParameter): Variable {
  return 'weight' in parameter ? parameter.weight.values : parameter.variable;
}

/** Puts another variable of the same shape and order in the place of the parameter's own. */
export function setVariable(parameter: MatrixParameter | BiasParameter, variable: Variable): void {
  if ('weight' in parameter) parameter.weight.values = variable;
  else parameter.variable = variable;
}

/** A per-weight tensor of the parameter (its values or an optimizer slot) as an array in canonical order. */
export function toCanonical(parameter: MatrixParameter | BiasParameter, values: Tensor): Float32Array {
  if ('weight' in parameter && parameter.weight instanceof SparseMatrix) return parameter.weight.toCanonical(values);
  return (values.dataSync() as Float32Array).slice();
}

/** The inverse of `toCanonical`: a new variable. */
export function fromCanonical(parameter: MatrixParameter | BiasParameter, values: Float32Array): Variable {
  if ('weight' in parameter && parameter.weight instanceof SparseMatrix) return parameter.weight.toVariable(values);
  return denseVariable(values, variableOf(parameter).shape);
}

/** A variable of the given shape. */
export function denseVariable(values: Float32Array, shape: number[]): Variable {
  const initial = tensor(values, shape, 'float32');
  const result = variable(initial);
  initial.dispose();
  return result;
}
