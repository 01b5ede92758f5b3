import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rng } from '../base/philox.ts';
import { randomTopology } from '../sparsity/initial.ts';
import { ceilShare } from '../sparsity/rounding.ts';
import { gateCounts, hashTopology, validateTopology } from '../sparsity/topologyOps.ts';
import { magnitude } from './drop/magnitude.ts';
import { random } from './grow/random.ts';
import type { SparseWeights } from './matrix.ts';
import type { UpdateRules } from './methods/method.ts';
import { METHODS } from './methods.ts';
import { none } from './redistribute/none.ts';
import { type UpdateOptions, updateTopology } from './update.ts';

const updating = [...METHODS.values()].flatMap(({ name, update }) => (update ? [[name, update] as const] : []));
const suites: (readonly [string, UpdateRules])[] = [
  ...updating,
  ['magnitude + random + none', { drop: magnitude, redistribute: none, grow: random }],
];

const shape = fc.record({
  gates: fc.constantFrom(1, 2, 4),
  gateRows: fc.integer({ min: 1, max: 12 }),
  cols: fc.integer({ min: 1, max: 40 }),
  density: fc.double({ min: 0, max: 1, noNaN: true }),
});

/** Matrices of random shape, density and values; few distinct values, so that ties are common. */
const model = fc
  .tuple(fc.array(shape, { minLength: 1, maxLength: 3 }), fc.nat(), fc.boolean())
  .map(([shapes, seed, tied]) =>
    shapes.map(({ gates, gateRows, cols, density }, m): SparseWeights => {
      const rows = gates * gateRows;
      const topology = randomTopology(rows, cols, Math.round(density * rows * cols), rng(seed, 'topology', m));
      const stream = rng(seed, 'values', m);
      const value = () => (tied ? (stream.integer(7) - 3) / 8 : stream.normal());
      return { name: `W${m}`, topology, values: Float32Array.from(topology.indices, value), gates };
    }),
  );

const options: fc.Arbitrary<UpdateOptions> = fc.record({
  rate: fc.oneof(fc.constantFrom(0, 1), fc.double({ min: 0, max: 1, noNaN: true })),
  seed: fc.nat(),
  step: fc.nat(),
  gates: fc.constantFrom('free', 'keep'),
  growStd: fc.constantFrom(0, 0.1),
  regrow: fc.boolean(),
});

describe.each(suites)('%s', (_, rules) => {
  const holds = (check: (matrices: SparseWeights[], options: UpdateOptions) => void) =>
    fc.assert(fc.property(model, options, check), { numRuns: 60 });

  test('the total number of nonzeros is kept exactly', () => {
    holds((matrices, opts) => {
      const total = (all: readonly { topology: { indices: Uint32Array } }[]) =>
        all.reduce((sum, { topology }) => sum + topology.indices.length, 0);
      expect(total(updateTopology(matrices, rules, opts))).toBe(total(matrices));
    });
  });

  test('positions are unique, sorted and inside the matrix', () => {
    holds((matrices, opts) => {
      updateTopology(matrices, rules, opts).forEach(({ topology }, m) => {
        validateTopology(topology, matrices[m].name);
        expect([topology.rows, topology.cols]).toEqual([matrices[m].topology.rows, matrices[m].topology.cols]);
      });
    });
  });

  test('dropped and grown are exactly the difference, untouched weights bit-identical, new ones as stated', () => {
    holds((matrices, opts) => {
      updateTopology(matrices, rules, opts).forEach(({ topology, values, kept, dropped, grown }, m) => {
        const before = matrices[m];
        const gone = new Set(dropped);
        const fresh = new Set(grown);
        const expectedIndices = [...before.topology.indices].filter(index => !gone.has(index)).concat([...fresh]);
        expect([...topology.indices]).toEqual(expectedIndices.sort((a, b) => a - b));
        expect([fresh.size, gone.size]).toEqual([grown.length, dropped.length]);
        topology.indices.forEach((index, rank) => {
          if (fresh.has(index)) {
            expect(kept[rank]).toBe(-1);
            if (opts.growStd === 0) expect(values[rank]).toBe(0);
          } else {
            expect(before.topology.indices[kept[rank]]).toBe(index);
            expect(Object.is(values[rank], before.values[kept[rank]])).toBe(true);
          }
        });
      });
    });
  });

  test('what is dropped is what the drop rule chose, and at least ceil(p nnz) overall', () => {
    holds((matrices, opts) => {
      const ranks = rules.drop.select(matrices, opts.rate);
      updateTopology(matrices, rules, opts).forEach(({ dropped }, m) => {
        expect([...dropped]).toEqual([...ranks[m]].map(rank => matrices[m].topology.indices[rank]));
        expect(dropped.length).toBeGreaterThanOrEqual(ceilShare(opts.rate, matrices[m].values.length));
      });
    });
  });

  test('no position just dropped grows again while another is empty, unless regrow is set', () => {
    holds((matrices, opts) => {
      updateTopology(matrices, rules, { ...opts, gates: 'free', regrow: false }).forEach(({ dropped, grown }, m) => {
        const { rows, cols, indices } = matrices[m].topology;
        const again = grown.filter(index => dropped.includes(index)).length;
        expect(again).toBe(Math.max(0, grown.length - (rows * cols - indices.length)));
      });
    });
  });

  test('gates keep: every gate of every matrix keeps its count', () => {
    holds((matrices, opts) => {
      updateTopology(matrices, rules, { ...opts, gates: 'keep' }).forEach(({ topology }, m) => {
        const { gates } = matrices[m];
        expect(gateCounts(topology, gates)).toEqual(gateCounts(matrices[m].topology, gates));
      });
    });
  });

  test('same seed, same topology and values', () => {
    holds((matrices, opts) => {
      const first = updateTopology(matrices, rules, opts);
      const second = updateTopology(matrices, rules, opts);
      expect(second.map(({ topology }) => hashTopology(topology))).toEqual(first.map(u => hashTopology(u.topology)));
      expect(second).toEqual(first);
    });
  });
});

test.each(['magnitude', 'set'])(
  'after any drop by %s no dropped weight is farther from zero than one kept (of its sign)',
  name => {
    const drop = [magnitude, ...updating.map(([, { drop }]) => drop)].find(rule => rule.name === name)!;
    fc.assert(
      fc.property(model, fc.double({ min: 0, max: 1, noNaN: true }), (matrices, rate) => {
        drop.select(matrices, rate).forEach((ranks, m) => {
          const { values } = matrices[m];
          const gone = new Set(ranks);
          for (const sign of [false, true]) {
            const side = [...values.keys()].filter(rank => name === 'magnitude' || values[rank] < 0 === sign);
            const key = (rank: number) => Math.abs(values[rank]);
            const lost = side.filter(rank => gone.has(rank));
            const left = side.filter(rank => !gone.has(rank));
            expect(lost.length).toBe(ceilShare(rate, side.length));
            const farthest = Math.max(...lost.map(key));
            const nearest = Math.min(...left.map(key));
            expect(lost.length === 0 || farthest <= nearest).toBe(true);
            // Ties: of equal magnitudes the lower flat index is dropped.
            const tied = (some: number[]) => some.filter(rank => key(rank) === farthest);
            expect(Math.max(-1, ...tied(lost))).toBeLessThan(Math.min(values.length, ...tied(left)));
          }
        });
      }),
      { numRuns: 60 },
    );
  },
);
