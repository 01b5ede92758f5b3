// What docs/method.md says of the rules, worked out in other ways than the rules do: by sorting, filtering and bisection.
import { expect } from 'vitest';
import { ceilShare } from '../sparsity/rounding.ts';
import { gateStarts } from '../sparsity/topologyOps.ts';
import type { RuleMemory } from './drop/rule.ts';
import type { SparseWeights, UpdatedMatrix } from './matrix.ts';

/** A weight of a model. */
export type Weight = { m: number; rank: number; value: number };

/** What a drop rule is to choose: ranks of each matrix, ascending, and what it is to remember. */
export type DropOracle = (
  matrices: readonly SparseWeights[],
  rate: number,
  memory?: RuleMemory,
) => { ranks: number[][]; memory?: RuleMemory };

/** Weights that compete: those with the least keys go, a share p of each group. */
type Group = { members: Weight[]; key: (value: number) => number };

export function weightsOf(matrices: readonly SparseWeights[]): Weight[][] {
  return matrices.map(({ values }, m) => Array.from(values, (value, rank) => ({ m, rank, value })));
}

/** The ranks of some weights, matrix by matrix. */
function ranksOf(matrices: readonly SparseWeights[], chosen: readonly Weight[]): number[][] {
  return matrices.map((_, m) =>
    chosen
      .filter(weight => weight.m === m)
      .map(({ rank }) => rank)
      .sort((a, b) => a - b),
  );
}

/** `ceil(p n)` of each group, by a stable sort. */
function leastOf(groups: (matrices: readonly SparseWeights[]) => Group[]): DropOracle {
  return (matrices, p) => {
    const chosen = groups(matrices).flatMap(({ members, key }) => {
      const sorted = members.slice().sort((a, b) => key(a.value) - key(b.value));
      return sorted.slice(0, ceilShare(p, members.length));
    });
    return { ranks: ranksOf(matrices, chosen) };
  };
}

function bySign(matrices: readonly SparseWeights[], negativeKey: (value: number) => number): Group[] {
  return weightsOf(matrices).flatMap(members => [
    { members: members.filter(({ value }) => value >= 0), key: (value: number) => value },
    { members: members.filter(({ value }) => value < 0), key: negativeKey },
  ]);
}

/** The rules that drop an exact share, by name. */
export const SHARE_ORACLES: Record<string, DropOracle> = {
  magnitude: leastOf(matrices => weightsOf(matrices).map(members => ({ members, key: Math.abs }))),
  'magnitude-gate': leastOf(matrices =>
    weightsOf(matrices).flatMap((members, m) => {
      const starts = gateStarts(matrices[m].topology, matrices[m].gates);
      return starts.slice(1).map((end, gate) => ({ members: members.slice(starts[gate], end), key: Math.abs }));
    }),
  ),
  'global-magnitude': leastOf(matrices => [{ members: weightsOf(matrices).flat(), key: Math.abs }]),
  set: leastOf(matrices => bySign(matrices, value => -value)),
  'set-misread': leastOf(matrices => bySign(matrices, value => value)),
};

/** All of a height below which everything goes; it is between the least and the largest normal number of 32 bits. */
function threshold(matrices: readonly SparseWeights[], p: number, memory?: RuleMemory) {
  const within = (height: number) => Math.min(2 ** 127, Math.max(2 ** -126, height));
  const all = weightsOf(matrices).flat();
  const sorted = all.map(({ value }) => Math.abs(value)).sort((a, b) => a - b);
  const target = ceilShare(p, all.length);
  const first = sorted.slice(target).find(magnitude => magnitude > 0) ?? 2 * (sorted.at(-1) ?? 0);
  const height = memory?.threshold ?? within(first);
  const gone = all.filter(({ value }) => Math.abs(value) < height);
  const factor = gone.length < 0.9 * target ? 2 : gone.length > 1.1 * target ? 0.5 : 1;
  return { ranks: ranksOf(matrices, gone), memory: { threshold: within(factor * height) } };
}

/** Every drop rule by name. */
export const DROP_ORACLES: Record<string, DropOracle> = {
  ...SHARE_ORACLES,
  threshold,
  zero: matrices => ({
    ranks: ranksOf(
      matrices,
      weightsOf(matrices)
        .flat()
        .filter(({ value }) => value === 0),
    ),
  }),
};

/** What a matrix weighs in a redistribution, from the values and smoothed gradients that it has left. */
export const SHARE_WEIGHTS: Record<string, (values: number[], momentum: number[]) => number> = {
  magnitude: values => meanMagnitude(values),
  nonzeros: values => values.length,
  momentum: (_, momentum) => meanMagnitude(momentum),
};

function meanMagnitude(numbers: number[]): number {
  return numbers.length === 0 ? 0 : sum(numbers.map(Math.abs)) / numbers.length;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

/** Fails unless every matrix grew what the redistribute rule of a name says. */
export function expectBudgets(name: string, before: readonly SparseWeights[], updated: readonly UpdatedMatrix[]): void {
  const grown = updated.map(each => each.grown.length);
  const dropped = updated.map(each => each.dropped.length);
  if (name === 'none') {
    expect(grown).toEqual(dropped);
    return;
  }
  const weights = before.map(({ topology, values, momentum }, m) => {
    const gone = new Set(updated[m].dropped);
    const left = [...topology.indices.keys()].filter(rank => !gone.has(topology.indices[rank]));
    return SHARE_WEIGHTS[name](
      left.map(rank => values[rank]),
      left.map(rank => momentum![rank]),
    );
  });
  const room = before.map(({ topology: { rows, cols, indices } }, m) => rows * cols - indices.length + dropped[m]);
  expectRounded(grown, quotas(sum(dropped), weights, room), sum(dropped));
}

/** What each would get if weights could be split: the level at which `min(room, level * weight)` sums to the total. */
function quotas(total: number, weights: number[], room: number[]): number[] {
  const weighty = sum(room.filter((_, m) => weights[m] > 0));
  if (weighty <= total) {
    const rest = sum(room) - weighty;
    return room.map((empty, m) => (weights[m] > 0 ? empty : rest === 0 ? 0 : (empty / rest) * (total - weighty)));
  }
  const at = (level: number) => weights.map((weight, m) => Math.min(room[m], level * weight));
  let [low, high] = [0, Math.max(...weights.map((weight, m) => (weight > 0 ? room[m] / weight : 0)))];
  for (let halvings = 0; halvings < 200; halvings++) {
    const middle = (low + high) / 2;
    if (sum(at(middle)) < total) low = middle;
    else high = middle;
  }
  return at(high);
}

/** Floors, then one each to the largest fractional parts. Which of equal parts comes first has tests of its own. */
function expectRounded(shares: number[], exact: number[], total: number): void {
  const close = 1e-9 * (1 + total);
  expect(sum(shares)).toBe(total);
  shares.forEach((share, m) => {
    expect(share).toBeGreaterThanOrEqual(Math.floor(exact[m] - close));
    expect(share).toBeLessThanOrEqual(Math.ceil(exact[m] + close));
  });
  const up = exact.filter((quota, m) => shares[m] > quota + close).map(quota => quota % 1);
  const down = exact.filter((quota, m) => shares[m] < quota - close).map(quota => quota % 1);
  expect(Math.min(1, ...up)).toBeGreaterThanOrEqual(Math.max(0, ...down) - close);
}
