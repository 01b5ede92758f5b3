import { readdirSync, readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { findCell, registerCell } from '../cells/cells.ts';
import type { StartedEngine } from '../engines/createEngine.ts';
import type { LanguageModelSettings, TextClassifierSettings } from '../models/settings.ts';
import { startEngine } from '../testing/engines.ts';
import { learnableSource, tellingSource } from '../testing/textSource.ts';
import { SHORT_TRAINING } from '../testing/training.ts';
import { createLanguageModelTrainer, createTextClassifierTrainer } from '../train/create.ts';
import type { Trainer, TrainingSettings } from '../train/types.ts';
import { countBytes } from './count.ts';

/** Computed bytes may differ from measured ones by this share. */
const marginOf = (settings: LanguageModelSettings | TextClassifierSettings) => ('classes' in settings ? 0.03 : 0.015);

let engine: StartedEngine | undefined;
afterEach(async () => {
  await engine?.dispose();
  engine = undefined;
});

const sparse = { embedding: true, recurrent: true, decoder: true };
const init = { recurrent: 0.1, embedding: 0.1, decoder: 0.1 };
const training: TrainingSettings = {
  ...SHORT_TRAINING,
  method: 'static',
  distribution: 'uniform',
  optimizer: { ...SHORT_TRAINING.optimizer, name: 'sgd' },
  update: { ...SHORT_TRAINING.update, growStd: 0 },
};

const language = (more: Partial<LanguageModelSettings>): LanguageModelSettings => ({
  ...{ vocabulary: 700, embedding: 90, hidden: 110, layers: 2, init, sparse },
  dropout: { kind: 'elementwise', input: 0, between: 0, output: 0, word: 0 },
  ...more,
});
const everyDropout = { kind: 'elementwise', input: 0.1, between: 0.1, output: 0.1, word: 0.1, state: 0.1 } as const;
const classifier = (more: Partial<TextClassifierSettings>): TextClassifierSettings => ({
  ...{ vocabulary: 900, embedding: 90, hidden: 110, layers: 2, classes: 3, init, sparse },
  dropout: { input: 0.1, between: 0.1, output: 0.1 },
  ...more,
});

const models: [string, LanguageModelSettings | TextClassifierSettings][] = [
  ['LSTM', language({})],
  ['LSTM with every dropout', language({ dropout: everyDropout })],
  ['LSTM of one wide layer on a small vocabulary', language({ vocabulary: 60, layers: 1, hidden: 300 })],
  ['GRU', language({ cell: 'gru' })],
  ['GRU with every dropout', language({ cell: 'gru', dropout: everyDropout })],
  ['tied RHN of depth 4', language({ cell: 'rhn', embedding: 110, depth: 4, layers: 1, tied: true })],
  ['RHN with every dropout', language({ cell: 'rhn', depth: 3, layers: 1, dropout: everyDropout })],
  ['LSTM classifier', classifier({})],
  ['GRU classifier', classifier({ cell: 'gru', layers: 1 })],
  ['bidirectional classifier', classifier({ bidirectional: true })],
];

/** Trains for some steps on an engine of its own: the high-water mark is the model's. */
async function train(
  settings: LanguageModelSettings | TextClassifierSettings,
  more: Partial<TrainingSettings>,
  [texts, columns] = [40, 10],
): Promise<ReturnType<Trainer['memory']>> {
  engine = await startEngine('simd', 2);
  const all = { ...training, ...more };
  const trainer =
    'classes' in settings
      ? createTextClassifierTrainer(settings, all, tellingSource(900, 3, texts, 4), engine)
      : createLanguageModelTrainer(settings, all, learnableSource(settings.vocabulary, columns, 16, 4), engine);
  for (let step = 0; step < 8; step++) trainer.step();
  return trainer.memory();
}

describe.each<[string, Partial<TrainingSettings>]>([
  ['density .3, SGD', {}],
  ['density .05, Adam', { density: 0.05, optimizer: { ...training.optimizer, name: 'adam' } }],
  ['dense, momentum', { method: 'dense', optimizer: { ...training.optimizer, name: 'momentum' } }],
])('%s', (_name, more) => {
  it.each(models)(
    'the computed peak is the high-water mark of the heap within 1.5%, of a classifier 3%, bytes per nonzero exactly: %s',
    async (_model, settings) => {
      const { peakHeapBytes, bytesPerNonzero, computed } = await train(settings, more);
      const { peak, weights, activations, logits } = computed!;
      expect(Math.abs(peak / peakHeapBytes - 1)).toBeLessThan(marginOf(settings));
      // What the peak is made of: none of these parts is small enough to be wrong within the margin.
      expect(weights.values + weights.indices + weights.copies + weights.slots + activations).toBeGreaterThan(peak / 3);
      expect(activations).toBeGreaterThan(0.1 * peak);
      expect(activations + logits).toBeLessThan(peak);
      // Bytes per nonzero are those that the trainer measures.
      const { values, indices, copies, gradients, slots } = weights;
      expect((values + indices + copies + gradients + slots) / (values / 4)).toBeCloseTo(bytesPerNonzero, 10);
    },
  );

  it.each(models.filter(([name]) => /LSTM|bidirectional/.test(name)))(
    'the same of batches that fill their tiles; tiles of padding alone are counted too: %s',
    async (_model, settings) => {
      const { peakHeapBytes, computed } = await train(settings, more, [64, 32]);
      const ratio = computed!.peak / peakHeapBytes;
      expect(ratio).toBeGreaterThan(1 - marginOf(settings));
      expect(ratio).toBeLessThan('classes' in settings ? 1.2 : 1 + marginOf(settings));
    },
  );
});

describe.each(['gmp', 'snip'])('%s, once it has pruned', method => {
  it.each(models.filter(([name]) => /^(LSTM|bidirectional classifier)$/.test(name)))(
    'is counted dense, as it started, and so it was measured; after a resume too: %s',
    async (_model, settings) => {
      engine = await startEngine('simd', 2);
      const all = { ...training, method, prune: { steps: 2, begin: 0, end: 0.5 } };
      const create = () =>
        'classes' in settings
          ? createTextClassifierTrainer(settings, all, tellingSource(900, 3, 40, 4), engine!)
          : createLanguageModelTrainer(settings, all, learnableSource(settings.vocabulary, 10, 16, 4), engine!);
      const trainer = create();
      const { nnz, dense, total } = trainer.parameters;
      expect(total).toBe(dense);
      for (let step = 0; step < 8; step++) trainer.step();
      expect(trainer.parameters.nnz).toBeLessThan(0.31 * nnz);
      const { peakHeapBytes, computed } = trainer.memory();
      expect(computed!.weights.values).toBe(4 * nnz);
      expect(Math.abs(computed!.peak / peakHeapBytes - 1)).toBeLessThan(marginOf(settings));
      const resumed = create();
      resumed.restore(structuredClone(trainer.snapshot()));
      expect(resumed.memory().computed).toEqual(computed);
    },
  );
});

describe('countBytes', () => {
  const paper = { embedding: 1500, hidden: 1500, layers: 2, vocabulary: 10_000, init, sparse };
  const dropout = { kind: 'elementwise', input: 0.65, between: 0.65, output: 0.65, word: 0 } as const;
  const single = (rows: number, cols: number, nnz: number, sparseMatrix = true) => ({
    ...{ name: 'decoder', role: 'decoder' as const, rows, cols, nnz, sparse: sparseMatrix },
  });

  it('worked example: a layer keeps 7H floats a column (LSTM), 5H (GRU) or 3HL (RHN), of columns rounded up to tiles', () => {
    // 35 x 20 = 700 columns are 22 tiles of 32. Kept: the dropped-out embedding, and per layer its own and its output.
    const size = { matrices: [], batch: 20, steps: 35 };
    const inputs = 4 * 704 * (1500 + 2 * 1500);
    expect(countBytes({ ...paper, dropout }, size)!.activations).toBe(inputs + 4 * 704 * 2 * 7 * 1500);
    expect(countBytes({ ...paper, dropout, cell: 'gru' }, size)!.activations).toBe(inputs + 4 * 704 * 2 * 5 * 1500);
    const rhn = { ...paper, dropout, cell: 'rhn', embedding: 830, hidden: 830, depth: 10, layers: 1 };
    // Beside them the mask of the state, for the 20 columns of a step: one tile.
    expect(countBytes(rhn, size)!.activations).toBe(4 * 704 * (830 + 830 + 3 * 10 * 830) + 4 * 32 * 830);
    expect(countBytes({ ...paper, dropout }, size)!.logits).toBe(4 * 704 * 10_000);
    expect(countBytes({ ...paper, dropout }, { ...size, batch: 1, steps: 16 })!.logits).toBe(4 * 16 * 10_000);
  });

  it('worked example: 20 bytes a nonzero with SGD, 28 with Adam, and the row pointers', () => {
    const bytes = (slots: number, role: 'decoder' | 'embedding' = 'decoder') => {
      const matrices = [{ ...single(1000, 1000, 500_000), role }];
      return countBytes({ ...paper, dropout }, { matrices, slots, batch: 1, steps: 1 })!.weights;
    };
    const count = 500_000;
    // Four panels of 250 columns by rows, as many of 250 rows by columns.
    const pointers = 2 * 4 * 4 * 1001;
    const perThread = 2 * (4 * 11 + 128);
    const indices = 2 * (2 * count) + 4 * count + pointers + perThread;
    expect(bytes(0)).toEqual({ values: 4 * count, indices, copies: 4 * count, gradients: 4 * count, slots: 0 });
    expect(bytes(2).slots).toBe(8 * count);
    const looked = { indices: 2 * count + (pointers + perThread) / 2, copies: 0 };
    expect(bytes(0, 'embedding')).toMatchObject(looked);
    const dense = countBytes({ ...paper, dropout }, { matrices: [single(10, 10, 100, false)], batch: 1, steps: 1 })!;
    expect(dense.weights).toEqual({ values: 400, indices: 0, copies: 0, gradients: 400, slots: 0 });
  });

  const results = new URL('../../../../bench/results/', import.meta.url);
  const [latest] = readdirSync(results)
    .filter(name => name.endsWith('-training-steps-2-threads.json'))
    .sort()
    .reverse();
  const steps: { case: string; engine: string; density: number; bytesPerNonzero: number }[] = JSON.parse(
    readFileSync(new URL(latest, results), 'utf8'),
  ).rows;
  const sparseSteps = steps.filter(row => row.case.startsWith('LSTM') && row.engine === 'simd' && row.density < 1);
  it.each(sparseSteps.map(row => [row.density, row.bytesPerNonzero]))(
    'density %s: the bytes per nonzero that bench/results holds for the training step of two threads',
    (density, measured) => {
      expect(sparseSteps.length).toBeGreaterThan(2);
      const of = (name: string, role: 'embedding' | 'recurrent' | 'decoder', rows: number) => {
        return { name, role, rows, cols: 1500, nnz: Math.round(density * rows * 1500), sparse: true };
      };
      const recurrent = ['lstm0.wx', 'lstm0.wh', 'lstm1.wx', 'lstm1.wh'].map(name => of(name, 'recurrent', 6000));
      const matrices = [of('embedding', 'embedding', 10_000), ...recurrent, of('decoder', 'decoder', 10_000)];
      const { weights } = countBytes({ ...paper, dropout }, { matrices, batch: 20, steps: 35, threads: 2 })!;
      const bytes = Object.values(weights).reduce((sum, part) => sum + part, 0);
      expect(bytes / (weights.values / 4)).toBeCloseTo(measured, 10);
    },
  );

  it('padding is not kept by the layers of a classifier, but by their inputs', () => {
    const settings = classifier({ layers: 1, dropout: { input: 0, between: 0, output: 0 } });
    const size = { matrices: [], batch: 20, steps: 16 };
    const full = countBytes(settings, size)!.activations;
    const last = 4 * (20 + 32) * 110;
    expect(full).toBe(4 * 320 * (90 + 7 * 110) + last);
    // Half of the columns are padding: a packed copy of the input, and 7H floats for the others.
    expect(countBytes(settings, { ...size, tokens: 160 })!.activations).toBe(
      4 * 320 * 90 + 4 * 160 * (90 + 7 * 110) + last,
    );
    // Where every step begins with a tile of its own, what fills it up is kept.
    const whole = { matrices: [], batch: 32, steps: 10, tokens: 160 };
    expect(countBytes(settings, whole)!.activations).toBe(4 * 320 * (90 + 90 + 7 * 110) + 2 * 4 * 32 * 110);
  });

  it('says nothing of the cpu engine, and nothing before the first step', async () => {
    engine = await startEngine('cpu');
    const small = language({ vocabulary: 20, embedding: 4, hidden: 4, layers: 1 });
    const cpu = createLanguageModelTrainer(small, training, learnableSource(20, 2, 3, 2), engine);
    cpu.step();
    expect(cpu.memory().computed).toBeUndefined();
    await engine.dispose();
    engine = await startEngine('simd');
    const simd = createLanguageModelTrainer(small, training, learnableSource(20, 2, 3, 2), engine);
    expect(simd.memory().computed).toBeUndefined();
    simd.step();
    expect(simd.memory().computed).toBeDefined();
  });

  it('says nothing of a cell of which it does not know what it keeps', () => {
    const unknown = { ...findCell('lstm'), name: 'cell-of-unknown-memory' };
    registerCell(unknown);
    const size = { matrices: [], batch: 2, steps: 3 };
    expect(countBytes(language({ cell: unknown.name }), size)).toBeUndefined();
  });
});
