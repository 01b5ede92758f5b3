import { describe, expect, it } from 'vitest';
import { philox, RandomStream, rng } from './philox.ts';

describe('philox', () => {
  // kat_vectors of the authors' library, Random123.
  it.each([
    [[0, 0, 0, 0], [0, 0], '6627e8d5 e169c58d bc57ac4c 9b00dbd8'],
    [[-1, -1, -1, -1], [-1, -1], '408f276d 41c83b0e a20bc7c6 6d5451fd'],
    [[0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0], 'd16cfe09 94fdcceb 5001e420 24126ea1'],
  ] as const)('of counter %j and key %j is %s', (counter, key, words) => {
    expect([...philox(counter, key)].map(word => word.toString(16).padStart(8, '0')).join(' ')).toBe(words);
  });
});

describe('RandomStream', () => {
  it('starts with these numbers for ever', () => {
    const stream = rng(1, 'grow', 'layer0.Wh', 500);
    expect(stream.state()).toEqual({ key: KNOWN.key, position: 0 });
    expect([stream.uint32(), stream.uint32(), stream.uint32(), stream.uint32(), stream.uint32()]).toEqual(KNOWN.words);
    expect(stream.float()).toBe(KNOWN.float);
    expect(stream.normal()).toBe(KNOWN.normal);
    expect(stream.integer(1000)).toBe(KNOWN.integer);
  });

  it('takes its words from consecutive counters', () => {
    const stream = rng(3, 'a');
    const { key } = stream.state();
    const words = Array.from({ length: 12 }, () => stream.uint32());
    expect(words).toEqual([0, 1, 2].flatMap(block => [...philox([block, 0, 0, 0], key)]));
    const late = RandomStream.restore({ key, position: 4 * (2 ** 32 + 5) + 2 });
    expect(late.uint32()).toBe(philox([5, 1, 0, 0], key)[2]);
  });

  it('has another key for every seed, name, and division into names', () => {
    const streams = [rng(1), rng(2), rng(-1), rng(1, 'ab'), rng(1, 'a', 'b'), rng(1, 'b', 'a'), rng(1, 1), rng(1, '1')];
    expect(new Set(streams.map(stream => JSON.stringify(stream.state().key))).size).toBe(streams.length);
  });

  it('goes on where its state was taken, at every position within a block', () => {
    for (let taken = 0; taken < 9; taken++) {
      const stream = rng(5, 'resume');
      for (let i = 0; i < taken; i++) stream.uint32();
      const copy = RandomStream.restore(JSON.parse(JSON.stringify(stream.state())));
      const draw = (from: RandomStream) => [from.uint32(), from.float(), from.normal(), from.integer(7), from.uint32()];
      expect(draw(copy)).toEqual(draw(stream));
    }
  });

  it('draws floats uniformly and normals with mean 0, variance 1 and kurtosis 3', () => {
    const stream = rng(1, 'moments');
    const count = 40_000;
    const bins = new Array(20).fill(0);
    for (let i = 0; i < count; i++) bins[Math.floor(stream.float() * 20)]++;
    // Chi-square with 19 degrees of freedom: above 43.8 once in a thousand seeds.
    const mean = count / 20;
    expect(bins.reduce((sum, bin) => sum + (bin - mean) ** 2 / mean, 0)).toBeLessThan(43.8);
    const moments = [0, 0, 0, 0];
    for (let i = 0; i < count; i++) {
      const x = stream.normal();
      for (const power of [1, 2, 3, 4]) moments[power - 1] += x ** power / count;
    }
    // Four standard errors each: of x, x^2, x^3 and x^4 they are sqrt(1, 2, 15, 96) / sqrt(count).
    const wanted = [0, 1, 0, 3];
    [1, 2, 15, 96].forEach((variance, i) => {
      expect(Math.abs(moments[i] - wanted[i])).toBeLessThan(4 * Math.sqrt(variance / count));
    });
  });

  it('draws integers without bias where the range does not divide 2^32', () => {
    const stream = rng(1, 'bias');
    // By remainders alone, the lower half would come up twice as often as the upper half.
    const n = 3 * 2 ** 30;
    let low = 0;
    for (let i = 0; i < 20_000; i++) if (stream.integer(n) < n / 3) low++;
    expect(Math.abs(low / 20_000 - 1 / 3)).toBeLessThan(4 * Math.sqrt(2 / 9 / 20_000));
    for (const size of [1, 2, 2 ** 32, 2 ** 32 + 1, 2 ** 53]) {
      for (let i = 0; i < 50; i++) {
        const drawn = stream.integer(size);
        expect(Number.isInteger(drawn) && drawn >= 0 && drawn < size).toBe(true);
      }
    }
    expect(Array.from({ length: 50 }, () => stream.integer(2 ** 53)).some(drawn => drawn > 2 ** 40)).toBe(true);
  });

  it('says what a usable argument is', () => {
    expect(() => rng(0.5)).toThrow('expected a seed that is a safe integer, got 0.5');
    expect(() => rng(1, Number.NaN)).toThrow('expected finite numbers in a stream name, got NaN');
    for (const n of [0, -1, 1.5, Number.NaN, 2 ** 54]) expect(() => rng(1).integer(n)).toThrow('from 1 to 2^53');
    expect(() => RandomStream.restore({ key: [1, -1], position: 0 })).toThrow('a key of two uint32');
    expect(() => RandomStream.restore({ key: [1, 1], position: -1 })).toThrow('a position that is a whole number');
  });
});

/** Recorded once; a change here changes every run that was ever made. */
const KNOWN = {
  key: [1580401966, 2173935718],
  words: [1298880186, 1637529939, 3503060338, 1051784729, 244519684],
  float: 0.7454686334870818,
  normal: -1.127563896096997,
  integer: 842,
};
