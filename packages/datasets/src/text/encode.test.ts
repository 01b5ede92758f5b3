import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DataError } from '../errors.ts';
import { EOS, encodeText, UNK } from './encode.ts';

const lines = (text: string): string[][] => text.split('/').map(line => line.split(' ').filter(Boolean));
const words = (ids: Int32Array, vocabulary: string[]): string => Array.from(ids, id => vocabulary[id]).join(' ');

describe('encodeText', () => {
  it('orders by training frequency, ties by code unit; <eos> follows every line, also an empty one', () => {
    const encoded = encodeText({ train: lines('b a b/c B/'), validation: lines('a'), test: lines('c b') });
    expect(encoded.vocabulary).toEqual([EOS, 'b', 'B', 'a', 'c']);
    expect(encoded.train).toEqual(Int32Array.of(1, 3, 1, 0, 4, 2, 0, 0));
    expect(words(encoded.test, encoded.vocabulary)).toBe('c b <eos>');
  });

  it('replaces words seen fewer than minCount times in the training part, and counts <unk> by what it replaces', () => {
    const encoded = encodeText({ train: lines('a a b c a/d'), validation: lines('b a'), test: lines('zebra') }, 2);
    expect(encoded.vocabulary).toEqual([UNK, 'a', EOS]);
    expect(words(encoded.train, encoded.vocabulary)).toBe('a a <unk> <unk> a <eos> <unk> <eos>');
    expect(words(encoded.validation, encoded.vocabulary)).toBe('<unk> a <eos>');
    expect(words(encoded.test, encoded.vocabulary)).toBe('<unk> <eos>');
  });

  it('keeps <eos> and <unk> however rare they are', () => {
    const encoded = encodeText({ train: lines('a a a <unk>'), validation: lines('b'), test: lines('a') }, 3);
    expect(encoded.vocabulary).toEqual(['a', EOS, UNK]);
  });

  it('adds <unk> at the end where only validation or test have an unknown word; leaves it out where none has', () => {
    expect(encodeText({ train: lines('a'), validation: lines('a'), test: lines('b c') }).vocabulary).toEqual([
      EOS,
      'a',
      UNK,
    ]);
    expect(encodeText({ train: lines('a'), validation: lines('a'), test: lines('a') }).vocabulary).toEqual([EOS, 'a']);
  });

  it('learns nothing from validation and test: their words leave vocabulary and training ids as they are', () => {
    const train = lines('x y x/<unk> y x');
    const one = encodeText({ train, validation: lines('x'), test: lines('x') });
    const other = encodeText({ train, validation: lines('q q q q y'), test: lines('r r r') });
    expect(other.vocabulary).toEqual(one.vocabulary);
    expect(other.train).toEqual(one.train);
  });

  it('property: decoding gives the training text back, and ids follow frequency', () => {
    const word = fc.constantFrom('a', 'b', 'c', 'constructor', '__proto__', 'd');
    const text = fc.array(fc.array(word), { minLength: 1 });
    fc.assert(
      fc.property(text, train => {
        const encoded = encodeText({ train, validation: [['a']], test: [['a']] });
        expect(words(encoded.train, encoded.vocabulary)).toBe(train.map(line => [...line, EOS].join(' ')).join(' '));
        const counts = encoded.vocabulary.map((_, id) => encoded.train.filter(other => other === id).length);
        expect(counts).toEqual([...counts].sort((a, b) => b - a));
      }),
    );
  });

  it('grows beyond its first buffer', () => {
    const train = [Array.from({ length: 300_000 }, (_, i) => `w${i % 7}`)];
    const encoded = encodeText({ train, validation: [['w1']], test: [['w2']] });
    expect(encoded.train).toHaveLength(300_001);
    expect(encoded.vocabulary[encoded.train[299_999]]).toBe(`w${299_999 % 7}`);
  });

  it('refuses a part without a line, and a minCount that is no count', () => {
    expect(() => encodeText({ train: [], validation: [['a']], test: [['a']] })).toThrow(
      /text in the training part; got no line/,
    );
    expect(() => encodeText({ train: [['a']], validation: [], test: [['a']] })).toThrow(/validation part/);
    for (const bad of [0, -1, 1.5, Number.NaN]) {
      expect(() => encodeText({ train: [['a']], validation: [['a']], test: [['a']] }, bad)).toThrow(DataError);
    }
  });
});
