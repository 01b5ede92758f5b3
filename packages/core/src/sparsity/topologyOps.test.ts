import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  gateCounts,
  gateStarts,
  hashTopology,
  intersectionSize,
  lowerBound,
  mergeDisjoint,
  validateTopology,
} from './topologyOps.ts';

const u32 = (...values: number[]) => Uint32Array.from(values);
const sorted = fc.uniqueArray(fc.integer({ min: 0, max: 60 })).map(a => a.sort((x, y) => x - y));

test('lowerBound is the number of elements below a value', () => {
  fc.assert(
    fc.property(sorted, fc.integer({ min: 0, max: 61 }), (values, value) => {
      expect(lowerBound(Uint32Array.from(values), value)).toBe(values.filter(v => v < value).length);
    }),
  );
});

test('gates are equal blocks of rows, and contiguous in canonical order', () => {
  const topology = { rows: 4, cols: 3, indices: u32(0, 2, 3, 7, 9, 10, 11) };
  expect(gateStarts(topology, 4)).toEqual([0, 2, 3, 4, 7]);
  expect(gateCounts(topology, 4)).toEqual([2, 1, 1, 3]);
  expect(gateCounts(topology, 2)).toEqual([3, 4]);
  expect(gateCounts(topology, 1)).toEqual([7]);
  expect(() => gateCounts(topology, 3)).toThrow('expected a number of gates that divides the 4 rows, got 3');
});

test('an empty gate counts 0', () => {
  expect(gateCounts({ rows: 4, cols: 3, indices: u32(11) }, 4)).toEqual([0, 0, 0, 1]);
  expect(gateCounts({ rows: 4, cols: 3, indices: u32() }, 2)).toEqual([0, 0]);
});

test('intersectionSize counts what two topologies share', () => {
  fc.assert(
    fc.property(sorted, sorted, (a, b) => {
      expect(intersectionSize(Uint32Array.from(a), Uint32Array.from(b))).toBe(a.filter(v => b.includes(v)).length);
    }),
  );
});

test('mergeDisjoint is the sorted union', () => {
  fc.assert(
    fc.property(sorted, sorted, (a, b) => {
      const rest = b.filter(v => !a.includes(v));
      const union = [...a, ...rest].sort((x, y) => x - y);
      expect([...mergeDisjoint(Uint32Array.from(a), Uint32Array.from(rest))]).toEqual(union);
    }),
  );
});

test('the hash is sha256 over rows, cols and indices as little-endian 32-bit integers', () => {
  const bytes = Buffer.from('02000000' + '03000000' + '01000000' + '05000000', 'hex');
  expect(hashTopology({ rows: 2, cols: 3, indices: u32(1, 5) })).toBe(createHash('sha256').update(bytes).digest('hex'));
});

test('the hash tells shapes, indices and a view of a larger array apart from what they are not', () => {
  const hash = hashTopology({ rows: 2, cols: 3, indices: u32(1, 5) });
  expect(hashTopology({ rows: 3, cols: 2, indices: u32(1, 5) })).not.toBe(hash);
  expect(hashTopology({ rows: 2, cols: 3, indices: u32(1, 4) })).not.toBe(hash);
  expect(hashTopology({ rows: 2, cols: 3, indices: u32(0, 1, 5, 9).subarray(1, 3) })).toBe(hash);
});

test.each([
  [u32(1, 1), 'expected the flat indices of Wh to be strictly ascending, got "1 after 1 at rank 1"'],
  [u32(0, 4, 3), 'expected the flat indices of Wh to be strictly ascending, got "3 after 4 at rank 2"'],
  [u32(0, 6), 'expected flat indices of Wh below 6 (2 x 3), got 6'],
])('%o is no topology of a 2 x 3 matrix', (indices, message) => {
  expect(() => validateTopology({ rows: 2, cols: 3, indices }, 'Wh')).toThrow(message);
});

test('an empty and a full topology are valid', () => {
  expect(() => validateTopology({ rows: 2, cols: 3, indices: u32() }, 'Wh')).not.toThrow();
  expect(() => validateTopology({ rows: 2, cols: 3, indices: u32(0, 1, 2, 3, 4, 5) }, 'Wh')).not.toThrow();
});
