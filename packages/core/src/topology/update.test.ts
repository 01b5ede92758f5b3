import { expect, test } from 'vitest';
import { rng } from '../base/philox.ts';
import { largestAllocation } from '../sparsity/allocations.testing.ts';
import { randomTopology } from '../sparsity/initial.ts';
import { gateCounts } from '../sparsity/topologyOps.ts';
import { magnitude } from './drop/magnitude.ts';
import type { RuleMemory } from './drop/rule.ts';
import { random } from './grow/random.ts';
import type { LargestScores } from './grow/rule.ts';
import type { SparseWeights } from './matrix.ts';
import { findMethod } from './methods.ts';
import { none } from './redistribute/none.ts';
import { composeMethod, DROP_RULES } from './rules.ts';
import { updateTopology } from './update.ts';

const set = findMethod('set').update!;

/** The eight weights of docs/method.md in a 4 x 4 matrix. */
const example: SparseWeights = {
  name: 'W',
  topology: { rows: 4, cols: 4, indices: Uint32Array.of(0, 3, 5, 7, 9, 11, 12, 15) },
  values: Float32Array.of(0.5, -0.1, 0.3, -0.4, 0.1, 0.2, -0.6, 0.05),
  gates: 1,
};

function weights(rows: number, cols: number, nnz: number, gates = 1): SparseWeights {
  const topology = randomTopology(rows, cols, nnz, rng(11, 'topology'));
  const stream = rng(11, 'values');
  return { name: 'W', topology, values: Float32Array.from({ length: nnz }, () => stream.normal()), gates };
}

test('worked example: set at p = .3 replaces three of eight weights by zeros elsewhere', () => {
  const [updated] = updateTopology([example], set, { rate: 0.3, seed: 1, step: 10 });
  expect([...updated.dropped]).toEqual([3, 9, 15]);
  expect(updated.grown.length).toBe(3);
  const left = new Map([0, 5, 7, 11, 12].map((index, i) => [index, [0.5, 0.3, -0.4, 0.2, -0.6].map(Math.fround)[i]]));
  const before = [...example.topology.indices];
  updated.topology.indices.forEach((index, rank) => {
    expect(updated.values[rank]).toBe(left.get(index) ?? 0);
    expect(updated.kept[rank]).toBe(left.has(index) ? before.indexOf(index) : -1);
  });
  expect(updated.topology.indices.length).toBe(8);
});

test('worked example: with keep, gate 0 grows the one weight it lost and gate 1 its two', () => {
  for (let seed = 0; seed < 20; seed++) {
    const [{ grown }] = updateTopology([{ ...example, gates: 2 }], set, { rate: 0.3, seed, step: 10, gates: 'keep' });
    expect([...grown].map(index => index < 8)).toEqual([true, false, false]);
  }
});

test('the matrices given are not changed', () => {
  const copy = structuredClone(example);
  updateTopology([example], set, { rate: 0.5, seed: 1, step: 10, growStd: 0.1 });
  expect(example).toEqual(copy);
});

test('seed, step and name of the matrix each change what grows; the same three give the same', () => {
  const matrix = weights(20, 30, 60);
  const grown = (seed: number, step: number, name: string) =>
    updateTopology([{ ...matrix, name }], set, { rate: 0.3, seed, step })[0].grown.join();
  const first = grown(1, 10, 'Wx');
  expect(grown(1, 10, 'Wx')).toBe(first);
  for (const other of [grown(2, 10, 'Wx'), grown(1, 20, 'Wx'), grown(1, 10, 'Wh')]) expect(other).not.toBe(first);
});

test('a matrix is updated the same whatever other matrices there are', () => {
  const a = { ...weights(20, 30, 60), name: 'a' };
  const b = { ...weights(40, 10, 90), name: 'b' };
  const options = { rate: 0.3, seed: 1, step: 10, growStd: 0.1 };
  const [, together] = updateTopology([a, b], set, options);
  expect(together).toEqual(updateTopology([b], set, options)[0]);
});

test('gates keep: each gate keeps its count; free: the gates compete', () => {
  const matrix = weights(40, 10, 100, 4);
  // Gate 0 has the smallest weights: it loses nearly all.
  const small = gateCounts(matrix.topology, 4)[0];
  for (let rank = 0; rank < small; rank++) matrix.values[rank] *= 1e-3;
  const before = gateCounts(matrix.topology, 4);
  const after = (gates: 'free' | 'keep') => {
    const [{ topology }] = updateTopology([matrix], set, { rate: 0.3, seed: 1, step: 10, gates });
    return gateCounts(topology, 4);
  };
  expect(after('keep')).toEqual(before);
  const free = after('free');
  expect(free[0]).toBeLessThan(before[0]);
  expect(free.reduce((a, b) => a + b)).toBe(100);
  const [byDefault] = updateTopology([matrix], set, { rate: 0.3, seed: 1, step: 10 });
  expect(gateCounts(byDefault.topology, 4)).toEqual(free);
});

