import { describe, expect, it } from 'vitest';
import { rng } from '../../base/philox.ts';
import { randomTopology } from '../../sparsity/initial.ts';
import type { Topology } from '../../sparsity/layout.ts';
import { gateCounts } from '../../sparsity/topologyOps.ts';
import { randomLike, topologyDistance } from './distance.ts';
import { editDistance, expectedDistance } from './edits.ts';
import { matchUnits } from './match.ts';
import { relabel } from './relabel.ts';
import type { WiredMatrix, Wiring } from './wiring.ts';

/** A layer of `hidden` units over `inputs` named inputs, and what reads it: `outputs` named rows. */
function layer(hidden: number, inputs: number, outputs: number, gates = 1): Wiring {
  return {
    groups: [{ name: 'h', size: hidden }],
    matrices: [
      { name: 'wx', rows: gates * hidden, cols: inputs, gates, rowGroup: 'h', colGroups: [], reader: 'rows' },
      { name: 'wh', rows: gates * hidden, cols: hidden, gates, rowGroup: 'h', colGroups: ['h'], reader: 'rows' },
      { name: 'out', rows: outputs, cols: hidden, gates: 1, colGroups: ['h'], reader: 'rows' },
    ],
  };
}

/** A topology from what each row reads. */
function rowsOf(rows: number[][], cols: number): Topology {
  const indices = rows.flatMap((inputs, row) => inputs.map(col => row * cols + col));
  return { rows: rows.length, cols, indices: Uint32Array.from(indices) };
}

/** Random topologies of a wiring, every matrix at its density. */
function random({ matrices }: Wiring, density: number, seed: number): Map<string, Topology> {
  return new Map(
    matrices.map(({ name, rows, cols }) => {
      return [name, randomTopology(rows, cols, Math.round(density * rows * cols), rng(seed, 'topology', name))];
    }),
  );
}

describe('topologyDistance', () => {
  const wiring = layer(3, 4, 2);
  const a = new Map([
    ['wx', rowsOf([[0, 1], [2], [3]], 4)],
    ['wh', rowsOf([[], [0], []], 3)],
    ['out', rowsOf([[0], [1, 2]], 3)],
  ]);
  const b = new Map([
    ['wx', rowsOf([[2], [0, 1, 3], [1, 3]], 4)],
    ['wh', rowsOf([[1], [], []], 3)],
    ['out', rowsOf([[1], [0]], 3)],
  ]);

  it('worked example: three units with four inputs are 5/6 apart as numbered, 5/18 after matching', () => {
    expect([...matchUnits(wiring, a, b).get('h')!]).toEqual([1, 0, 2]);
    const { matrices } = topologyDistance(wiring, a, b);
    const of = (key: 'raw' | 'matched') => matrices.map(matrix => Number(matrix[key].toFixed(10)));
    expect(of('raw')).toEqual([5 / 6, 2 / 3, 1].map(each => Number(each.toFixed(10))));
    expect(of('matched')).toEqual([5 / 18, 0, 1 / 4].map(each => Number(each.toFixed(10))));
  });

  it('the distance of a model is the mean over its sparse matrices', () => {
    const { raw, matched } = topologyDistance(wiring, a, b);
    expect(raw).toBeCloseTo((5 / 6 + 2 / 3 + 1) / 3, 12);
    expect(matched).toBeCloseTo((5 / 18 + 0 + 1 / 4) / 3, 12);
    const without = (model: typeof a) => new Map([...model].filter(([name]) => name !== 'out'));
    expect(topologyDistance(wiring, without(a), without(b)).raw).toBeCloseTo((5 / 6 + 2 / 3) / 2, 12);
  });

  it('equal topologies have the distance 0, numbered or matched', () => {
    const model = random(layer(20, 15, 30, 4), 0.2, 1);
    expect(topologyDistance(layer(20, 15, 30, 4), model, model)).toMatchObject({ raw: 0, matched: 0 });
  });

  it('is symmetric to the last bit, many equal units among them', () => {
    for (let seed = 0; seed < 20; seed++) {
      const gated = layer(12, 3, 5, 2);
      const [one, other] = [random(gated, 0.2, 2 * seed), random(gated, 0.3, 2 * seed + 1)];
      expect(topologyDistance(gated, one, other)).toEqual(topologyDistance(gated, other, one));
    }
  });

  it('matching is the best of all numberings by the inputs from below', () => {
    const permutations = (n: number): number[][] =>
      n === 0
        ? [[]]
        : permutations(n - 1).flatMap(each =>
            Array.from({ length: n }, (_, at) => [...each.slice(0, at), n - 1, ...each.slice(at)]),
          );
    const gated = layer(6, 9, 4, 2);
    const [wx] = gated.matrices;
    for (let seed = 0; seed < 5; seed++) {
      const [one, other] = [random(gated, 0.3, 2 * seed), random(gated, 0.3, 2 * seed + 1)];
      const least = Math.min(
        ...permutations(6).map(units => {
          const moved = relabel(wx, other.get('wx')!, new Map([['h', Int32Array.from(units)]]));
          return editDistance(wx, one.get('wx')!, moved);
        }),
      );
      const { matched, raw } = topologyDistance(gated, one, other).matrices[0];
      expect(matched).toBeCloseTo(least, 12);
      expect(matched).toBeLessThan(raw);
    }
  });

  it('a small change of a renumbered copy is a small matched distance', () => {
    const gated = layer(40, 60, 50, 4);
    const model = random(gated, 0.1, 1);
    const units = Int32Array.from({ length: 40 }, (_, k) => (7 * k + 3) % 40);
    const copy = new Map(
      gated.matrices.map(matrix => {
        const moved = relabel(matrix, model.get(matrix.name)!, new Map([['h', units]]));
        return [matrix.name, { ...moved, indices: moved.indices.filter((_, k) => k % 50 !== 0) }];
      }),
    );
    const { raw, matched } = topologyDistance(gated, model, copy);
    expect(raw).toBeGreaterThan(0.9);
    expect(matched).toBeGreaterThan(0.01);
    expect(matched).toBeLessThan(0.03);
  });

  it('matching finds likeness between random topologies: 256 units at density .1 are .947 apart, matched .901', () => {
    const gated = layer(256, 256, 5, 4);
    const [{ raw, matched }] = topologyDistance(gated, random(gated, 0.1, 1), random(gated, 0.1, 2)).matrices;
    expect(raw).toBeCloseTo(0.947, 3);
    expect(matched).toBeCloseTo(0.901, 3);
  });

  it('a group without a sparse matrix that tells its units apart keeps its numbers', () => {
    const only = (model: Map<string, Topology>) => new Map([['wh', model.get('wh')!]]);
    const { matched, raw } = topologyDistance(wiring, only(a), only(b));
    expect(matched).toBe(raw);
  });

  it('models of other shapes, or without sparse matrices, are an error that says which', () => {
    const narrow = new Map([...b, ['wx', rowsOf([[0], [], []], 3)] as const]);
    expect(() => topologyDistance(wiring, a, narrow)).toThrow(/topology of wx, 3 x 4, in both models, got "3 x 3"/);
    expect(() => topologyDistance(wiring, a, new Map())).toThrow(/in both models, got "none"/);
    expect(() => topologyDistance(wiring, new Map(), new Map())).toThrow(/models with sparse matrices/);
  });
});

