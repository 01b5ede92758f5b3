// A process that trains the language model of one benchmark case, one step per line of input, so that the caller can
// interleave it with others. Arguments: one JSON object, see StepServerSettings. Output: a line of JSON when it is
// ready, one per step.
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';
import {
  createEngine,
  createLanguageModelTrainer,
  createTextClassifierTrainer,
  type Engine,
  type LanguageModelSettings,
  rng,
  type TextClassifierSettings,
  type TextSource,
  type Trainer,
  type TrainingSettings,
  type WindowSource,
} from '@sparse-rnn/core';

export interface StepServerSettings {
  /** Default simd. */
  engine?: 'simd' | 'tensorflow';
  threads: number;
  /** 1 for the dense method. */
  density: number;
  /** Columns B of a batch, and its time steps T. */
  batch: number;
  steps: number;
  /** The model: one of the two. */
  languageModel?: LanguageModelSettings;
  classifier?: TextClassifierSettings;
  training: { optimizer: 'sgd' | 'adam'; learningRate: number; clip: number; weightDecay: number };
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

const STEPS_PER_EPOCH = 1000;

/** A source of random tokens: the kernels' time does not depend on which words they are. */
function randomSource<Batch>(make: (integers: (count: number, below: number) => Int32Array, first: boolean) => Batch) {
  let step = 0;
  return {
    stepsPerEpoch: STEPS_PER_EPOCH,
    next() {
      const stream = rng(1, 'bench-tokens', step);
      const first = step++ === 0;
      return make((count, below) => Int32Array.from({ length: count }, () => stream.integer(below)), first);
    },
    position: () => ({ epoch: 0, step }),
    seek(position: { step: number }) {
      step = position.step;
    },
  };
}

function createTrainer(settings: StepServerSettings, engine: Engine): Omit<Trainer, 'evaluate'> {
  const { batch, steps, languageModel, classifier } = settings;
  const tokens = batch * steps;
  if (languageModel !== undefined) {
    const { vocabulary } = languageModel;
    const windows = randomSource((integers, newEpoch) => {
      return { inputs: integers(tokens, vocabulary), targets: integers(tokens, vocabulary), newEpoch };
    });
    const source: WindowSource = { batch, window: steps, ...windows };
    return createLanguageModelTrainer(languageModel, trainingSettings(settings), source, engine);
  }
  const { vocabulary, classes } = classifier!;
  const source: TextSource = randomSource(integers => {
    const lengths = new Int32Array(batch).fill(steps);
    return { ids: integers(tokens, vocabulary), lengths, labels: integers(batch, classes) };
  });
  return createTextClassifierTrainer(classifier!, trainingSettings(settings), source, engine);
}

function trainingSettings({ density, training }: StepServerSettings): TrainingSettings {
  const { optimizer, learningRate, clip, weightDecay } = training;
  return {
    method: density === 1 ? 'dense' : 'static',
    density,
    distribution: 'uniform',
    seed: 1,
    optimizer: { name: optimizer, momentum: 0, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
    learningRate,
    decay: { factor: 1, after: 0 },
    clip,
    weightDecay,
    loss: 'mean',
    epochs: 1,
    update: { steps: 0, rate: 0, schedule: 'constant', endRate: 0, stop: 0, growStd: 0, gates: 'free' },
  };
}

export async function serveSteps(settings: StepServerSettings): Promise<void> {
  const { batch, steps, engine: name = 'simd' } = settings;
  const engine = await createEngine({ engine: name, threads: Math.min(settings.threads, availableParallelism()) });
  const trainer = createTrainer(settings, engine);
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