test('new weights are N(0, growStd) if that is above 0', () => {
  const [updated] = updateTopology([weights(400, 200, 20_000)], set, { rate: 0.5, seed: 1, step: 10, growStd: 0.1 });
  const grown = [...updated.values].filter((_, rank) => updated.kept[rank] < 0);
  const mean = grown.reduce((a, b) => a + b) / grown.length;
  const deviation = Math.sqrt(grown.reduce((sum, v) => sum + (v - mean) ** 2, 0) / grown.length);
  expect(grown.length).toBeGreaterThanOrEqual(10_000);
  // Standard errors of mean and deviation over 10,000 draws: .001 and .0007.
  expect(Math.abs(mean)).toBeLessThan(0.005);
  expect(Math.abs(deviation - 0.1)).toBeLessThan(0.0035);
});

test('just dropped positions do not grow; with regrow they may, and start at the new value', () => {
  const apart = updateTopology([example], set, { rate: 0.5, seed: 1, step: 10 })[0];
  for (const position of apart.grown) expect(apart.dropped).not.toContain(position);
  let again = 0;
  for (let seed = 0; seed < 20; seed++) {
    const { topology, values, kept, dropped, grown } = updateTopology([example], set, {
      rate: 0.5,
      seed,
      step: 10,
      regrow: true,
    })[0];
    for (const position of grown.filter(index => dropped.includes(index))) {
      again++;
      const rank = topology.indices.indexOf(position);
      expect([values[rank], kept[rank]]).toEqual([0, -1]);
    }
  }
  expect(again).toBeGreaterThan(0);
});

test('worked example: with regrow three of eleven positions grow, those just dropped as likely as any other', () => {
  const hits = new Map<number, number>();
  for (let seed = 0; seed < 1100; seed++) {
    const [{ grown }] = updateTopology([example], set, { rate: 0.3, seed, step: 10, regrow: true });
    for (const position of grown) hits.set(position, (hits.get(position) ?? 0) + 1);
  }
  expect([...hits.keys()].sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 6, 8, 9, 10, 13, 14, 15]);
  // 300 each on average, standard deviation 14.8: five of them.
  for (const count of hits.values()) expect(Math.abs(count - 300)).toBeLessThan(74);
});

test('worked example: with growStd .1 and regrow 4, 9 and 14 grow, with a tenth of the first draws of their stream', () => {
  const options = { rate: 0.3, seed: 4, step: 10, regrow: true, growStd: 0.1 };
  const [{ grown, dropped, topology, values, kept }] = updateTopology([example], set, options);
  expect([[...dropped], [...grown]]).toEqual([
    [3, 9, 15],
    [4, 9, 14],
  ]);
  const stream = rng(4, 'grown-values', 'W', 10);
  [0.0144, -0.0514, -0.0091].forEach((value, i) => {
    const rank = topology.indices.indexOf(grown[i]);
    expect(kept[rank]).toBe(-1);
    expect(values[rank]).toBe(Math.fround(0.1 * stream.normal()));
    expect(values[rank]).toBeCloseTo(value, 4);
  });
});

test('overflow: a full matrix grows again what it dropped', () => {
  const full = weights(3, 4, 12, 3);
  for (const gates of ['free', 'keep'] as const) {
    const [updated] = updateTopology([full], set, { rate: 0.5, seed: 1, step: 10, gates });
    expect([...updated.topology.indices]).toEqual([...full.topology.indices]);
    expect(updated.grown).toEqual(updated.dropped);
    expect([...updated.kept].filter(rank => rank < 0).length).toBe(updated.grown.length);
  }
});

test('an empty matrix stays empty', () => {
  const [updated] = updateTopology([weights(3, 4, 0)], set, { rate: 0.5, seed: 1, step: 10 });
  expect(updated.topology.indices.length).toBe(0);
});

test('memory is O(nnz): no array of rows x cols elements or bits', () => {
  const matrix = weights(50_000, 50_000, 1000, 4);
  const names = [...DROP_RULES.keys()].map(drop => ({ drop, redistribute: 'magnitude', grow: 'random' }));
  const updates = [set, ...names.map(each => composeMethod(each).update!)];
  // The counters of the selection take 256 KiB; one bit for each position would take 312 MB.
  for (const gates of ['free', 'keep'] as const)
    for (const rules of updates)
      expect(
        largestAllocation(() => updateTopology([matrix], rules, { rate: 0.3, seed: 1, step: 10, gates, memory: {} })),
      ).toBeLessThanOrEqual(4 * 65_536);
});

