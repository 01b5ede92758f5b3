import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadSummarise, signFlipP } from './statistics.ts';

interface Golden {
  differences: number[];
  mean: number;
  deviation: number;
  interval: number;
  signFlipP: number;
}

/** By SciPy: bench/goldens/statistics.py. */
const goldens: Golden[] = JSON.parse(readFileSync(new URL('./statistics.golden.json', import.meta.url), 'utf8'));

describe('statistics of seeds are those of SciPy', () => {
  it.each(goldens.map(golden => [golden.differences.length, golden] as const))('%i values', async (n, golden) => {
    const summary = (await loadSummarise())(golden.differences)!;
    expect(summary.n).toBe(n);
    expect(summary.mean).toBeCloseTo(golden.mean, 10);
    expect(summary.deviation).toBeCloseTo(golden.deviation, 10);
    expect(summary.interval! / golden.interval).toBeCloseTo(1, 9);
    expect(signFlipP(golden.differences)).toBeCloseTo(golden.signFlipP, 12);
  });
});

describe('signFlipP', () => {
  it('cannot be below 2 / 2^n, and is 1 where the mean is 0', () => {
    expect(signFlipP([5, 6, 7])).toBe(0.25);
    expect(signFlipP([-5, -6, -7, -8])).toBe(0.125);
    expect(signFlipP([1, -1])).toBe(1);
  });

  it('is none for fewer than two pairs, and for too many', () => {
    expect(signFlipP([])).toBeNull();
    expect(signFlipP([3])).toBeNull();
    expect(signFlipP(Array.from({ length: 21 }, () => 1))).toBeNull();
  });
});
