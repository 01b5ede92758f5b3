import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { RandomWords, shuffle } from './random.ts';

const words = (count: number, random: RandomWords): number[] => Array.from({ length: count }, () => random.uint32());

describe('RandomWords', () => {
  it('is SHA-256 in counter mode over seed, names and block', () => {
    const digest = (block: number) => createHash('sha256').update(`[7,"split",2,${block}]`).digest();
    const drawn = words(17, new RandomWords(7, 'split', 2));
    expect(drawn.slice(0, 3)).toEqual([0, 4, 8].map(at => digest(0).readUInt32BE(at)));
    expect(drawn.slice(7, 9)).toEqual([digest(0).readUInt32BE(28), digest(1).readUInt32BE(0)]);
    expect(drawn[16]).toBe(digest(2).readUInt32BE(0));
  });

  it('never changes: the first words of a stream', () => {
    expect(words(3, new RandomWords(1, 'texts', 0))).toEqual([3823529520, 2857604885, 188223612]);
  });

  it('keeps streams apart: other seed, other name, 1 and "1"', () => {
    const streams = [
      new RandomWords(1, 'a'),
      new RandomWords(2, 'a'),
      new RandomWords(1, 'b'),
      new RandomWords(1, 'a', 1),
      new RandomWords(1, 'a', '1'),
    ];
    expect(new Set(streams.map(stream => words(4, stream).join())).size).toBe(5);
  });

  it('draws whole numbers evenly', () => {
    const random = new RandomWords(3, 'even');
    const counts = new Array<number>(7).fill(0);
    for (let i = 0; i < 7000; i++) counts[random.integer(7)]++;
    // Standard deviation 29: five of them.
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(147);
    expect(random.integer(1)).toBe(0);
  });

  it.each([0.5, Number.NaN, 2 ** 53])('refuses the seed %s', seed => {
    expect(() => new RandomWords(seed)).toThrow(/^expected a seed, a whole number; got/);
  });
});

describe('shuffle', () => {
  it('reaches every order about as often', () => {
    const random = new RandomWords(5, 'orders');
    const counts = new Map<string, number>();
    for (let i = 0; i < 6000; i++) {
      const order = shuffle([0, 1, 2], random).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(145);
  });
});
