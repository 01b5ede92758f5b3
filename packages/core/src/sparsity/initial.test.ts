import { expect, test } from 'vitest';
import { rng } from '../base/philox.ts';
import { largestAllocation } from './allocations.testing.ts';
import { randomTopology } from './initial.ts';
import { validateTopology } from './topologyOps.ts';

test.each([0, 1, 10, 149, 150])('%d of 150 positions, exactly', nnz => {
  const topology = randomTopology(10, 15, nnz, rng(1, 'topology'));
  expect(topology.indices.length).toBe(nnz);
  expect(topology).toMatchObject({ rows: 10, cols: 15 });
  validateTopology(topology, 'W');
});

test('every position is active equally often', () => {
  const hits = new Float64Array(60);
  for (let seed = 0; seed < 4000; seed++)
    for (const index of randomTopology(6, 10, 15, rng(seed, 'topology')).indices) hits[index]++;
  // 1000 on average, standard deviation 27.4 (binomial): five of them.
  for (const count of hits) expect(Math.abs(count - 1000)).toBeLessThan(137);
});

test('memory is O(nnz): no array of rows x cols elements or bits', () => {
  let nnz = 0;
  const largest = largestAllocation(() => {
    nnz = randomTopology(50_000, 50_000, 1000, rng(1, 'topology')).indices.length;
  });
  expect(nnz).toBe(1000);
  expect(largest).toBeLessThanOrEqual(4 * 1000);
});

test('5 million of 15 million positions take less than 1.5 s of an idle processor (4 s of a busy one)', () => {
  const start = process.cpuUsage();
  const { indices } = randomTopology(10_000, 1500, 5_000_000, rng(1, 'topology'));
  expect(indices.length).toBe(5_000_000);
  expect(process.cpuUsage(start).user / 1e6).toBeLessThan(4);
});

test.each([-1, 1.5, 151, Number.NaN])('%d nonzeros of 150 positions are refused', nnz => {
  expect(() => randomTopology(10, 15, nnz, rng(1, 'topology'))).toThrow(
    `expected a number of nonzeros from 0 to 150 (10 x 15), got ${nnz}`,
  );
});
