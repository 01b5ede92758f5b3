import { tensor1d } from '@tensorflow/tfjs-core';
import { afterEach, expect, it } from 'vitest';
import { rng } from '../base/philox.ts';
import type { StartedEngine } from '../engines/createEngine.ts';
import { ENGINES, startEngine } from '../testing/engines.ts';
import { loadModel, saveModel } from '../train/state.ts';
import type { TextClassifierSettings } from './settings.ts';
import { classScores, createTextClassifier, type TextClassifier } from './textClassifier.ts';

const [H, CLASSES] = [6, 3];
const settings: TextClassifierSettings = {
  vocabulary: 17,
  embedding: 5,
  hidden: H,
  layers: 1,
  classes: CLASSES,
  dropout: { input: 0, between: 0, output: 0 },
  init: { recurrent: 0.8, embedding: 1, decoder: 1 },
  sparse: { embedding: true, recurrent: true, decoder: false },
};
const LENGTHS = Int32Array.of(5, 3, 3, 1);
const half = { density: 0.5, distribution: 'uniform' as const };

let engine: StartedEngine | undefined;
afterEach(async () => {
  await engine?.dispose();
  engine = undefined;
});

const stream = rng(1, 'texts');
const texts = Array.from(LENGTHS, length => Array.from({ length }, () => 1 + stream.integer(16)));

/** Class scores of texts, `[classes][texts]`. */
function scores(model: TextClassifier, of: number[][]): number[][] {
  const lengths = Int32Array.from(of, ({ length }) => length);
  const ids = Int32Array.from({ length: lengths[0] * of.length }, (_, n) => {
    return of[n % of.length][Math.floor(n / of.length)] ?? 0;
  });
  return classScores(model, { ids: tensor1d(ids, 'int32'), lengths }, null).arraySync();
}

function expectClose(actual: number[][], expected: number[][]): void {
  expect(actual.map(({ length }) => length)).toEqual(expected.map(({ length }) => length));
  actual.forEach((row, c) => {
    row.forEach((score, b) => {
      expect(score).toBeCloseTo(expected[c][b], 4);
    });
  });
}

it.each(ENGINES)(
  'engine %s: the last state is that at the true length: a text alone has the same scores',
  async name => {
    engine = await startEngine(name);
    const model = createTextClassifier({ ...settings, bidirectional: true, layers: 2 }, engine, 1, half);
    const together = scores(model, texts);
    texts.forEach((text, b) => {
      expectClose(
        scores(model, [text]),
        together.map(row => [row[b]]),
      );
    });
  },
);

it.each(ENGINES)('engine %s: reading backwards is reading the text turned around', async name => {
  engine = await startEngine(name);
  const model = createTextClassifier({ ...settings, bidirectional: true }, engine, 1, half);
  const read = scores(model, texts);
  // The layers of the two directions change places, and so do their columns of the linear layer.
  const tensors = saveModel(model);
  const swapped = Object.fromEntries(
    Object.entries(tensors).map(([key, tensor]) => {
      const other = key.includes('.forwards')
        ? key.replace('.forwards', '.backwards')
        : key.replace('.backwards', '.forwards');
      return [other, tensor];
    }),
  );
  const linear = tensors.decoder.data;
  swapped.decoder = {
    ...tensors.decoder,
    data: Float32Array.from(linear, (_, at) => linear[at - (at % (2 * H)) + ((at + H) % (2 * H))]),
  };
  loadModel(model, swapped);
  expectClose(
    scores(
      model,
      texts.map(text => text.toReversed()),
    ),
    read,
  );
  // Were both directions alike, nothing would have been compared.
  expect(Math.abs(scores(model, texts)[0][0] - read[0][0])).toBeGreaterThan(1e-3);
});
