import { fill, memory, ones, type Tensor1D, type Tensor2D, tensor1d, variable } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dropout } from '../ops/dropout/contract.ts';
import { dropout as dropoutReference } from '../ops/dropout/reference.ts';
import { walkDraw } from '../optim/rewire.ts';
import { caseStream, randomValues } from '../testing/cases.ts';
import { assertClose } from '../testing/close.ts';
import { ENGINES, startEngine } from '../testing/engines.ts';
import { learnableSource } from '../testing/textSource.ts';
import { TOLERANCES } from '../testing/tolerances.ts';
import { createLanguageModelTrainer } from '../train/create.ts';
import { createEngine, type StartedEngine } from './createEngine.ts';

const SIZES = [1, 3, 33, 1000];
const STEPS = 3;

/** Of a sum of n squares, relative. But on tensorflow it is that of loops in float64, this side's and the engine's. */
const sumTolerance = (name: string, n: number) => {
  return name === 'tensorflow' ? TOLERANCES.tensorflow.relative : n * Number.EPSILON;
};

it('without a name, or as auto, is simd, and the reason says so', async () => {
  for (const options of [{}, { engine: 'auto' }]) {
    const engine = await createEngine({ ...options, threads: 1, memoryBytes: 2 ** 28 });
    const { name, reason } = engine;
    await engine.dispose();
    expect([name, reason]).toEqual(['simd', 'auto: simd is the fastest engine that needs nothing installed']);
  }
});

