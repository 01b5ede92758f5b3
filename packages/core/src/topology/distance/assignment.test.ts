import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rng } from '../../base/philox.ts';
import { assign } from './assignment.ts';

const total = (costs: ArrayLike<number>, n: number, columns: ArrayLike<number>) =>
  Array.from({ length: n }, (_, i) => costs[i * n + columns[i]]).reduce((sum, cost) => sum + cost, 0);

function permutations(n: number): number[][] {
  if (n === 0) return [[]];
  return permutations(n - 1).flatMap(shorter =>
    Array.from({ length: n }, (_, at) => [...shorter.slice(0, at), n - 1, ...shorter.slice(at)]),
  );
}

describe('assign', () => {
  it('worked example: the cheapest column of each row is not always its own', () => {
    // Both rows are cheapest in column 0; row 1 loses less by going to column 1.
    expect([...assign(Float64Array.of(1, 9, 2, 4), 2)]).toEqual([0, 1]);
    expect([...assign(Float64Array.of(4, 1, 3, 2, 0, 5, 3, 2, 2), 3)]).toEqual([1, 0, 2]);
  });

  it('costs what the cheapest of all permutations costs, ties and negative costs included', () => {
    const cost = fc.oneof(fc.integer({ min: -2, max: 3 }), fc.double({ min: -5, max: 5, noNaN: true }));
    const problem = fc
      .integer({ min: 1, max: 6 })
      .chain(n => fc.tuple(fc.constant(n), fc.array(cost, { minLength: n * n, maxLength: n * n })));
    fc.assert(
      fc.property(problem, ([n, costs]) => {
        const columns = assign(Float64Array.from(costs), n);
        expect([...columns].sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i));
        const least = Math.min(...permutations(n).map(other => total(costs, n, other)));
        expect(total(costs, n, columns)).toBeCloseTo(least, 9);
      }),
      { numRuns: 300 },
    );
  });

  it('finds a permutation of 400 that is hidden among costs of at least 1', () => {
    const n = 400;
    const stream = rng(1, 'hidden');
    const hidden = Array.from({ length: n }, (_, i) => (i * 7 + 3) % n);
    const costs = Float64Array.from({ length: n * n }, () => 1 + stream.float());
    for (let i = 0; i < n; i++) costs[i * n + hidden[i]] = stream.float();
    expect([...assign(costs, n)]).toEqual(hidden);
  });

  it('cannot be improved: no swap and no cycle of three makes 200 rows cheaper', () => {
    const n = 200;
    const stream = rng(2, 'swap');
    const costs = Float64Array.from({ length: n * n }, () => stream.integer(50) / 7);
    const columns = assign(costs, n);
    const cost = (i: number, j: number) => costs[i * n + columns[j]];
    let best = 0;
    for (let a = 0; a < n; a++)
      for (let b = 0; b < n; b++) {
        best = Math.min(best, cost(a, b) + cost(b, a) - cost(a, a) - cost(b, b));
        for (let c = 0; c < n; c += 7)
          if (a !== b && b !== c && a !== c)
            best = Math.min(best, cost(a, b) + cost(b, c) + cost(c, a) - cost(a, a) - cost(b, b) - cost(c, c));
      }
    expect(best).toBeGreaterThan(-1e-9);
  });

  it('nothing to assign', () => {
    expect(assign(new Float64Array(0), 0)).toHaveLength(0);
  });
});
