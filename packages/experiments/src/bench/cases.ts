import type { ProductSizes } from '@sparse-rnn/core';
import type { PeerRequest } from './peer.ts';
import type { StepServerSettings } from './stepServer.ts';

/** A kernel case: one of the three products of a weight, and what PyTorch does for the same task. */
export interface KernelCase {
  name: string;
  operation: 'product' | 'transposed' | 'sampled';
  sizes: ProductSizes;
  /** PyTorch has no fast product with a transposed CSR matrix. */
  peer?: PeerRequest;
}

/** A training-step case. */
export interface StepCase {
  name: string;
  settings: Omit<StepServerSettings, 'threads'>;
  /** Set where dropout is left out of a model that has it in the other cases of this name. */
  withoutDropout?: true;
  /** PyTorch's dense step of the same model. Asked for once per name: it is what every density is compared with. */
  peer?: PeerRequest;
  /** The same by torch.compile, where PyTorch has no fused layer. */
  compiledPeer?: PeerRequest;
}

const DENSITIES = [0.33, 0.1, 0.05, 1];

/** The recurrent matrix of an LSTM with 1500 units, times one step's batch and times a window; and the decoder. */
export function kernelCases(quick: boolean): KernelCase[] {
  const scale = quick ? 10 : 1;
  const shapes = [
    { name: 'recurrent', rows: 6000 / scale, cols: 1500 / scale, columns: 20 },
    { name: 'window', rows: 6000 / scale, cols: 1500 / scale, columns: 700 },
    { name: 'decoder', rows: 10000 / scale, cols: 1500 / scale, columns: 700 },
  ];
  return shapes.flatMap(({ name, ...shape }) =>
    DENSITIES.flatMap(density =>
      (['product', 'transposed', 'sampled'] as const).map((operation): KernelCase => {
        const sizes = { ...shape, density };
        const title = `${operation} ${name} [${shape.rows}, ${shape.cols}] x ${shape.columns}`;
        return { name: title, operation, sizes, peer: peerOf(operation, sizes) };
      }),
    ),
  );
}

function peerOf(operation: KernelCase['operation'], { density, ...shape }: ProductSizes): PeerRequest | undefined {
  if (density === 1) return operation === 'product' ? { case: 'dense-product', ...shape } : undefined;
  if (operation === 'product') return { case: 'csr-product', density, ...shape };
  return operation === 'sampled' ? { case: 'csr-sampled', density, ...shape } : undefined;
}

const ALL_SPARSE = { embedding: true, recurrent: true, decoder: true };

/** Whole training steps at the sizes of the study's recipes. */
export function stepCases(quick: boolean): StepCase[] {
  return [...languageModels('lstm', quick), ...languageModels('gru', quick), ...rhn(quick), ...classifiers(quick)];
}

/** 2x1500, B 20, T 35, V 10,000, dropout .65. */
function languageModels(cell: 'lstm' | 'gru', quick: boolean): StepCase[] {
  const size = quick ? 128 : 1500;
  const [vocabulary, layers, batch, steps, rate] = [quick ? 1000 : 10_000, 2, 20, 35, 0.65];
  const sizes = { hidden: size, embedding: size, vocabulary, layers };
  const name = `${cell.toUpperCase()} training step 2x${size}, B ${batch}, T ${steps}, V ${vocabulary}`;
  const cases = DENSITIES.map(
    (density): StepCase => ({
      name,
      settings: {
        batch,
        steps,
        density,
        training: SGD,
        languageModel: {
          ...sizes,
          cell,
          dropout: { kind: 'elementwise', input: rate, between: rate, output: rate, word: 0 },
          init: { recurrent: 1 / Math.sqrt(size), embedding: 0.1, decoder: 0.1 },
          sparse: ALL_SPARSE,
        },
      },
      peer: cell === 'lstm' ? { case: 'lstm-step', ...sizes, batch, steps, dropout: rate } : undefined,
    }),
  );
  const compared = cases.filter(({ settings }) => cell === 'lstm' && [1, 0.33].includes(settings.density));
  return [...cases, ...compared.map(onTensorflow)];
}

/**
 * The same model in TensorFlow: dense, and with masks the way the paper's authors train. It has no dropout, which ours
 * has: the masks of this engine are made by the reference code in JavaScript, whose time is not TensorFlow's. What is left
 * out favours TensorFlow.
 */
function onTensorflow(step: StepCase): StepCase {
  const { languageModel, ...settings } = step.settings;
  const dropout = { kind: 'elementwise', input: 0, between: 0, output: 0, word: 0 } as const;
  return {
    ...step,
    withoutDropout: true,
    settings: { ...settings, engine: 'tensorflow', languageModel: { ...languageModel!, dropout } },
  };
}

/** 830 units, depth 10, tied embedding, B 20, T 35, V 10,000. */
function rhn(quick: boolean): StepCase[] {
  const [hidden, depth, vocabulary] = quick ? [64, 3, 1000] : [830, 10, 10_000];
  const [batch, steps] = [20, 35];
  const peer = { hidden, depth, vocabulary, batch, steps };
  return [0.472, 1].map(density => ({
    name: `RHN training step ${hidden}x${depth}, B ${batch}, T ${steps}, V ${vocabulary}`,
    settings: {
      batch,
      steps,
      density,
      training: { ...SGD, learningRate: 15 },
      languageModel: {
        cell: 'rhn',
        hidden,
        embedding: hidden,
        depth,
        vocabulary,
        layers: 1,
        tied: true,
        dropout: { kind: 'elementwise', input: 0.65, between: 0, output: 0.65, word: 0.2, state: 0.25 },
        init: { recurrent: 0.04, embedding: 0.04, decoder: 0.04 },
        sparse: ALL_SPARSE,
      },
    },
    peer: { case: 'rhn-step', ...peer },
    compiledPeer: { case: 'rhn-step-compiled', ...peer },
  }));
}

/** LSTM 256, B 64, texts of 400 tokens, V 20,000, Adam. */
function classifiers(quick: boolean): StepCase[] {
  const [size, vocabulary, steps] = quick ? [64, 1000, 40] : [256, 20_000, 400];
  const batch = 64;
  const sizes = { hidden: size, embedding: size, vocabulary };
  return [0.05, 1].map(density => ({
    name: `classifier training step ${size}, B ${batch}, T ${steps}, V ${vocabulary}`,
    settings: {
      batch,
      steps,
      density,
      training: { ...SGD, optimizer: 'adam', learningRate: 1e-3, clip: 1, weightDecay: 0 },
      classifier: {
        ...sizes,
        layers: 1,
        classes: 2,
        dropout: { input: 0, between: 0, output: 0.5 },
        init: { recurrent: 1 / Math.sqrt(size), embedding: 0.1, decoder: 0.1 },
        sparse: { embedding: true, recurrent: true, decoder: false },
      },
    },
    peer: { case: 'classifier-step', ...sizes, batch, steps },
  }));
}

const SGD = { optimizer: 'sgd', learningRate: 20, clip: 0.25, weightDecay: 1.2e-6 } as const;