test('5 million weights of a 10,000 x 1,500 matrix take less than 2 s of processor time (5 s here)', () => {
  const matrix = weights(10_000, 1500, 5_000_000);
  const start = process.cpuUsage();
  updateTopology([matrix], set, { rate: 0.3, seed: 1, step: 10 });
  const { user, system } = process.cpuUsage(start);
  expect((user + system) / 1000).toBeLessThan(5000);
});

test('a rule that invents, loses or misplaces budget is found out', () => {
  const options = { rate: 0.5, seed: 1, step: 10 };
  const share = (budget: number) => ({ name: 'odd', share: () => [budget] });
  expect(() => updateTopology([example], { drop: magnitude, grow: random, redistribute: share(5) }, options)).toThrow(
    'odd shared 5 weights out where 4 were free',
  );
  const two = [example, { ...example, name: 'V' }];
  const lopsided = { name: 'lopsided', share: () => [-1, 9] };
  expect(() => updateTopology(two, { drop: magnitude, grow: random, redistribute: lopsided }, options)).toThrow(
    'lopsided gave W -1 weights to grow at 12 empty positions',
  );
  const grows = (...positions: number[]) => ({ name: 'blind', grow: () => Uint32Array.from(positions) });
  const blind = (...positions: number[]) =>
    updateTopology([example], { drop: magnitude, grow: grows(...positions), redistribute: none }, options);
  expect(() => blind(1, 2, 4, 5)).toThrow('blind grew W where a weight is, or outside the matrix');
  expect(() => blind(1, 2, 4, 16)).toThrow('blind grew W where a weight is, or outside the matrix');
  expect(() => blind(1, 2, 2, 4)).toThrow('blind grew W at 2 after 2');
  const lazy = { name: 'lazy', grow: () => new Uint32Array(0) };
  expect(() => updateTopology([example], { drop: magnitude, grow: lazy, redistribute: none }, options)).toThrow(
    'lazy grew 0 weights of W where 4 were due',
  );
});

test('worked example: rigl at p = .3 drops three of eight weights and grows where the scores are largest', () => {
  const { update } = findMethod('rigl');
  const asked: unknown[] = [];
  const largest: LargestScores = (scores, queries) => {
    asked.push(scores, ...queries);
    return [[Uint32Array.of(2, 6, 13)]];
  };
  const [{ grown, dropped, topology }] = updateTopology([example], update!, { rate: 0.3, seed: 1, step: 10, largest });
  expect([[...dropped], [...grown]]).toEqual([
    [3, 9, 15],
    [2, 6, 13],
  ]);
  expect([...topology.indices]).toEqual([0, 2, 5, 6, 7, 11, 12, 13]);
  expect(asked).toEqual([
    'gradient',
    {
      name: 'W',
      rows: 4,
      cols: 4,
      blocks: [{ from: 0, to: 16, count: 3 }],
      active: Uint32Array.of(0, 5, 7, 11, 12),
      avoid: Uint32Array.of(3, 9, 15),
    },
  ]);
});

test('a rule that needs scores, a memory or a smoothed gradient says so where there is none', () => {
  const options = { rate: 0.3, seed: 1, step: 10 };
  const update = (name: string) => () => updateTopology([example], findMethod(name).update!, options);
  expect(update('rigl')).toThrow('gradient needs options.largest to answer for its scores');
  expect(update('dsr')).toThrow('threshold needs options.memory to remember its state in');
  expect(update('snfs')).toThrow(
    'expected a smoothed gradient of each weight of W, which momentum reads, got "none"; ' +
      'train with the optimizer momentum or adam',
  );
});

test('the memory of a drop rule survives JSON and goes on from update to update', () => {
  const { update } = findMethod('dsr');
  const memory: Record<string, RuleMemory> = {};
  updateTopology([example], update!, { rate: 0.3, seed: 1, step: 10, memory });
  expect(memory).toEqual({ threshold: { threshold: Math.fround(0.2) } });
  const restored = JSON.parse(JSON.stringify(memory));
  // Three of eight weights are below .2; at p = 1 that is too few, and the threshold doubles.
  const options = { rate: 1, seed: 1, step: 20 };
  const first = updateTopology([example], update!, { ...options, memory });
  expect(updateTopology([example], update!, { ...options, memory: restored })).toEqual(first);
  expect(memory).toEqual({ threshold: { threshold: 2 * Math.fround(0.2) } });
  expect(restored).toEqual(memory);
});

test.each([-0.1, 1.5, Number.NaN])('rate %d is refused', rate => {
  expect(() => updateTopology([example], set, { rate, seed: 1, step: 1 })).toThrow('expected a removal rate in [0, 1]');
});

test.each([-0.1, Number.NaN, Number.POSITIVE_INFINITY])('standard deviation %d is refused', growStd => {
  expect(() => updateTopology([example], set, { rate: 0.1, seed: 1, step: 1, growStd })).toThrow(
    'expected a standard deviation of at least 0',
  );
});
