import { expected } from '../base/errors.ts';
import { rng } from '../base/philox.ts';
import { intersectionSize } from '../sparsity/topologyOps.ts';
import { concat } from './arrays.ts';
import type { DropSelection, RuleMemory } from './drop/rule.ts';
import type { GrowthQuery, LargestScores } from './grow/rule.ts';
import { replaceRanks, type SparseWeights, type UpdatedMatrix, withoutRanks } from './matrix.ts';
import type { UpdateRules } from './methods/method.ts';
import { type GateSharing, growthBlocks } from './redistribute/gates.ts';

export type { UpdatedMatrix } from './matrix.ts';

/** Settings of one topology update. */
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
  /** Answers a grow rule that needs scores; rules that choose for themselves need none. */
  largest?: LargestScores;
  /**
   * What drop rules remember between updates, by the rule's name: an object that starts empty, is updated in place and
   * survives JSON. Rules that remember nothing need none.
   */
  memory?: Record<string, RuleMemory>;
}

/**
 * One topology update: drop -> redistribute the freed budget -> grow. The total number of nonzeros stays the same.
 *
 * Weights that stay keep their bits. New weights start at 0, or at N(0, growStd). Time O(nnz log nnz) and memory O(nnz),
 * beside what the scores of a grow rule cost: nothing of rows x cols elements is allocated. The matrices given are not
 * changed.
 *
 * @param matrices All sparse matrices of the model.
 * @param rules The rules of a method.
 * @returns One result for each matrix, in the order given.
 * @throws {InputError} If the rate, the standard deviation or the gates are out of range, or if a rule needs the momentum and a matrix
 * has none.
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
  validateUpdate(options);
  checkMomentum(matrices, rules);
  const { ranks } = remembered(rules.drop.select(matrices, rate, options.memory?.[rules.drop.name]), rules, options);
  const remaining = matrices.map((matrix, m) => withoutRanks(matrix, ranks[m]));
  const budgets = rules.redistribute.share(remaining.map((matrix, m) => ({ ...matrix, dropped: ranks[m].length })));
  checkBudgets(rules, ranks, remaining, budgets);
  const queries = matrices.map((before, m): GrowthQuery => {
    const { rows, cols, indices } = before.topology;
    return {
      name: before.name,
      rows,
      cols,
      blocks: growthBlocks(before, remaining[m], budgets[m], gates),
      active: remaining[m].topology.indices,
      avoid: regrow ? new Uint32Array(0) : ranks[m].map(rank => indices[rank]),
    };
  });
  const positions = growthPositions(queries, rules, options);
  return matrices.map((before, m) => {
    const grown = concat(positions[m]);
    checkGrown(rules, remaining[m], grown, budgets[m]);
    const stream = rng(seed, 'grown-values', before.name, step);
    const newValue = () => (growStd === 0 ? 0 : growStd * stream.normal());
    return replaceRanks(before, ranks[m], remaining[m], grown, newValue);
  });
}

/** Checks the numbers and names of an update. @throws {InputError} Naming the first that is out of range. */
export function validateUpdate(options: Pick<UpdateOptions, 'rate' | 'growStd' | 'gates'>): void {
  const { rate, growStd = 0, gates = 'free' } = options;
  if (!(rate >= 0 && rate <= 1)) throw expected('a removal rate in [0, 1]', rate);
  if (!(growStd >= 0 && Number.isFinite(growStd))) throw expected('a standard deviation of at least 0', growStd);
  if (gates !== 'free' && gates !== 'keep') throw expected('gates free or keep', gates);
}

/** For each matrix and block the positions that grow. */
function growthPositions(
  queries: readonly GrowthQuery[],
  { grow }: UpdateRules,
  { seed, step, largest }: UpdateOptions,
): Uint32Array[][] {
  if (grow.scores !== undefined) {
    if (largest === undefined) throw new Error(`${grow.name} needs options.largest to answer for its scores`);
    return largest(grow.scores, queries);
  }
  return queries.map(({ name, rows, cols, active, avoid, blocks }) => {
    const topology = { rows, cols, indices: active };
    const stream = rng(seed, 'grow', name, step);
    return blocks.map(block => grow.grow({ name, topology, avoid, stream, ...block }));
  });
}

/** Puts what the drop rule wants to remember into the memory of the options. */
function remembered(selection: DropSelection, { drop }: UpdateRules, { memory }: UpdateOptions): DropSelection {
  if (selection.memory !== undefined) {
    if (memory === undefined) throw new Error(`${drop.name} needs options.memory to remember its state in`);
    memory[drop.name] = selection.memory;
  }
  return selection;
}

function checkMomentum(matrices: readonly SparseWeights[], { drop, redistribute }: UpdateRules): void {
  for (const rule of [drop, redistribute]) {
    if (rule.needs !== 'momentum') continue;
    for (const { name, values, momentum } of matrices)
      if (momentum?.length !== values.length)
        throw expected(
          `a smoothed gradient of each weight of ${name}, which ${rule.name} reads`,
          momentum === undefined ? 'none' : `${momentum.length} for ${values.length} weights`,
          'train with the optimizer momentum or adam',
        );
  }
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

/** Positions that are taken, repeated, or too few would break the topology unseen. */
function checkGrown({ grow }: UpdateRules, remaining: SparseWeights, grown: Uint32Array, budget: number): void {
  const { name, topology } = remaining;
  if (grown.length !== budget)
    throw new Error(`${grow.name} grew ${grown.length} weights of ${name} where ${budget} were due`);
  for (let i = 1; i < grown.length; i++)
    if (grown[i] <= grown[i - 1]) throw new Error(`${grow.name} grew ${name} at ${grown[i]} after ${grown[i - 1]}`);
  if (intersectionSize(grown, topology.indices) > 0 || (grown.at(-1) ?? 0) >= topology.rows * topology.cols)
    throw new Error(`${grow.name} grew ${name} where a weight is, or outside the matrix`);
}
