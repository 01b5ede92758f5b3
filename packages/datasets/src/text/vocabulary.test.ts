import { describe, expect, it } from 'vitest';
import { buildVocabulary, Interner } from './vocabulary.ts';

function build(training: string[], others: string[], minCount: number, maxSize: number) {
  const interner = new Interner();
  const encode = (text: string): Int32Array => Int32Array.from(text.split(' '), word => interner.id(word));
  const texts = training.map(encode);
  others.forEach(encode);
  const { vocabulary, ids } = buildVocabulary(interner.words, texts, minCount, maxSize);
  return { vocabulary, decode: (text: string) => Array.from(encode(text), id => vocabulary[ids[id]]).join(' ') };
}

describe('buildVocabulary', () => {
  it('holds <pad>, <unk>, then training words by count, ties by code units', () => {
    const { vocabulary, decode } = build(['b a b', 'Z b a é'], ['new b'], 1, 100);
    expect(vocabulary).toEqual(['<pad>', '<unk>', 'b', 'a', 'Z', 'é']);
    expect(decode('new b é')).toBe('<unk> b é');
  });

  it('cuts words off by count and by size', () => {
    expect(build(['b a b a c'], [], 2, 100).vocabulary).toEqual(['<pad>', '<unk>', 'a', 'b']);
    expect(build(['b a b a b c'], [], 1, 3).vocabulary).toEqual(['<pad>', '<unk>', 'b']);
    expect(build(['a'], [], 2, 3).vocabulary).toEqual(['<pad>', '<unk>']);
  });

  it('counts training texts alone, whatever comes before them', () => {
    const interner = new Interner();
    const test = Int32Array.from(['x', 'x', 'x', 'a'], word => interner.id(word));
    const training = Int32Array.from(['b', 'a', 'b'], word => interner.id(word));
    const { vocabulary, ids } = buildVocabulary(interner.words, [training], 1, 10);
    expect(vocabulary).toEqual(['<pad>', '<unk>', 'b', 'a']);
    expect(test.map(id => ids[id])).toEqual(Int32Array.of(1, 1, 1, 3));
  });

  it('takes words that are spelt like its own entries for unknown words', () => {
    const { vocabulary, decode } = build(['<pad> a <unk> <pad>'], [], 1, 10);
    expect(vocabulary).toEqual(['<pad>', '<unk>', 'a']);
    expect(decode('<pad> a <unk>')).toBe('<unk> a <unk>');
  });
});

describe('Interner', () => {
  it('keeps no text alive for the sake of a word', () => {
    const interner = new Interner();
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < 200; i++) {
      // A word cut out of a megabyte.
      const text = `a word that is long enough ${i} ${'x'.repeat(1_000_000)}`.split('').join('');
      interner.id(text.match(/^a word that is long enough \d+/)![0]);
    }
    expect(interner.words[7]).toBe('a word that is long enough 7');
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(100e6);
  });
});