describe('expectedDistance', () => {
  const shapes: [string, WiredMatrix, number[], number[]][] = [
    ['one gate', { name: 'w', rows: 60, cols: 50, gates: 1, colGroups: [], reader: 'rows' }, [300], [300]],
    [
      'four gates',
      { name: 'w', rows: 80, cols: 50, gates: 4, colGroups: [], reader: 'rows' },
      [100, 100, 100, 100],
      [100, 100, 100, 100],
    ],
    ['other densities', { name: 'w', rows: 60, cols: 50, gates: 1, colGroups: [], reader: 'rows' }, [300], [1200]],
    [
      'units that may read nothing',
      { name: 'w', rows: 90, cols: 20, gates: 1, colGroups: [], reader: 'rows' },
      [60],
      [60],
    ],
    ['an embedding', { name: 'w', rows: 50, cols: 60, gates: 1, colGroups: [], reader: 'cols' }, [300], [300]],
    [
      'gates of other densities',
      { name: 'w', rows: 80, cols: 100, gates: 2, colGroups: [], reader: 'rows' },
      [400, 2000],
      [400, 2000],
    ],
  ];

  it.each(shapes)('is what random topologies have on average: %s', (_, matrix, a, b) => {
    const block = (matrix.rows / matrix.gates) * matrix.cols;
    const draw = (counts: number[], seed: number): Topology => {
      const parts = counts.flatMap((count, gate) => {
        const { indices } = randomTopology(matrix.rows / matrix.gates, matrix.cols, count, rng(seed, 'gate', gate));
        return Array.from(indices, flat => flat + gate * block);
      });
      return { rows: matrix.rows, cols: matrix.cols, indices: Uint32Array.from(parts) };
    };
    const samples = Array.from({ length: 200 }, (_, k) => editDistance(matrix, draw(a, 2 * k), draw(b, 2 * k + 1)));
    const mean = samples.reduce((sum, each) => sum + each, 0) / samples.length;
    const variance = samples.reduce((sum, each) => sum + (each - mean) ** 2, 0) / (samples.length - 1);
    const error = Math.sqrt(variance / samples.length);
    // Four standard errors, and what the fixed counts and the ratio of means may add.
    expect(Math.abs(expectedDistance(matrix, a, b) - mean)).toBeLessThan(4 * error + 5e-4);
  });

  it('worked example: 2 (1 - d) / (2 - d) where every unit reads something', () => {
    const matrix: WiredMatrix = { name: 'w', rows: 100, cols: 1000, gates: 1, colGroups: [], reader: 'rows' };
    for (const d of [0.05, 0.33]) {
      const n = d * 100_000;
      expect(expectedDistance(matrix, [n], [n])).toBeCloseTo((2 * (1 - d)) / (2 - d), 9);
    }
    expect(expectedDistance(matrix, [100_000], [100_000])).toBe(0);
    expect(expectedDistance(matrix, [0], [0])).toBe(0);
  });
});

describe('randomLike', () => {
  it('has as many connections in every gate, the same for a seed and others for another', () => {
    const gated = layer(10, 20, 6, 4);
    const model = random(gated, 0.3, 1);
    model.set('wx', { ...model.get('wx')!, indices: model.get('wx')!.indices.filter(flat => flat > 150) });
    const drawn = randomLike(gated, model, 1, 'reference');
    for (const { name, gates } of gated.matrices) {
      expect(gateCounts(drawn.get(name)!, gates)).toEqual(gateCounts(model.get(name)!, gates));
    }
    expect(drawn).toEqual(randomLike(gated, model, 1, 'reference'));
    const { raw, expected, matched } = topologyDistance(gated, drawn, randomLike(gated, model, 2, 'reference'));
    expect(Math.abs(raw - expected)).toBeLessThan(0.05);
    expect(matched).toBeLessThan(raw);
  });
});
