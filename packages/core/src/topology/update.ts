import { expected } from '../base/errors.ts';
import { type RandomStream, rng } from '../base/philox.ts';
import type { Topology } from '../sparsity/layout.ts';
import { mergeDisjoint } from '../sparsity/topologyOps.ts';
import type { SparseWeights } from './matrix.ts';
import type { UpdateRules } from './methods/method.ts';
import { type GateSharing, growthBlocks } from './redistribute/gates.ts';

export interface UpdateOptions {
  /** Removal rate p in [0, 1]. */
  rate: number;
  /** Seed of the run. */
  seed: number;
  /** Gradient steps taken; together with the seed and a matrix's name it fixes every random choice. */
  step: number;
  /** Whether the gates of a stacked matrix compete for the freed budget or keep their counts. Default `free`. */
  gates?: GateSharing;
  /** Standard deviation of new weights. Default 0: they start at 0. The sparse code of SET uses 0.1. */
  growStd?: number;
  /** Whether positions just dropped may grow again in the same update, as any other. Default false. */
  regrow?: boolean;
}

/** What an update made of one matrix. All arrays are fresh and in canonical order. */
export interface UpdatedMatrix {
  readonly topology: Topology;
  readonly values: Float32Array;
  /** For each new rank the rank the weight had before, or -1 if it is new: how to carry per-weight state over. */
  readonly kept: Int32Array;
  /** Flat indices of the weights removed, strictly ascending. */
  readonly dropped: Uint32Array;
  /** Flat indices of the weights grown, strictly ascending. One that is in both lists is a new weight. */
  readonly grown: Uint32Array;
}

/**
 * One topology update: drop -> redistribute the freed budget -> grow. The total number of nonzeros stays the same.
 *
 * Weights that stay keep their bits. New weights start at 0, or at N(0, growStd). Time O(nnz log nnz) and memory O(nnz):
 * nothing of rows x cols elements is allocated. The matrices given are not changed.
 *
 * @param matrices All sparse matrices of the model.
 * @param rules The rules of a method.
 * @returns One result for each matrix, in the order given.
 * @throws {InputError} If the rate or the standard deviation is out of range.
 * @example
 * const [updated] = updateTopology([matrix], findMethod('set').update!, { rate: 0.3, seed: 1, step: 1327 });
 * const momentum = Float32Array.from(updated.kept, rank => (rank < 0 ? 0 : oldMomentum[rank]));
 */
export function updateTopology(
  matrices: readonly SparseWeights[],
  rules: UpdateRules,
  options: UpdateOptions,
): UpdatedMatrix[] {
  const { rate, seed, step, gates = 'free', growStd = 0, regrow = false } = options;
  if (!(rate >= 0 && rate <= 1)) throw expected('a removal rate in [0, 1]', rate);
  if (!(growStd >= 0 && Number.isFinite(growStd))) throw expected('a standard deviation of at least 0', growStd);
  const ranks = rules.drop.select(matrices, rate);
  const remaining = matrices.map((matrix, m) => without(matrix, ranks[m]));
  const budgets = rules.redistribute.share(remaining.map((matrix, m) => ({ ...matrix, dropped: ranks[m].length })));
  checkBudgets(rules, ranks, remaining, budgets);
  return matrices.map((before, m) => {
    const { name, topology } = remaining[m];
    const dropped = ranks[m].map(rank => before.topology.indices[rank]);
    const avoid = regrow ? new Uint32Array(0) : dropped;
    const stream = rng(seed, 'grow', name, step);
    const parts = growthBlocks(before, remaining[m], budgets[m], gates).map(block =>
      rules.grow.grow({ name, topology, avoid, stream, ...block }),
    );
    const grown = concat(parts);
    if (grown.length !== budgets[m])
      throw new Error(`${rules.grow.name} grew ${grown.length} weights of ${name} where ${budgets[m]} were due`);
    return { ...join(before, remaining[m], grown, growStd, rng(seed, 'grown-values', name, step)), dropped, grown };
  });
}

/** A rule that loses or invents budget would change the number of weights unseen. */
function checkBudgets(rules: UpdateRules, ranks: Uint32Array[], remaining: SparseWeights[], budgets: number[]): void {
  const freed = ranks.reduce((sum, { length }) => sum + length, 0);
  const shared = budgets.reduce((sum, budget) => sum + budget, 0);
  if (shared !== freed)
    throw new Error(`${rules.redistribute.name} shared ${shared} weights out where ${freed} were free`);
  remaining.forEach(({ name, topology: { rows, cols, indices } }, m) => {
    const empty = rows * cols - indices.length;
    if (!(Number.isInteger(budgets[m]) && budgets[m] >= 0 && budgets[m] <= empty))
      throw new Error(
        `${rules.redistribute.name} gave ${name} ${budgets[m]} weights to grow at ${empty} empty positions`,
      );
  });
}

/** The matrix without the weights at some ranks (strictly ascending). */
function without(matrix: SparseWeights, ranks: Uint32Array): SparseWeights {
  const { topology, values } = matrix;
  const indices = new Uint32Array(values.length - ranks.length);
  const left = new Float32Array(indices.length);
  for (let rank = 0, next = 0, to = 0; rank < values.length; rank++) {
    if (ranks[next] === rank) next++;
    else {
      indices[to] = topology.indices[rank];
      left[to++] = values[rank];
    }
  }
  return { ...matrix, topology: { ...topology, indices }, values: left };
}

/** The remaining weights together with the new ones, and where each comes from. */
function join(
  before: SparseWeights,
  remaining: SparseWeights,
  grown: Uint32Array,
  growStd: number,
  stream: RandomStream,
): Pick<UpdatedMatrix, 'topology' | 'values' | 'kept'> {
  const indices = mergeDisjoint(remaining.topology.indices, grown);
  const values = new Float32Array(indices.length);
  const kept = new Int32Array(indices.length);
  for (let rank = 0, next = 0, old = 0, from = 0; rank < indices.length; rank++) {
    if (next < grown.length && grown[next] === indices[rank]) {
      next++;
      kept[rank] = -1;
      values[rank] = growStd === 0 ? 0 : growStd * stream.normal();
    } else {
      while (before.topology.indices[old] !== indices[rank]) old++;
      kept[rank] = old;
      values[rank] = remaining.values[from++];
    }
  }
  return { topology: { ...before.topology, indices }, values, kept };
}

function concat(parts: Uint32Array[]): Uint32Array {
  if (parts.length === 1) return parts[0];
  const whole = new Uint32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
