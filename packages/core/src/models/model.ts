import { rng } from '../base/philox.ts';
import type { Engine } from '../engines/engine.ts';
import type { MatrixUse } from '../flops/count.ts';
import { allocateNonzeros, type Distribution } from '../sparsity/densities.ts';
import { randomTopology } from '../sparsity/initial.ts';
import type { Topology } from '../sparsity/layout.ts';
import { SparseMatrix } from '../sparsity/sparseMatrix.ts';
import { type BiasParameter, DenseMatrix, denseVariable, type MatrixParameter } from './parameters.ts';
import type { ModelPlan } from './plan.ts';

/** The trained numbers of a model. */
export interface Model {
  /** All weight matrices, in the order of the forward pass; a matrix that is used twice is listed once. */
  readonly matrices: readonly MatrixParameter[];
  /** All biases, in the order of the forward pass. */
  readonly biases: readonly BiasParameter[];
  /** What each matrix is used for, once for every use: the FLOPs rule counts these. */
  readonly uses: readonly MatrixUse[];
}

/** How many nonzeros a model starts with; absent for a dense model. */
export interface InitialSparsity {
  density: number;
  distribution: Distribution;
}

/**
 * Fresh weights for a plan. Sparse matrices are born sparse: positions and values are drawn for the nonzeros alone.
 * Positions come from the stream (seed, 'topology', matrix), values from (seed, 'values', matrix), so two models of one
 * seed and density differ only where their settings do.
 */
export function createParameters(
  plan: ModelPlan,
  engine: Engine,
  seed: number,
  sparsity?: InitialSparsity,
): { matrices: MatrixParameter[]; biases: BiasParameter[] } {
  const counts = countNonzeros(plan, sparsity);
  const matrices = plan.matrices.map((matrix, k): MatrixParameter => {
    const { name, role, rows, cols, range } = matrix;
    const gates = [...matrix.gates];
    const values = uniform(rng(seed, 'values', name), counts[k], range);
    if (sparsity === undefined || !matrix.sparse)
      return { name, role, gates, weight: new DenseMatrix(rows, cols, values) };
    const topology = initialTopology(seed, name, rows, cols, counts[k]);
    return { name, role, gates, weight: new SparseMatrix(engine, topology, values) };
  });
  const biases = plan.biases.map(({ name, values }) => ({ name, variable: denseVariable(values, [values.length]) }));
  return { matrices, biases };
}

/** The number of weights of each matrix of a plan: all of them, or the nonzeros of a sparse method. */
export function countNonzeros(plan: ModelPlan, sparsity?: InitialSparsity): number[] {
  const sparse = plan.matrices.filter(matrix => sparsity !== undefined && matrix.sparse);
  const counts = sparsity === undefined ? [] : allocateNonzeros({ matrices: sparse, ...sparsity });
  return plan.matrices.map(matrix => {
    const at = sparse.indexOf(matrix);
    return at < 0 ? matrix.rows * matrix.cols : counts[at];
  });
}

/** How many numbers a model of the plan has: all matrices dense, or with the nonzeros of a sparse method. */
export function countParameters(plan: ModelPlan, sparsity?: InitialSparsity): number {
  const biases = plan.biases.reduce((sum, { values }) => sum + values.length, 0);
  return countNonzeros(plan, sparsity).reduce((sum, count) => sum + count, 0) + biases;
}

/** The positions that a matrix of a run starts with: a function of the seed and the matrix's name, shape and count. */
export function initialTopology(seed: number, name: string, rows: number, cols: number, nnz: number): Topology {
  return randomTopology(rows, cols, nnz, rng(seed, 'topology', name));
}

function uniform(stream: { float(): number }, count: number, range: number): Float32Array {
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) values[i] = (2 * stream.float() - 1) * range;
  return values;
}
