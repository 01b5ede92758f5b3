import { describe, expect, it } from 'vitest';
import { MAX_LISTED, TextCollector } from './collect.ts';
import { assembleTexts } from './corpus.ts';
import { TEXT_DEFAULTS } from './settings.ts';

describe('texts that cannot be used', () => {
  it('are listed up to 100,000, each a file of its own or not, and counted beyond', () => {
    const collected = new TextCollector(8);
    for (const part of ['train', 'validation', 'test'] as const) {
      for (const label of ['a', 'b']) collected.add({ kind: 'text', part, file: 'f', line: 1, label, tokens: ['x'] });
    }
    for (let n = 0; n < 60_000; n++) {
      collected.add({ kind: 'unusable', part: 'train', file: `${n}.txt`, line: 0, reason: 'no label' });
    }
    for (let line = 50_000; line > 0; line--) {
      collected.add({ kind: 'text', part: 'test', file: 'rows.csv', line, label: 'a', tokens: [] });
    }
    const about = { name: 'n', title: 't', description: 'd', licence: 'l' };
    const plan = { validation: false, test: false };
    const begun = performance.now();
    const { notes } = assembleTexts(about, collected, ['a', 'b'], plan, TEXT_DEFAULTS);
    // The files are put in order by a look-up: a search through 60,000 names for each comparison takes minutes.
    expect(performance.now() - begun).toBeLessThan(10_000);
    expect(notes.unusableCount).toBe(110_000);
    expect(notes.unusable).toHaveLength(MAX_LISTED);
    expect(notes.unusable[0]).toEqual({ file: '0.txt', line: 0, reason: 'no label' });
    expect(notes.unusable[60_000]).toEqual({ file: 'rows.csv', line: 10_001, reason: 'no text' });
    expect(notes.unusable.at(-1)).toEqual({ file: 'rows.csv', line: 50_000, reason: 'no text' });
  });
});
