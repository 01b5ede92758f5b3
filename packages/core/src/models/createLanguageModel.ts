import { rng } from '../base/philox.ts';
import type { Engine } from '../engines/engine.ts';
import { LSTM_GATES } from '../ops/sparseLstm/contract.ts';
import { allocateNonzeros } from '../sparsity/densities.ts';
import { randomTopology } from '../sparsity/initial.ts';
import type { Topology } from '../sparsity/layout.ts';
import { SparseMatrix } from '../sparsity/sparseMatrix.ts';
import type { LanguageModelSettings, MatrixInfo } from '../train/types.ts';
import type { LanguageModel } from './languageModel.ts';
import { type BiasParameter, DenseMatrix, denseVariable, type MatrixParameter } from './parameters.ts';

/** How many nonzeros the model starts with; absent for a dense model. */
export interface InitialSparsity {
  density: number;
  distribution: 'uniform' | 'er';
}

interface MatrixPlan {
  name: string;
  role: MatrixInfo['role'];
  rows: number;
  cols: number;
  gates: string[];
  /** Half-width of the uniform initial values. */
  range: number;
}

/** The weight matrices of a language model, in the order of the forward pass. */
export function planMatrices(settings: LanguageModelSettings): MatrixPlan[] {
  const { vocabulary, embedding, hidden, layers, init } = settings;
  const gates = [...LSTM_GATES];
  const recurrent = Array.from({ length: layers }, (_, index): MatrixPlan[] => {
    const shared = { role: 'recurrent' as const, rows: 4 * hidden, gates, range: init.recurrent };
    return [
      { ...shared, name: `lstm${index}.wx`, cols: index === 0 ? embedding : hidden },
      { ...shared, name: `lstm${index}.wh`, cols: hidden },
    ];
  });
  const single = (name: 'embedding' | 'decoder', cols: number, range: number): MatrixPlan => {
    return { name, role: name, rows: vocabulary, cols, gates: [name], range };
  };
  return [single('embedding', embedding, init.embedding), ...recurrent.flat(), single('decoder', hidden, init.decoder)];
}

/**
 * A language model with fresh weights. Sparse matrices are born sparse: positions and values are drawn for the nonzeros
 * alone. Positions come from the stream (seed, 'topology', matrix), values from (seed, 'values', matrix), so two models
 * of one seed and density differ only where their settings do.
 */
export function createLanguageModel(
  settings: LanguageModelSettings,
  engine: Engine,
  seed: number,
  sparsity?: InitialSparsity,
): LanguageModel {
  const plans = planMatrices(settings);
  const sparse = plans.filter(plan => sparsity !== undefined && settings.sparse[plan.role]);
  const counts = sparsity === undefined ? [] : allocateNonzeros({ matrices: sparse, ...sparsity });
  const matrices = plans.map((plan): MatrixParameter => {
    const at = sparse.indexOf(plan);
    const values = (count: number) => uniform(rng(seed, 'values', plan.name), count, plan.range);
    const { name, role, gates, rows, cols } = plan;
    if (at < 0) return { name, role, gates, weight: new DenseMatrix(rows, cols, values(rows * cols)) };
    const topology = initialTopology(seed, name, rows, cols, counts[at]);
    return { name, role, gates, weight: new SparseMatrix(engine, topology, values(counts[at])) };
  });
  const bias = (name: string, size: number): BiasParameter => {
    return { name, variable: denseVariable(new Float32Array(size), [size]) };
  };
  return {
    settings,
    embedding: matrices[0],
    layers: Array.from({ length: settings.layers }, (_, index) => ({
      wx: matrices[1 + 2 * index],
      wh: matrices[2 + 2 * index],
      bias: bias(`lstm${index}.bias`, 4 * settings.hidden),
    })),
    decoder: matrices[matrices.length - 1],
    decoderBias: bias('decoder.bias', settings.vocabulary),
  };
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
