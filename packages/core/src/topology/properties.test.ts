import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rng } from '../base/philox.ts';
import { moveSlot } from '../optim/slots.ts';
import { roundShare } from '../sparsity/rounding.ts';
import { gateCounts, hashTopology, validateTopology } from '../sparsity/topologyOps.ts';
import type { RuleMemory } from './drop/rule.ts';
import type { SparseWeights } from './matrix.ts';
import type { UpdateRules } from './methods/method.ts';
import { METHODS } from './methods.ts';
import { DROP_ORACLES, expectBudgets, SHARE_ORACLES, SHARE_WEIGHTS, weightsOf } from './oracles.testing.ts';
import { pruneTopology } from './prune/prune.ts';
import { anyModel, anyOptions, anyShare, largest, models, scoresOf, trained } from './random.testing.ts';
import { composeMethod, DROP_RULES, REDISTRIBUTE_RULES } from './rules.ts';
import { type UpdatedMatrix, type UpdateOptions, updateTopology } from './update.ts';

const named = [...METHODS.values()].flatMap(({ name, update }) => (update ? [[name, update] as const] : []));
const composed = [
  ['magnitude', 'none', 'random'],
  ['magnitude-gate', 'magnitude', 'gradient'],
  ['set-misread', 'nonzeros', 'momentum'],
  ['threshold', 'momentum', 'gradient'],
  ['zero', 'magnitude', 'momentum'],
  ['global-magnitude', 'none', 'gradient'],
].map(([drop, redistribute, grow]) => composeMethod({ drop, redistribute, grow }));
const suites: (readonly [string, UpdateRules])[] = [
  ...named,
  ...composed.map(({ name, update }) => [name, update!] as const),
];

const nnzOf = (all: readonly { topology: { indices: Uint32Array } }[]) =>
  all.reduce((sum, { topology }) => sum + topology.indices.length, 0);

test('the suites below go through every drop rule and every redistribute rule, and know what each is to do', () => {
  expect(new Set(suites.map(([, { drop }]) => drop.name))).toEqual(new Set(DROP_RULES.keys()));
  expect(new Set(Object.keys(DROP_ORACLES))).toEqual(new Set(DROP_RULES.keys()));
  expect(new Set(suites.map(([, { redistribute }]) => redistribute.name))).toEqual(new Set(REDISTRIBUTE_RULES.keys()));
  expect(new Set(['none', ...Object.keys(SHARE_WEIGHTS)])).toEqual(new Set(REDISTRIBUTE_RULES.keys()));
});

const droppedRanks = (before: SparseWeights[], updated: UpdatedMatrix[]) =>
  updated.map(({ dropped }, m) => [...dropped].map(index => before[m].topology.indices.indexOf(index)));

