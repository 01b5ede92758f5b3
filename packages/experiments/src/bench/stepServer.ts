// A process that trains the language model of one benchmark case, one step per line of input, so that the caller can
// interleave it with others. Arguments: one JSON object, see StepServerSettings. Output: a line of JSON when it is
// ready, one per step.
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';
import { createEngine, createLanguageModelTrainer, rng, type WindowSource } from '@sparse-rnn/core';

export interface StepServerSettings {
  /** 1 for the dense method. */
  density: number;
  threads: number;
  hidden: number;
  embedding: number;
  vocabulary: number;
  layers: number;
  batch: number;
  steps: number;
  dropout: number;
}

/** First line of output. */
export interface StepServerReady {
  parameters: number;
  nnz: number;
  /** Floating-point operations of a whole step: 6 per nonzero of a matrix product and token. */
  flops: number;
}

export interface StepServerStep {
  ms: number;
  loss: number;
  peakRssBytes: number;
  /** Values, indices, second copy, gradient and optimizer state of the weight matrices. */
  bytesPerNonzero: number;
}

/** Random tokens: the kernels' time does not depend on which words they are. */
function randomWindows(vocabulary: number, batch: number, window: number): WindowSource {
  let step = 0;
  return {
    batch,
    window,
    stepsPerEpoch: 1000,
    next() {
      const stream = rng(1, 'bench-tokens', step);
      const tokens = () => Int32Array.from({ length: batch * window }, () => stream.integer(vocabulary));
      return { inputs: tokens(), targets: tokens(), newEpoch: step++ === 0 };
    },
    position: () => ({ epoch: 0, step }),
    seek(position) {
      step = position.step;
    },
  };
}

export async function serveSteps(settings: StepServerSettings): Promise<void> {
  const { density, hidden, embedding, vocabulary, layers, batch, steps, dropout } = settings;
  const engine = await createEngine({ engine: 'simd', threads: Math.min(settings.threads, availableParallelism()) });
  const trainer = createLanguageModelTrainer(
    {
      vocabulary,
      embedding,
      hidden,
      layers,
      dropout: { kind: 'elementwise', input: dropout, between: dropout, output: dropout, word: 0 },
      init: { recurrent: 1 / Math.sqrt(hidden), embedding: 0.1, decoder: 0.1 },
      sparse: { embedding: true, recurrent: true, decoder: true },
    },
    {
      method: density === 1 ? 'dense' : 'static',
      density,
      distribution: 'uniform',
      seed: 1,
      optimizer: { name: 'sgd', momentum: 0, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
      learningRate: 20,
      decay: { factor: 1, after: 0 },
      clip: 0.25,
      weightDecay: 1.2e-6,
      loss: 'mean',
      epochs: 1,
      update: { steps: 0, rate: 0, schedule: 'constant', endRate: 0, stop: 0, growStd: 0, gates: 'free' },
    },
    randomWindows(vocabulary, batch, steps),
    engine,
  );
  const write = (line: StepServerReady | StepServerStep) => process.stdout.write(`${JSON.stringify(line)}\n`);
  write({
    parameters: trainer.parameters.total,
    nnz: trainer.parameters.nnz,
    flops: trainer.flops.training * batch * steps,
  });
  for await (const _ of createInterface({ input: process.stdin })) {
    engine.busy(true);
    const start = performance.now();
    const { loss } = trainer.step();
    const ms = performance.now() - start;
    engine.busy(false);
    const { bytesPerNonzero } = trainer.memory();
    write({ ms, loss, peakRssBytes: process.resourceUsage().maxRSS * 1024, bytesPerNonzero });
  }
  await engine.dispose();
}

if (process.argv[1]?.endsWith('stepServer.js')) await serveSteps(JSON.parse(process.argv[2]));