describe.each(ENGINES)('engine %s', name => {
  let engine: StartedEngine;
  beforeAll(async () => {
    engine = await startEngine(name);
  });
  afterAll(() => engine?.dispose());

  it('says what it is: name, threads, and why it was chosen', () => {
    expect(engine).toMatchObject({ name, reason: 'asked for', threads: name === 'cpu' ? 1 : 2 });
  });

  it.each(SIZES)('updates %i weights by every rule as float64 loops do', n => {
    const stream = caseStream(`optimizer ${n}`);
    const [w, g] = [randomValues(stream, n), randomValues(stream, n)];
    const common = { rate: 0.2, scale: 0.3, decay: 0.01 };
    const beta = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
    const [sgd, momentum, adam, m, first, second] = [w, w, w, ...Array(3).fill(new Float32Array(n))].map(values =>
      variable(tensor1d(values.slice())),
    );
    const gradient = tensor1d(g);
    const expected = [w, w, w, ...Array(3).fill(new Float64Array(n))].map(values => Float64Array.from(values));
    const [sgdW, momentumW, adamW, momentumM, adamM, adamV] = expected;
    for (let step = 1; step <= STEPS; step++) {
      const corrections = { correction1: 1 - beta.beta1 ** step, correction2: 1 - beta.beta2 ** step };
      engine.sgd(sgd, gradient, common);
      engine.momentum(momentum, gradient, m, { ...common, momentum: 0.9 });
      engine.adam(adam, gradient, first, second, { ...common, ...beta, ...corrections });
      for (let i = 0; i < n; i++) {
        sgdW[i] -= 0.2 * (0.3 * g[i] + 0.01 * sgdW[i]);
        momentumM[i] = 0.9 * momentumM[i] + 0.3 * g[i] + 0.01 * momentumW[i];
        momentumW[i] -= 0.2 * momentumM[i];
        const slope = 0.3 * g[i] + 0.01 * adamW[i];
        adamM[i] = 0.9 * adamM[i] + 0.1 * slope;
        adamV[i] = 0.999 * adamV[i] + 0.001 * slope ** 2;
        const root = Math.sqrt(adamV[i] / corrections.correction2);
        adamW[i] -= (0.2 * (adamM[i] / corrections.correction1)) / (root + 1e-8);
      }
    }
    [sgd, momentum, adam, m, first, second].forEach((actual, index) => {
      assertClose(`array ${index}`, actual.dataSync(), expected[index], name);
    });
    const squares = g.reduce((sum, value) => sum + value * value, 0);
    expect(Math.abs(engine.sumSquares(gradient) - squares)).toBeLessThanOrEqual(sumTolerance(name, n) * squares);
  });

  it('adds two million equal squares, of which a plain float32 sum loses 2%', () => {
    const n = 2 ** 21;
    const gradient = fill([n / 64, 64], 0.1);
    const squares = n * Math.fround(0.1) ** 2;
    const held = memory().numTensors;
    expect(Math.abs(engine.sumSquares(gradient) - squares)).toBeLessThanOrEqual(sumTolerance(name, n) * squares);
    expect(memory().numTensors).toBe(held);
    gradient.dispose();
  });

  it.each(SIZES)('averages and rewires %i weights as float64 loops do', n => {
    const stream = caseStream(`averages ${n}`);
    const [w, g] = [randomValues(stream, n), randomValues(stream, n)];
    const ages = Float32Array.from({ length: n }, (_, i) => i % 4);
    const signs = Float32Array.from(w, value => (value < 0 ? -1 : 1));
    const common = { rate: 0.2, scale: 0.3, decay: 0.01 };
    const walk = { shrink: 0.05, noise: 0.2, key: [7, 9] as const };
    const zeros = new Float32Array(n);
    const [asgd, mean, sparse, sparseMean, age, rewired] = [w, zeros, w, zeros, ages, w].map(values =>
      variable(tensor1d(values.slice())),
    );
    const [gradient, sign] = [g, signs].map(values => tensor1d(values.slice()));
    const [weights, means, sparseMeans, walked] = [w, zeros, zeros, w].map(values => Float64Array.from(values));
    for (let count = 1; count <= 4; count++) {
      engine.asgd(asgd, gradient, mean, { ...common, count });
      engine.sparseAsgd(sparse, gradient, sparseMean, age, common);
      engine.rewire(rewired, sign, walk);
      for (let i = 0; i < n; i++) {
        weights[i] -= 0.2 * (0.3 * g[i] + 0.01 * weights[i]);
        means[i] = count <= 2 ? weights[i] : means[i] + (weights[i] - means[i]) / (count - 1);
        const own = ages[i] + count;
        sparseMeans[i] = own <= 2 ? weights[i] : sparseMeans[i] + (weights[i] - sparseMeans[i]) / (own - 1);
        walked[i] += 0.2 * walkDraw(i, walk.key) - 0.05 * signs[i];
        if (signs[i] * walked[i] < 0) walked[i] = 0;
      }
    }
    const wanted = [weights, means, weights, sparseMeans, ages.map(value => value + 4), walked];
    [asgd, mean, sparse, sparseMean, age, rewired].forEach((actual, index) => {
      assertClose(`array ${index}`, actual.dataSync(), wanted[index], name);
    });
  });

  it.each(['elementwise', 'locked', 'word'] as const)('drops exactly the elements of the reference: %s', kind => {
    const [features, batch, columns] = [33, 5, 35];
    const ids = Int32Array.from({ length: columns }, (_, n) => (7 * n) % 19);
    const options = { rate: 0.4, kind, batch, key: [123, 456] as const, stream: 3 };
    const x = ones([features, columns]) as Tensor2D;
    const y = dropout(x, options, tensor1d(ids, 'int32') as Tensor1D).dataSync();
    const reference = dropoutReference(new Float32Array(features * columns).fill(1), features, columns, options, ids);
    expect(Array.from(y, value => value === 0)).toEqual(Array.from(reference, value => value === 0));
    expect(y.includes(0)).toBe(true);
  });

  it('keeps no tensor of a step: training, evaluation, a topology update', () => {
    const source = learnableSource(17, 3, 4, 6);
    const update = {
      steps: 3,
      rate: 0.3,
      schedule: 'constant',
      endRate: 0,
      stop: 1,
      growStd: 0,
      gates: 'free',
    } as const;
    const before = memory().numTensors;
    const trainer = createLanguageModelTrainer(
      {
        vocabulary: 17,
        embedding: 5,
        hidden: 6,
        layers: 2,
        dropout: { kind: 'elementwise', input: 0.1, between: 0.1, output: 0.1, word: 0.1 },
        init: { recurrent: 0.5, embedding: 0.5, decoder: 0.5 },
        sparse: { embedding: true, recurrent: true, decoder: false },
      },
      {
        method: 'set',
        density: 0.4,
        distribution: 'uniform',
        seed: 1,
        optimizer: { name: 'adam', momentum: 0, ...{ beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } },
        learningRate: 0.01,
        decay: { factor: 1, after: 0 },
        clip: 1,
        weightDecay: 0,
        loss: 'mean',
        epochs: 10,
        update,
      },
      source,
      engine,
    );
    const steps = (count: number) => {
      for (let step = 0; step < count; step++) trainer.step();
      trainer.evaluate(learnableSource(17, 3, 4, 2));
      return memory().numTensors;
    };
    expect(steps(12)).toBe(steps(6));
    trainer.dispose();
    expect(memory().numTensors).toBe(before);
  });
});