describe.each(suites)('%s', (_, rules) => {
  const update = (matrices: SparseWeights[], options: UpdateOptions) =>
    updateTopology(matrices, rules, { ...options, largest, memory: {} });
  const holds = (check: (matrices: SparseWeights[], options: UpdateOptions) => void) =>
    fc.assert(fc.property(anyModel, anyOptions, check), { numRuns: 50 });

  test('the total number of nonzeros is kept exactly', () => {
    holds((matrices, options) => {
      expect(nnzOf(update(matrices, options))).toBe(nnzOf(matrices));
    });
  });

  test('positions are unique, sorted and inside the matrix', () => {
    holds((matrices, options) => {
      update(matrices, options).forEach(({ topology }, m) => {
        validateTopology(topology, matrices[m].name);
        expect([topology.rows, topology.cols]).toEqual([matrices[m].topology.rows, matrices[m].topology.cols]);
      });
    });
  });

  test('dropped and grown are exactly the difference, untouched weights bit-identical, new ones and slots as stated', () => {
    holds((matrices, options) => {
      update(matrices, options).forEach(({ topology, values, kept, dropped, grown }, m) => {
        const before = matrices[m];
        const gone = new Set(dropped);
        const fresh = new Set(grown);
        const expectedIndices = [...before.topology.indices].filter(index => !gone.has(index)).concat([...fresh]);
        expect([...topology.indices]).toEqual(expectedIndices.sort((a, b) => a - b));
        expect([fresh.size, gone.size]).toEqual([grown.length, dropped.length]);
        const stream = rng(options.seed, 'grown-values', before.name, options.step);
        const newValue = () => (options.growStd === 0 ? 0 : Math.fround(options.growStd! * stream.normal()));
        const rankBefore = new Map(Array.from(before.topology.indices, (index, rank) => [index, rank]));
        const oldRanks = Array.from(topology.indices, index => (fresh.has(index) ? -1 : rankBefore.get(index)!));
        expect([...kept]).toEqual(oldRanks);
        expect([...values]).toEqual(oldRanks.map(old => (old < 0 ? newValue() : before.values[old])));
        const slot = Float32Array.from(before.values, (_, rank) => rank + 1);
        const [zeroed, own] = (['zero', 'value'] as const).map(beginning => {
          return moveSlot({ name: 'slot', from: 'start', initial: 'zero', fresh: beginning }, slot, kept, values);
        });
        expect([...zeroed]).toEqual(oldRanks.map(old => (old < 0 ? 0 : slot[old])));
        expect([...own]).toEqual(oldRanks.map((old, rank) => (old < 0 ? values[rank] : slot[old])));
      });
    });
  });

  test('what is dropped is what the drop rule says, and each matrix grows what the redistribute rule says', () => {
    holds((matrices, options) => {
      const updated = update(matrices, options);
      expect(droppedRanks(matrices, updated)).toEqual(DROP_ORACLES[rules.drop.name](matrices, options.rate).ranks);
      expectBudgets(rules.redistribute.name, matrices, updated);
    });
  });

  test('so it is at every update of a training, with what the drop rule remembers of those before', () => {
    const several = fc.array(anyOptions, { minLength: 2, maxLength: 4 });
    fc.assert(
      fc.property(anyModel, several, (start, all) => {
        let matrices = start;
        let remembered: RuleMemory | undefined;
        const memory: Record<string, RuleMemory> = {};
        for (const options of all) {
          const wanted = DROP_ORACLES[rules.drop.name](matrices, options.rate, remembered);
          const updated = updateTopology(matrices, rules, { ...options, largest, memory });
          expect(droppedRanks(matrices, updated)).toEqual(wanted.ranks);
          remembered = wanted.memory;
          expect(memory).toEqual(remembered === undefined ? {} : { [rules.drop.name]: remembered });
          expectBudgets(rules.redistribute.name, matrices, updated);
          expect(nnzOf(updated)).toBe(nnzOf(start));
          matrices = trained(matrices, updated, options.seed);
        }
      }),
      { numRuns: 30 },
    );
  });

  test('no position just dropped grows again while another is empty, unless regrow is set', () => {
    holds((matrices, options) => {
      update(matrices, { ...options, gates: 'free', regrow: false }).forEach(({ dropped, grown }, m) => {
        const { rows, cols, indices } = matrices[m].topology;
        const again = grown.filter(index => dropped.includes(index)).length;
        expect(again).toBe(Math.max(0, grown.length - (rows * cols - indices.length)));
      });
    });
  });

  test('gates keep: every gate keeps its count wherever its matrix does', () => {
    holds((matrices, options) => {
      update(matrices, { ...options, gates: 'keep' }).forEach(({ topology, dropped, grown }, m) => {
        const { gates } = matrices[m];
        if (grown.length === dropped.length)
          expect(gateCounts(topology, gates)).toEqual(gateCounts(matrices[m].topology, gates));
      });
    });
  });

  test('same seed, same topology and values', () => {
    holds((matrices, options) => {
      const first = update(matrices, options);
      const second = update(matrices, options);
      expect(second.map(({ topology }) => hashTopology(topology))).toEqual(first.map(u => hashTopology(u.topology)));
      expect(second).toEqual(first);
    });
  });
});

const scoring = suites.filter(([, { grow }]) => grow.scores !== undefined);

