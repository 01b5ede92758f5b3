import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DataError } from '../errors.ts';
import { LanguageModelBatches } from './languageModel.ts';

const range = (n: number): Int32Array => Int32Array.from({ length: n }, (_, i) => i);

/** Sizes that fill at least one window. */
const sizes = fc
  .record({ batch: fc.integer({ min: 1, max: 7 }), window: fc.integer({ min: 1, max: 9 }), more: fc.nat(200) })
  .map(({ batch, window, more }) => ({ batch, window, tokens: range(batch * (window + 1) + more) }));

describe('LanguageModelBatches', () => {
  it('cuts 15 tokens into 2 streams of 7 and windows of 3, columns in (t, b) order', () => {
    const batches = new LanguageModelBatches(range(15), 2, 3);
    expect(batches.streamLength).toBe(7);
    expect(batches.stepsPerEpoch).toBe(2);
    expect(batches.tokensPerEpoch).toBe(12);
    expect(batches.next()).toEqual({
      inputs: Int32Array.of(0, 7, 1, 8, 2, 9),
      targets: Int32Array.of(1, 8, 2, 9, 3, 10),
      newEpoch: true,
    });
    expect(batches.next()).toEqual({
      inputs: Int32Array.of(3, 10, 4, 11, 5, 12),
      targets: Int32Array.of(4, 11, 5, 12, 6, 13),
      newEpoch: false,
    });
    expect(batches.position()).toEqual({ epoch: 1, step: 0 });
    expect(batches.next().newEpoch).toBe(true);
  });

  it('drops a last window that lacks its final target, keeps one that has it', () => {
    expect(new LanguageModelBatches(range(6), 1, 3).stepsPerEpoch).toBe(1);
    expect(new LanguageModelBatches(range(7), 1, 3).stepsPerEpoch).toBe(2);
  });

  it('counts the windows of the PTB protocol: 929,589 tokens, batch 20, window 35', () => {
    const batches = new LanguageModelBatches(new Int32Array(929_589), 20, 35);
    expect(batches.stepsPerEpoch).toBe(1327);
    expect(batches.tokensPerEpoch).toBe(928_900);
  });

  it('property: each stream continues from window to window, targets are one token ahead', () => {
    fc.assert(
      fc.property(sizes, ({ batch, window, tokens }) => {
        const batches = new LanguageModelBatches(tokens, batch, window);
        for (let step = 0; step < batches.stepsPerEpoch; step++) {
          const { inputs, targets, newEpoch } = batches.next();
          expect(newEpoch).toBe(step === 0);
          for (let t = 0; t < window; t++) {
            for (let b = 0; b < batch; b++) {
              const at = b * Math.floor(tokens.length / batch) + step * window + t;
              expect(inputs[t * batch + b]).toBe(at);
              expect(targets[t * batch + b]).toBe(at + 1);
            }
          }
        }
        expect(batches.position()).toEqual({ epoch: 1, step: 0 });
      }),
    );
  });

  it('property: no token is predicted twice, and fewer than one window and stream rest are left out', () => {
    fc.assert(
      fc.property(sizes, ({ batch, window, tokens }) => {
        const batches = new LanguageModelBatches(tokens, batch, window);
        const seen = new Set<number>();
        for (let step = 0; step < batches.stepsPerEpoch; step++) for (const id of batches.next().targets) seen.add(id);
        expect(seen.size).toBe(batches.tokensPerEpoch);
        expect(tokens.length - seen.size).toBeLessThan(batch + batch * (window + 1));
      }),
    );
  });

  it('property: a position that went through JSON restores the very next windows', () => {
    fc.assert(
      fc.property(sizes, fc.nat(60), ({ batch, window, tokens }, steps) => {
        const walked = new LanguageModelBatches(tokens, batch, window);
        for (let i = 0; i < steps; i++) walked.next();
        const restored = new LanguageModelBatches(tokens, batch, window);
        restored.seek(JSON.parse(JSON.stringify(walked.position())));
        for (let i = 0; i < 5; i++) expect(restored.next()).toEqual(walked.next());
        expect(restored.position()).toEqual(walked.position());
      }),
    );
  });

  it('hands out arrays of its own: writing to them changes nothing', () => {
    const batches = new LanguageModelBatches(range(20), 2, 3);
    batches.next().inputs.fill(-1);
    batches.seek({ epoch: 0, step: 0 });
    expect(batches.next().inputs).toEqual(Int32Array.of(0, 10, 1, 11, 2, 12));
  });

  it('refuses a batch or window larger than the corpus, and says how many tokens it takes', () => {
    expect(() => new LanguageModelBatches(range(719), 20, 35)).toThrow(
      'expected at least batch * (window + 1) = 20 * 36 = 720 tokens; got 719 tokens; use a smaller batch or window',
    );
    expect(new LanguageModelBatches(range(720), 20, 35).stepsPerEpoch).toBe(1);
    expect(() => new LanguageModelBatches(range(10), 11, 1)).toThrow(DataError);
    expect(() => new LanguageModelBatches(range(0), 1, 1)).toThrow(DataError);
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('refuses %s as batch or window', bad => {
    expect(() => new LanguageModelBatches(range(99), bad, 3)).toThrow(/batch, a whole number of at least 1/);
    expect(() => new LanguageModelBatches(range(99), 3, bad)).toThrow(/window, a whole number of at least 1/);
  });

  it('refuses to seek where no window is', () => {
    const batches = new LanguageModelBatches(range(15), 2, 3);
    for (const position of [
      { epoch: 0, step: 2 },
      { epoch: 0, step: -1 },
      { epoch: -1, step: 0 },
      { epoch: 0.5, step: 0 },
      { epoch: 0, step: Number.NaN },
    ]) {
      expect(() => batches.seek(position)).toThrow(/step in 0 ... 1/);
    }
    expect(batches.position()).toEqual({ epoch: 0, step: 0 });
  });
});
