import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TextPart } from '../classification/corpus.ts';
import { type TextBatch, TextBatches, type TextBatchOptions } from './text.ts';

/** Text i holds the number i + 1 and is labelled i, so that every text can be told apart. */
const partOf = (lengths: number[]): TextPart => ({
  texts: lengths.map((length, i) => new Int32Array(length).fill(i + 1)),
  labels: Int32Array.from(lengths, (_, i) => i),
});

const parts = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 70 }).map(partOf);
const options = fc.record({
  batch: fc.integer({ min: 1, max: 9 }),
  seed: fc.integer(),
  shuffle: fc.boolean(),
  buckets: fc.integer({ min: 1, max: 80 }),
});

const epochOf = (batches: TextBatches): TextBatch[] =>
  Array.from({ length: batches.stepsPerEpoch }, () => batches.next());
const orderOf = (batches: TextBatches): string =>
  epochOf(batches)
    .map(({ labels }) => labels.join())
    .join(' ');

/** Share of the ids that are no padding. */
function usedShare(part: TextPart, given: TextBatchOptions): number {
  const all = epochOf(new TextBatches(part, given));
  const tokens = all.flatMap(({ lengths }) => [...lengths]).reduce((sum, length) => sum + length, 0);
  return tokens / all.reduce((sum, { ids }) => sum + ids.length, 0);
}

