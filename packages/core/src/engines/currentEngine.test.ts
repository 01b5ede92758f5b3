import { setBackend, type Tensor1D, type Tensor2D, tensor, tensor1d, zeros } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { rng } from '../base/philox.ts';
import { dropout } from '../ops/dropout/contract.ts';
import { reverseSequences } from '../ops/reverseSequences/contract.ts';
import { softmaxCrossEntropy } from '../ops/softmaxCrossEntropy/contract.ts';
import { sparseEmbedding } from '../ops/sparseEmbedding/contract.ts';
import { denseGru } from '../ops/sparseGru/op.ts';
import { denseLstm } from '../ops/sparseLstm/op.ts';
import { denseMatMul, sparseMatMul } from '../ops/sparseMatMul/contract.ts';
import { sparseRhn } from '../ops/sparseRhn/op.ts';
import { randomTopology } from '../sparsity/initial.ts';
import { SparseMatrix } from '../sparsity/sparseMatrix.ts';
import { startEngine } from '../testing/engines.ts';
import { learnableSource } from '../testing/textSource.ts';
import { createLanguageModelTrainer } from '../train/create.ts';
import { LANGUAGE_MODEL_DEFAULTS, trainingDefaults } from '../train/defaults.ts';
import { engineOf } from './engine.ts';

const matrix = (rows: number, cols: number) => zeros([rows, cols]) as Tensor2D;
const dense = (rows: number, cols: number) => ({ rows, cols, values: matrix(rows, cols) });
const vector = (size: number) => zeros([size]) as Tensor1D;
const words = (...ids: number[]) => tensor1d(ids, 'int32');

const OPS: Record<string, () => unknown> = {
  matMul: () => denseMatMul(matrix(2, 3), matrix(3, 1)),
  embedding: () => sparseEmbedding(dense(4, 2), words(1, 2)),
  lstm: () => denseLstm(matrix(3, 2), matrix(2, 1), matrix(2, 1), matrix(8, 3), matrix(8, 2), vector(8)),
  gru: () => denseGru(matrix(3, 2), matrix(2, 1), matrix(6, 3), matrix(6, 2), vector(6), vector(6)),
  rhn: () => sparseRhn(matrix(3, 2), matrix(2, 1), dense(4, 3), [dense(4, 2)], vector(4)),
  softmax: () => softmaxCrossEntropy(matrix(4, 2), words(1, 2)),
  reverse: () => reverseSequences(matrix(2, 4), [2, 1]),
  dropout: () => dropout(matrix(2, 2), { rate: 0.5, kind: 'elementwise', batch: 1, key: [1, 2], stream: 0 }),
  words: () => dropout(matrix(2, 2), { rate: 0.5, kind: 'word', batch: 1, key: [1, 2], stream: 0 }, words(0, 1)),
};

/** No engine was ever started in this process when this comes first, and none runs when it comes again. */
const saysThatNoneRuns = (name: string) => {
  expect(OPS[name]).toThrow(
    expect.objectContaining({
      name: 'InputError',
      message:
        'expected a running sparse-rnn engine behind the TensorFlow.js backend, got "cpu"; ' +
        "call 'await createEngine()' of @sparse-rnn/core first, and leave its backend the current one",
    }),
  );
};

describe('an op without an engine says that it is missing', () => {
  beforeAll(() => setBackend('cpu'));

  it.each(Object.keys(OPS))('%s', saysThatNoneRuns);

  it('after the last engine was disposed of, too', async () => {
    const engine = await startEngine('cpu');
    for (const run of Object.values(OPS)) run();
    await engine.dispose();
    for (const name of Object.keys(OPS)) saysThatNoneRuns(name);
  });
});

describe('work on an engine that is not the current one', () => {
  const model = { ...LANGUAGE_MODEL_DEFAULTS, vocabulary: 17, embedding: 4, hidden: 4 };
  const make = (engine: Awaited<ReturnType<typeof startEngine>>, method: string) =>
    createLanguageModelTrainer(model, trainingDefaults(method), learnableSource(17, 2, 3, 4), engine);
  const notCurrent = (name: string, came: string) => ({
    name: 'InputError',
    message:
      `expected the engine ${name} to run and its TensorFlow.js backend to be the current one, got "${came}"; ` +
      `call 'await setBackend('${name}')' of @tensorflow/tfjs-core, or createEngine where it was disposed of`,
  });
  const both = async () => {
    const simd = await startEngine('simd', 1);
    onTestFinished(() => simd.dispose());
    const cpu = await startEngine('cpu');
    onTestFinished(() => cpu.dispose());
    return { simd, cpu };
  };

  it('no trainer is made', async () => {
    const { simd } = await both();
    for (const method of ['set', 'dense'])
      expect(() => make(simd, method)).toThrow(expect.objectContaining(notCurrent('simd', 'cpu')));
  });

  it('a trainer takes no step, and goes on when its engine is current again', async () => {
    const { simd, cpu } = await both();
    for (const method of ['set', 'dense']) {
      await setBackend('simd');
      const trainer = make(simd, method);
      await setBackend('cpu');
      expect(() => trainer.step(), method).toThrow(expect.objectContaining(notCurrent('simd', 'cpu')));
      await setBackend('simd');
      expect(trainer.step().loss).toBeGreaterThan(0);
      trainer.dispose();
    }
    for (const method of ['set', 'dense']) {
      await setBackend('cpu');
      const trainer = make(cpu, method);
      await setBackend('simd');
      const refused = expect.objectContaining(notCurrent('cpu', 'simd'));
      expect(() => trainer.step(), method).toThrow(refused);
      expect(() => trainer.evaluate(learnableSource(17, 2, 3, 4)), method).toThrow(refused);
      await setBackend('cpu');
      trainer.dispose();
    }
  });

  it('an op does not take a sparse weight of another engine', async () => {
    const { simd } = await both();
    await setBackend('simd');
    const w = new SparseMatrix(simd, randomTopology(4, 5, 6, rng(1, 'w')), new Float32Array(6));
    const x = tensor([1, 2, 3, 4, 5], [5, 1]) as Tensor2D;
    await setBackend('cpu');
    expect(() => sparseMatMul(w, x)).toThrow(expect.objectContaining(notCurrent('simd', 'cpu')));
    await setBackend('simd');
    expect(sparseMatMul(w, x).shape).toEqual([4, 1]);
    expect(engineOf('simd')).toBe(simd);
    w.dispose();
  });
});
