import { variableGrads } from '@tensorflow/tfjs-core';
import { SMOOTHED_WINDOWS } from '../flops/method.ts';
import type { MatrixParameter } from '../models/parameters.ts';
import type { Topology } from '../sparsity/layout.ts';
import type { SparseMatrix } from '../sparsity/sparseMatrix.ts';
import { lowerBound } from '../sparsity/topologyOps.ts';
import type { GrowthQuery, LargestScores, Scores } from '../topology/grow/rule.ts';
import { TopPositions } from '../topology/grow/topPositions.ts';
import type { DropoutKey, Task } from './tasks/task.ts';
import type { BatchSource } from './types.ts';

/** Positions that are scored at a time, some 20 bytes each: as many as there are nonzeros, within these bounds. */
const SMALLEST_BLOCK = 1 << 20;
const LARGEST_BLOCK = 1 << 22;

export interface ScoreOptions {
  /** Random key of the dropout of the k-th window to come. */
  keyAt: (k: number) => DropoutKey;
  /** Decay of the smoothed gradient: the optimizer's momentum, or beta1 of Adam. */
  beta: number;
  /** Positions that are scored at a time. Default: as many as there are nonzeros, from 2^20 to 2^22, and never a whole matrix. */
  block?: number;
}

/** A range of rows of one matrix, scored together. */
interface RowBlock {
  query: number;
  firstRow: number;
  rows: number;
}

/**
 * Answers grow rules: the positions of largest |dense gradient|, without a dense gradient of the model.
 *
 * The gradient at an absent weight is that of a weight of value 0 which is present. So the matrices are given, a block of
 * rows at a time, all their positions, with zeros in the empty ones; the model is unchanged, its gradient is taken on the
 * next windows, and the block's is offered to a bounded selection. Every engine and every cell that trains can do this.
 * The training stands afterwards where it stood.
 *
 * Memory: some 20 bytes for each of `block` positions, and in JavaScript up to 8 for each nonzero of the matrices that they
 * are of; by default no matrix is ever filled whole. Cost: forward and backward passes over one window (momentum: ten) for
 * every `block` positions of the sparse matrices, at least two.
 */
export function largestScores<Source extends BatchSource>(
  task: Task<Source>,
  { keyAt, beta, block }: ScoreOptions,
): LargestScores {
  return (scores, queries) => {
    const top = queries.map(query => new TopPositions(query));
    const matrices = queries.map(({ name }) => task.model.matrices.find(matrix => matrix.name === name)!);
    const nonzeros = matrices.reduce((sum, { weight }) => sum + weight.nnz, 0);
    const most = block ?? Math.min(LARGEST_BLOCK, Math.max(SMALLEST_BLOCK, nonzeros));
    for (const group of groups(queries, most, block !== undefined)) {
      const sums = scoreBlocks(task, matrices, group, windowWeights(scores, beta), keyAt);
      group.forEach(({ query, firstRow, rows }, k) => {
        top[query].offer(firstRow, rows, sums[k]);
      });
    }
    return top.map(each => each.result());
  };
}

/** The factor of each window to come. */
function windowWeights(scores: Scores, beta: number): number[] {
  return scores === 'gradient' ? [1] : Array.from({ length: SMOOTHED_WINDOWS }, (_, k) => beta ** k);
}

/**
 * All rows of all matrices, in groups of at most `block` positions (or one row).
 *
 * @param whole whether all rows of a matrix may be in one group.
 */
function groups(queries: readonly GrowthQuery[], block: number, whole: boolean): RowBlock[][] {
  const result: RowBlock[][] = [];
  let room = 0;
  queries.forEach(({ rows, cols }, query) => {
    const most = whole ? rows : Math.ceil(rows / 2);
    for (let firstRow = 0; firstRow < rows; ) {
      if (room < cols || (firstRow > 0 && !whole)) {
        result.push([]);
        room = Math.max(block, cols);
      }
      const taken = Math.min(rows - firstRow, Math.floor(room / cols), most);
      result[result.length - 1].push({ query, firstRow, rows: taken });
      firstRow += taken;
      room -= taken * cols;
    }
  });
  return result;
}

/** The weighted sum of gradients over the next windows, `[rows, cols]` for each block. */
function scoreBlocks<Source extends BatchSource>(
  task: Task<Source>,
  matrices: readonly MatrixParameter[],
  group: readonly RowBlock[],
  weights: readonly number[],
  keyAt: (k: number) => DropoutKey,
): Float32Array[] {
  const filled = group.map(({ query, firstRow, rows }) =>
    fillRows(matrices[query].weight as SparseMatrix, firstRow, rows),
  );
  const goBack = task.mark();
  weights.forEach((weight, k) => {
    task.next();
    const variables = filled.map(({ matrix }) => matrix.values);
    const { value, grads } = variableGrads(() => task.loss(keyAt(k)), variables);
    value.dispose();
    task.commit();
    filled.forEach(({ matrix, sums }) => {
      const gradient = grads[matrix.values.name];
      const values = gradient.dataSync();
      gradient.dispose();
      for (let i = 0; i < sums.length; i++) sums[i] += weight * values[i];
    });
  });
  goBack();
  return filled.map(({ matrix, from, count, sums, restore }) => {
    const scores = matrix.layout.toCanonical(sums).slice(from, from + count);
    restore();
    return scores;
  });
}

/** Gives a matrix all positions of some rows, with zeros in the empty ones; `restore` takes them away again. */
function fillRows(matrix: SparseMatrix, firstRow: number, rows: number) {
  const { topology } = matrix;
  const values = matrix.toCanonical(matrix.values);
  const { cols, indices } = topology;
  const from = lowerBound(indices, firstRow * cols);
  const to = lowerBound(indices, (firstRow + rows) * cols);
  const count = rows * cols;
  const length = indices.length - (to - from) + count;
  const filled: Topology = { ...topology, indices: new Uint32Array(length) };
  const filledValues = new Float32Array(length);
  const copy = (at: number, start: number, end: number) => {
    filled.indices.set(indices.subarray(start, end), at);
    filledValues.set(values.subarray(start, end), at);
  };
  copy(0, 0, from);
  copy(from + count, to, indices.length);
  for (let i = 0; i < count; i++) filled.indices[from + i] = firstRow * cols + i;
  for (let rank = from; rank < to; rank++) filledValues[from + indices[rank] - firstRow * cols] = values[rank];
  matrix.replace(filled, filledValues);
  // Summed in the engine's order, and brought into that of positions once.
  const sums = new Float32Array(matrix.values.size);
  return { matrix, from, count, sums, restore: () => matrix.replace(topology, values) };
}
