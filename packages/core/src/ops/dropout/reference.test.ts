import { expect, it } from 'vitest';
import { dropout } from './reference.ts';

const KEY = [0, 0] as const;
const options = { rate: 0.5, kind: 'elementwise', batch: 2, key: KEY, stream: 0 } as const;
const ones = (count: number) => new Float64Array(count).fill(1);

it('worked example: philox([0, 0, 0, 0], [0, 0]) drops the first of four elements at rate .5 and doubles the others', () => {
  // Its words are 6627e8d5, e169c58d, bc57ac4c and 9b00dbd8 (Salmon et al. 2011); the threshold is 80000000.
  expect([...dropout(ones(4), 2, 2, options)]).toEqual([0, 2, 2, 2]);
  // Above 9b00dbd8 / 2^32 = .6055 the last goes too, and what stays is divided by what is left.
  expect([...dropout(ones(4), 2, 2, { ...options, rate: 0.61 })]).toEqual([0, 1 / 0.39, 1 / 0.39, 0]);
});

it('elementwise: as many as the rate says, each on its own', () => {
  const [features, columns] = [200, 500];
  const y = dropout(ones(features * columns), features, columns, { ...options, rate: 0.3, key: [7, 8] });
  const dropped = y.filter(value => value === 0).length / y.length;
  // Standard deviation .00145 (binomial): five of them.
  expect(Math.abs(dropped - 0.3)).toBeLessThan(0.0073);
  const pairs = y.filter((value, at) => value === 0 && y[at + 1] === 0).length / y.length;
  expect(Math.abs(pairs - 0.09)).toBeLessThan(0.006);
});

it('locked: one decision for a feature and a column of the batch, the same at all time steps', () => {
  const [features, steps, batch] = [30, 6, 4];
  const y = dropout(ones(features * steps * batch), features, steps * batch, { ...options, kind: 'locked', batch });
  const mask = dropout(ones(features * batch), features, batch, options);
  y.forEach((value, at) => {
    const [feature, n] = [Math.floor(at / (steps * batch)), at % (steps * batch)];
    expect(value).toBe(mask[feature * batch + (n % batch)]);
  });
  expect(new Set(mask)).toEqual(new Set([0, 2]));
});

it('word: every column of a dropped word is zero in all features', () => {
  const ids = [0, 1, 2, 3, 0, 3, 1, 0];
  const y = dropout(ones(3 * 8), 3, 8, { ...options, kind: 'word' }, ids);
  // Of the words 0 to 3, the first is dropped: the worked example.
  y.forEach((value, at) => {
    expect(value).toBe(ids[at % 8] === 0 ? 0 : 2);
  });
});

it('another key, and another stream of the same key, give another mask', () => {
  const mask = (changes: object) => [...dropout(ones(64), 8, 8, { ...options, ...changes })].join();
  expect(new Set([mask({}), mask({ key: [1, 0] }), mask({ key: [0, 1] }), mask({ stream: 1 })]).size).toBe(4);
});
