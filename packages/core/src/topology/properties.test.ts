import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ceilShare, roundShare } from '../sparsity/rounding.ts';
import { gateCounts, gateStarts, hashTopology, validateTopology } from '../sparsity/topologyOps.ts';
import type { SparseWeights } from './matrix.ts';
import type { UpdateRules } from './methods/method.ts';
import { METHODS } from './methods.ts';
import { pruneTopology } from './prune/prune.ts';
import { anyDensity, anyModel, anyOptions, largest, models, scoresOf } from './random.testing.ts';
import { composeMethod, DROP_RULES } from './rules.ts';
import { type UpdateOptions, updateTopology } from './update.ts';

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

test('the suites below go through every drop rule', () => {
  expect(new Set(suites.map(([, { drop }]) => drop.name))).toEqual(new Set(DROP_RULES.keys()));
});

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

  test('dropped and grown are exactly the difference, untouched weights bit-identical, new ones as stated', () => {
    holds((matrices, options) => {
      update(matrices, options).forEach(({ topology, values, kept, dropped, grown }, m) => {
        const before = matrices[m];
        const gone = new Set(dropped);
        const fresh = new Set(grown);
        const expectedIndices = [...before.topology.indices].filter(index => !gone.has(index)).concat([...fresh]);
        expect([...topology.indices]).toEqual(expectedIndices.sort((a, b) => a - b));
        expect([fresh.size, gone.size]).toEqual([grown.length, dropped.length]);
        topology.indices.forEach((index, rank) => {
          if (fresh.has(index)) {
            expect(kept[rank]).toBe(-1);
            if (options.growStd === 0) expect(values[rank]).toBe(0);
          } else {
            expect(before.topology.indices[kept[rank]]).toBe(index);
            expect(Object.is(values[rank], before.values[kept[rank]])).toBe(true);
          }
        });
      });
    });
  });

  test('what is dropped is what the drop rule chose', () => {
    holds((matrices, options) => {
      const { ranks } = rules.drop.select(matrices, options.rate);
      update(matrices, options).forEach(({ dropped }, m) => {
        expect([...dropped]).toEqual([...ranks[m]].map(rank => matrices[m].topology.indices[rank]));
      });
    });
  });

  test('each matrix grows what the redistribute rule gave it', () => {
    holds((matrices, options) => {
      const updated = update(matrices, options);
      const left = updated.map(({ kept, dropped }, m): Parameters<UpdateRules['redistribute']['share']>[0][number] => {
        const ranks = [...kept].filter(rank => rank >= 0);
        const { topology, values, momentum, ...rest } = matrices[m];
        return {
          ...rest,
          topology: { ...topology, indices: Uint32Array.from(ranks, rank => topology.indices[rank]) },
          values: Float32Array.from(ranks, rank => values[rank]),
          momentum: Float32Array.from(ranks, rank => momentum![rank]),
          dropped: dropped.length,
        };
      });
      expect(updated.map(({ grown }) => grown.length)).toEqual(rules.redistribute.share(left));
    });
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

/** A weight of a model, and the groups in which weights compete: those with the least keys go, a share p of each group. */
type Weight = { m: number; rank: number; value: number };
type Group = { members: Weight[]; key: (value: number) => number };

const groups: Record<string, (matrices: SparseWeights[]) => Group[]> = {
  magnitude: matrices => weightsOf(matrices).map(members => ({ members, key: Math.abs })),
  'magnitude-gate': matrices =>
    weightsOf(matrices).flatMap((members, m) => {
      const starts = gateStarts(matrices[m].topology, matrices[m].gates);
      return starts.slice(1).map((end, gate) => ({ members: members.slice(starts[gate], end), key: Math.abs }));
    }),
  'global-magnitude': matrices => [{ members: weightsOf(matrices).flat(), key: Math.abs }],
  set: matrices => bySign(matrices, value => -value),
  'set-misread': matrices => bySign(matrices, value => value),
};

function weightsOf(matrices: SparseWeights[]): Weight[][] {
  return matrices.map(({ values }, m) => Array.from(values, (value, rank) => ({ m, rank, value })));
}

function bySign(matrices: SparseWeights[], negativeKey: (value: number) => number): Group[] {
  return weightsOf(matrices).flatMap(members => [
    { members: members.filter(({ value }) => value >= 0), key: (value: number) => value },
    { members: members.filter(({ value }) => value < 0), key: negativeKey },
  ]);
}

test.each(Object.keys(groups))('%s drops ceil(p n) of each group, by a stable sort', name => {
  const rate = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(anyModel, rate, (matrices, p) => {
      const chosen = groups[name](matrices).flatMap(({ members, key }) => {
        const sorted = members.slice().sort((a, b) => key(a.value) - key(b.value));
        return sorted.slice(0, ceilShare(p, members.length));
      });
      const wanted = matrices.map((_, m) => chosen.filter(weight => weight.m === m).map(({ rank }) => rank));
      const { ranks } = DROP_RULES.get(name)!.select(matrices, p);
      expect(ranks.map(each => [...each])).toEqual(wanted.map(each => each.sort((a, b) => a - b)));
    }),
    { numRuns: 60 },
  );
});

const pruners = [...METHODS.values()].flatMap(({ name, prune }) => (prune ? [[name, prune] as const] : []));

describe.each(pruners)('%s', (_, pruning) => {
  const progresses = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 4 });
  const density = anyDensity.map(d => Math.max(d, 1e-3));

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
          kept.forEach((old, rank) => {
            expect(topology.indices[rank]).toBe(matrices[m].topology.indices[old]);
            expect(Object.is(values[rank], matrices[m].values[old])).toBe(true);
          });
        });
      }),
      { numRuns: 60 },
    );
  });
});