describe('TextBatches', () => {
  it('evaluates the longest texts first, columns in (t, b) order, padded with 0', () => {
    const part = { texts: [[5], [6, 7, 8], [9, 10]].map(ids => Int32Array.from(ids)), labels: Int32Array.of(0, 1, 0) };
    const batches = new TextBatches(part, { batch: 2, seed: 1, shuffle: false });
    expect(batches.stepsPerEpoch).toBe(2);
    expect(batches.next()).toEqual({
      ids: Int32Array.of(6, 9, 7, 10, 8, 0),
      lengths: Int32Array.of(3, 2),
      labels: Int32Array.of(1, 0),
      steps: 3,
      newEpoch: true,
    });
    expect(batches.next()).toEqual({
      ids: Int32Array.of(5),
      lengths: Int32Array.of(1),
      labels: Int32Array.of(0),
      steps: 1,
      newEpoch: false,
    });
    expect(batches.position()).toEqual({ epoch: 1, step: 0 });
    expect(batches.next().newEpoch).toBe(true);
  });

  it('property: every epoch holds each text once, whole, longest first in its batch, in ceil(N / B) batches', () => {
    fc.assert(
      fc.property(parts, options, (part, given) => {
        const batches = new TextBatches(part, given);
        for (let epoch = 0; epoch < 3; epoch++) {
          const seen: number[] = [];
          const sizes: number[] = [];
          for (const [k, { ids, lengths, labels, steps, newEpoch }] of epochOf(batches).entries()) {
            const size = labels.length;
            sizes.push(size);
            expect(newEpoch).toBe(k === 0);
            expect(ids).toHaveLength(steps * size);
            expect(steps).toBe(lengths[0]);
            expect(lengths.every((length, b) => b === 0 || length <= lengths[b - 1])).toBe(true);
            for (let b = 0; b < size; b++) {
              const column = Array.from({ length: steps }, (_, t) => ids[t * size + b]);
              const text = [...part.texts[labels[b]]];
              expect(column).toEqual([...text, ...new Array(steps - text.length).fill(0)]);
              expect(lengths[b]).toBe(text.length);
              seen.push(labels[b]);
            }
          }
          expect(seen.sort((a, b) => a - b)).toEqual(part.texts.map((_, i) => i));
          const rest = part.texts.length % given.batch;
          expect(sizes.filter(size => size !== given.batch)).toEqual(rest === 0 ? [] : [rest]);
        }
        expect(batches.position()).toEqual({ epoch: 3, step: 0 });
      }),
    );
  });

  it('property: a position that went through JSON restores the very next batches', () => {
    fc.assert(
      fc.property(parts, options, fc.nat(60), (part, given, steps) => {
        const walked = new TextBatches(part, given);
        for (let i = 0; i < steps; i++) walked.next();
        const restored = new TextBatches(part, given);
        restored.seek(JSON.parse(JSON.stringify(walked.position())));
        for (let i = 0; i < 5; i++) expect(restored.next()).toEqual(walked.next());
        expect(restored.position()).toEqual(walked.position());
      }),
    );
  });

  it('orders each epoch anew in training, by seed and epoch; never in evaluation', () => {
    const part = partOf(Array.from({ length: 40 }, (_, i) => 1 + (i % 7)));
    const training = new TextBatches(part, { batch: 4, seed: 1, shuffle: true, buckets: 2 });
    const epochs = [orderOf(training), orderOf(training), orderOf(training)];
    expect(new Set(epochs).size).toBe(3);
    expect(orderOf(new TextBatches(part, { batch: 4, seed: 1, shuffle: true, buckets: 2 }))).toBe(epochs[0]);
    expect(orderOf(new TextBatches(part, { batch: 4, seed: 2, shuffle: true, buckets: 2 }))).not.toBe(epochs[0]);
    training.seek({ epoch: 1, step: 0 });
    expect(orderOf(training)).toBe(epochs[1]);
    const evaluation = new TextBatches(part, { batch: 4, seed: 1, shuffle: false });
    expect(orderOf(evaluation)).toBe(orderOf(evaluation));
  });

  it('puts similar lengths together, the more buckets the more, and long and short batches in any order', () => {
    const part = partOf(Array.from({ length: 512 }, (_, i) => 1 + ((i * 37) % 100)));
    const shares = [1, 4, 16, 64].map(buckets => usedShare(part, { batch: 8, seed: 1, shuffle: true, buckets }));
    expect(shares[0]).toBeLessThan(0.65);
    expect(shares[1]).toBeGreaterThan(0.8);
    expect(shares[2]).toBeGreaterThan(0.93);
    expect(shares[3]).toBeGreaterThan(0.98);
    expect(usedShare(part, { batch: 8, seed: 1, shuffle: true })).toBe(shares[2]);
    const steps = epochOf(new TextBatches(part, { batch: 8, seed: 1, shuffle: true })).map(batch => batch.steps);
    const ascents = steps.filter((length, k) => k > 0 && length > steps[k - 1]).length;
    expect(ascents).toBeGreaterThan(20);
    expect(ascents).toBeLessThan(44);
  });

  it('draws which batch is the smaller one: no bucket is favoured', () => {
    const batches = new TextBatches(partOf(Array.from({ length: 41 }, (_, i) => i + 1)), {
      batch: 10,
      seed: 1,
      shuffle: true,
      buckets: 41,
    });
    const alone = new Set(
      Array.from({ length: 40 }, () => epochOf(batches).find(({ labels }) => labels.length === 1)!.steps),
    );
    expect([...alone].sort((a, b) => a - b)).toEqual([1, 11, 21, 31, 41]);
  });

  it('hands out arrays of its own: writing to them changes nothing', () => {
    const part = partOf([3, 2, 1]);
    const batches = new TextBatches(part, { batch: 3, seed: 1, shuffle: true });
    const first = batches.next();
    const copy = structuredClone(first);
    for (const array of [first.ids, first.lengths, first.labels]) array.fill(-1);
    batches.seek({ epoch: 0, step: 0 });
    expect(batches.next()).toEqual(copy);
    expect(part).toEqual(partOf([3, 2, 1]));
  });

  it.each([0, -1, 1.5, Number.NaN])('refuses %s as batch or buckets', bad => {
    const given = { batch: 2, seed: 1, shuffle: true };
    expect(() => new TextBatches(partOf([1]), { ...given, batch: bad })).toThrow(/batch, a whole number of at least 1/);
    expect(() => new TextBatches(partOf([1]), { ...given, buckets: bad })).toThrow(/buckets, a whole number of at/);
  });

  it('refuses a part without text or with an empty one, a bad seed, and to seek where no batch is', () => {
    const given = { batch: 2, seed: 1, shuffle: true };
    expect(() => new TextBatches(partOf([]), given)).toThrow(/expected at least one text/);
    expect(() => new TextBatches(partOf([1, 0]), given)).toThrow(/2 texts \(1 empty\), 2 labels/);
    expect(() => new TextBatches({ ...partOf([1, 2]), labels: Int32Array.of(0) }, given)).toThrow(/1 labels/);
    expect(() => new TextBatches(partOf([1]), { ...given, seed: 0.5 })).toThrow(/a seed, a whole number/);
    const batches = new TextBatches(partOf([1, 1, 1]), given);
    for (const position of [
      { epoch: 0, step: 2 },
      { epoch: -1, step: 0 },
      { epoch: 0, step: 0.5 },
    ]) {
      expect(() => batches.seek(position)).toThrow(/step in 0 ... 1/);
    }
    expect(batches.position()).toEqual({ epoch: 0, step: 0 });
  });
});
