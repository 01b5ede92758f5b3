import { describe, expect, it } from 'vitest';
import { philox, RandomStream, rng } from './philox.ts';

const hex = (words: number[]) => words.map(word => word.toString(16).padStart(8, '0')).join(' ');

describe('philox', () => {
  // Known answers of the authors' Random123 library (kat_vectors, philox4x32 10).
  it.each([
    [[0, 0, 0, 0], [0, 0], '6627e8d5 e169c58d bc57ac4c 9b00dbd8'],
    [[0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff], [0xffffffff, 0xffffffff], '408f276d 41c83b0e a20bc7c6 6d5451fd'],
    [[0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0], 'd16cfe09 94fdcceb 5001e420 24126ea1'],
  ])('of counter %j and key %j', (counter, key, words) => {
    expect(hex(philox(counter, key))).toBe(words);
  });
});

describe('RandomStream', () => {
  it('never changes: runs of old logs can be repeated', () => {
    const stream = rng(1, 'grow', 'lstm0.wh', 1327);
    expect([stream.uint32(), stream.uint32(), stream.uint32(), stream.uint32(), stream.uint32()]).toMatchInlineSnapshot(`
      [
        2101213396,
        4132634562,
        1277204016,
        4274915812,
        3372812367,
      ]
    `);
  });

  it('differs by seed, by name and between a number and its text', () => {
    const first = [rng(1, 'a'), rng(2, 'a'), rng(1, 'b'), rng(1, 'a', 1), rng(1, 'a', '1'), rng(1, 'a1')];
    expect(new Set(first.map(stream => stream.uint32())).size).toBe(first.length);
  });

  it('goes on exactly where its state was taken, at every place in a block', () => {
    for (let taken = 0; taken < 9; taken++) {
      const stream = rng(7, 'x');
      for (let i = 0; i < taken; i++) stream.uint32();
      const copy = RandomStream.restore(JSON.parse(JSON.stringify(stream.state())));
      expect([copy.uint32(), copy.normal(), copy.float()]).toEqual([stream.uint32(), stream.normal(), stream.float()]);
    }
  });

  it('float() is uniform: mean, variance and range', () => {
    const stream = rng(3, 'float');
    const values = Array.from({ length: 20000 }, () => stream.float());
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.01);
    expect(Math.abs(variance - 1 / 12)).toBeLessThan(0.003);
    expect(values.every(value => value >= 0 && value < 1)).toBe(true);
  });

  it('normal() has mean 0, variance 1 and the share of a normal within one sigma', () => {
    const stream = rng(3, 'normal');
    const values = Array.from({ length: 20000 }, () => stream.normal());
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + value * value, 0) / values.length;
    expect(Math.abs(mean)).toBeLessThan(0.03);
    expect(Math.abs(variance - 1)).toBeLessThan(0.05);
    expect(Math.abs(values.filter(value => Math.abs(value) < 1).length / values.length - 0.6827)).toBeLessThan(0.015);
  });

  it('integer(n) reaches all values evenly and refuses what is no size', () => {
    const stream = rng(3, 'integer');
    const counts = new Array(7).fill(0);
    for (let i = 0; i < 14000; i++) counts[stream.integer(7)]++;
    for (const count of counts) expect(Math.abs(count - 2000)).toBeLessThan(200);
    expect(() => stream.integer(0)).toThrow('expected n as an integer from 1 to 2^32, got 0');
  });
});
