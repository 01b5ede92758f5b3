import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StartedEngine } from '../engines/createEngine.ts';
import { largestAllocation } from '../sparsity/allocations.testing.ts';
import { startEngine } from '../testing/engines.ts';
import { learnableSource } from '../testing/textSource.ts';
import { createLanguageModelTrainer } from './create.ts';
import type { Trainer, TrainingSettings } from './types.ts';

/** Embedding and decoder would be 40 MB each if they were dense; with their nonzeros they are .4 MB. */
const VOCABULARY = 20_000;
const SIZE = 512;
const DENSE_BYTES = 4 * VOCABULARY * SIZE;

const training: TrainingSettings = {
  method: 'set',
  density: 0.01,
  distribution: 'uniform',
  seed: 1,
  optimizer: { name: 'adam', momentum: 0.9, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
  learningRate: 0.01,
  decay: { factor: 1, after: 0 },
  clip: 1,
  weightDecay: 0,
  loss: 'mean',
  epochs: 10,
  update: { steps: 2, rate: 0.3, schedule: 'constant', endRate: 0, stop: 1, growStd: 0, gates: 'free' },
};

describe('a sparse model of large matrices', () => {
  let engine: StartedEngine;
  beforeAll(async () => {
    engine = await startEngine('simd');
  });
  afterAll(() => engine.dispose());

  it.each([
    // Heap: values, indices, second copy, gradient and Adam's slots of 215,000 nonzeros, and 1.3 MB of logits.
    { method: 'set', heap: DENSE_BYTES / 2, array: DENSE_BYTES / 8 },
    // Beside these a million positions that are scored at a time.
    { method: 'rigl', heap: DENSE_BYTES, array: DENSE_BYTES / 6 },
    { method: 'snfs', heap: DENSE_BYTES, array: DENSE_BYTES / 6 },
  ])(
    '$method never holds an array of rows x cols: made, trained, evaluated, updated, saved, restored',
    expectations => {
      const { method, heap, array } = expectations;
      const { heapBytes } = engine.memory();
      const source = learnableSource(VOCABULARY, 2, 3, 5);
      const life = () => {
        const trainer = createLanguageModelTrainer(
          {
            vocabulary: VOCABULARY,
            embedding: SIZE,
            hidden: SIZE,
            layers: 1,
            dropout: { kind: 'elementwise', input: 0.1, between: 0, output: 0.1, word: 0.01 },
            init: { recurrent: 0.1, embedding: 0.1, decoder: 0.1 },
            sparse: { embedding: true, recurrent: true, decoder: true },
          },
          { ...training, method },
          source,
          engine,
        );
        for (let step = 0; step < 2; step++) trainer.step();
        trainer.evaluate(learnableSource(VOCABULARY, 2, 3, 2));
        trainer.restore(trainer.snapshot());
        expect(trainer.step().topology).toBeDefined();
        return trainer;
      };
      let trainer: Trainer | undefined;
      const largest = largestAllocation(() => {
        trainer = life();
      });
      expect(engine.memory().peakHeapBytes - heapBytes).toBeLessThan(heap);
      // JavaScript: the largest single array is that of the logits, the nonzeros or the scored block, not of a matrix.
      expect(largest).toBeLessThan(array);
      const { bytesPerNonzero } = trainer!.memory();
      // 20 bytes of values, indices, copies and gradient, 8 of Adam; pointers weigh more in so small a matrix.
      expect(bytesPerNonzero).toBeLessThan(34);
      trainer!.dispose();
    },
  );

  it('would be seen to hold a dense matrix: the same model, dense, is over the bound', () => {
    const { heapBytes } = engine.memory();
    const trainer = createLanguageModelTrainer(
      {
        vocabulary: VOCABULARY,
        embedding: SIZE,
        hidden: SIZE,
        layers: 1,
        dropout: { kind: 'elementwise', input: 0, between: 0, output: 0, word: 0 },
        init: { recurrent: 0.1, embedding: 0.1, decoder: 0.1 },
        sparse: { embedding: true, recurrent: true, decoder: true },
      },
      { ...training, method: 'dense', optimizer: { ...training.optimizer, name: 'sgd' } },
      learnableSource(VOCABULARY, 2, 3, 5),
      engine,
    );
    trainer.step();
    expect(engine.memory().peakHeapBytes - heapBytes).toBeGreaterThan(2 * DENSE_BYTES);
    trainer.dispose();
  });
});