test.each(scoring)(
  '%s: no empty position has a larger score than one that grew, ties to the lower index',
  (_, rules) => {
    fc.assert(
      fc.property(anyModel, anyOptions, (matrices, options) => {
        const all: UpdateOptions = { ...options, gates: 'free', regrow: true, largest, memory: {} };
        updateTopology(matrices, rules, all).forEach(({ topology, grown }, m) => {
          const scores = scoresOf({ ...topology, name: matrices[m].name });
          const active = new Set(topology.indices);
          for (const index of grown) active.delete(index);
          const empty = [...scores.keys()].filter(index => !active.has(index));
          empty.sort((a, b) => Math.abs(scores[b]) - Math.abs(scores[a]) || a - b);
          expect([...grown]).toEqual(empty.slice(0, grown.length).sort((a, b) => a - b));
        });
      }),
      { numRuns: 50 },
    );
  },
);

test.each(Object.entries(SHARE_ORACLES))('%s drops ceil(p n) of each group, by a stable sort', (name, oracle) => {
  fc.assert(
    fc.property(anyModel, anyShare, (matrices, p) => {
      const { ranks } = DROP_RULES.get(name)!.select(matrices, p);
      expect(ranks.map(each => [...each])).toEqual(oracle(matrices, p).ranks);
    }),
    { numRuns: 60 },
  );
});

const pruners = [...METHODS.values()].flatMap(({ name, prune }) => (prune ? [[name, prune] as const] : []));

describe.each(pruners)('%s', (_, pruning) => {
  const progresses = fc.array(anyShare, { maxLength: 4 });
  const density = anyShare.map(d => Math.max(d, 1e-3));

  test('counts are exactly the targets, never rise, and end at the density', () => {
    fc.assert(
      fc.property(models(fc.constant(1)), density, progresses, (dense, target, some) => {
        let matrices = dense;
        for (const progress of [...some.sort((a, b) => a - b), 1]) {
          const due = pruning.density(target, progress);
          const targets = dense.map(({ values }) => roundShare(Math.max(target, due), values.length));
          const updated = pruneTopology(matrices, pruning, { density: target, progress });
          if (pruning.compete === 'matrix') expect(updated.map(({ values }) => values.length)).toEqual(targets);
          expect(nnzOf(updated)).toBe(targets.reduce((a, b) => a + b));
          expect(nnzOf(updated)).toBeLessThanOrEqual(nnzOf(matrices));
          matrices = matrices.map((matrix, m) => {
            const { topology, values, kept } = updated[m];
            return { ...matrix, topology, values, gradient: Float32Array.from(kept, rank => matrix.gradient![rank]) };
          });
        }
        const end = dense.map(({ values }) => roundShare(target, values.length)).reduce((a, b) => a + b);
        expect(nnzOf(matrices)).toBe(end);
      }),
      { numRuns: 60 },
    );
  });

  test('what stays is bit-identical, what goes has the least scores, ties to the lower index', () => {
    fc.assert(
      fc.property(anyModel, density, (matrices, target) => {
        const updated = pruneTopology(matrices, pruning, { density: target });
        const worth = matrices.map(matrix => pruning.score(matrix).map(Math.abs));
        const all = weightsOf(matrices);
        for (const members of pruning.compete === 'model' ? [all.flat()] : all) {
          const gone = members.filter(({ m, rank }) => updated[m].dropped.includes(matrices[m].topology.indices[rank]));
          const sorted = members.slice().sort((a, b) => worth[a.m][a.rank] - worth[b.m][b.rank]);
          expect(new Set(gone)).toEqual(new Set(sorted.slice(0, gone.length)));
        }
        updated.forEach(({ topology, values, kept, dropped, grown }, m) => {
          validateTopology(topology, matrices[m].name);
          expect(grown.length).toBe(0);
          expect(dropped.length).toBe(matrices[m].values.length - values.length);
          expect([...topology.indices]).toEqual(Array.from(kept, old => matrices[m].topology.indices[old]));
          expect([...values]).toEqual(Array.from(kept, old => matrices[m].values[old]));
        });
      }),
      { numRuns: 60 },
    );
  });
});
