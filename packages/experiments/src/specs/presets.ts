import type { SpecSettings } from './schema.ts';

/** A recipe: what it is, and every setting that differs from the defaults. */
export interface Preset {
  /** One line for lists. */
  description: string;
  /** What differs from `DEFAULTS`. */
  settings: SpecSettings;
}

/** What every preset starts from. */
export const DEFAULTS = {
  data: 'ptb',
  method: 'set',
  density: 0.33,
  distribution: 'uniform',
  seed: 1,
  hidden: 256,
  embedding: 256,
  layers: 2,
  batch: 20,
  evaluationBatch: 20,
  window: 35,
  epochs: 20,
  dropoutKind: 'elementwise',
  dropoutInput: 0,
  dropoutBetween: 0,
  dropoutOutput: 0,
  dropoutWord: 0,
  initRecurrent: 'auto',
  initEmbedding: 0.1,
  initDecoder: 0.1,
  sparseEmbedding: true,
  sparseRecurrent: true,
  sparseDecoder: true,
  optimizer: 'sgd',
  learningRate: 1,
  momentum: 0.9,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  decayFactor: 1,
  decayAfter: 0,
  clip: 5,
  weightDecay: 0,
  loss: 'mean',
  updateSteps: 0,
  removalRate: 0.5,
  rateSchedule: 'cosine',
  // Selfish-RNN's end of the cosine (Liu et al. 2021b).
  endRate: 0.005,
  updateStop: 1,
  growStd: 0,
  gates: 'free',
} satisfies SpecSettings;

/** Zaremba et al. 2014, with the initial ranges of TensorFlow's PTB tutorial; the removal rate is our choice. */
function zaremba(size: 'small' | 'medium' | 'large', settings: SpecSettings & { keep: number; init: number }): Preset {
  const { keep, init, ...rest } = settings;
  // 1 - keep in decimal: 1 - 0.35 is 0.65, not 0.6500000000000000222.
  const rate = Number((1 - keep).toFixed(6));
  return {
    description: `PTB, the ${size} LSTM of Zaremba et al. 2014: 2x${rest.hidden}, ${rest.epochs} epochs; dense unless a method is set.`,
    settings: {
      data: 'ptb',
      method: 'dense',
      embedding: rest.hidden,
      layers: 2,
      batch: 20,
      evaluationBatch: 20,
      dropoutInput: rate,
      dropoutBetween: rate,
      dropoutOutput: rate,
      initRecurrent: init,
      initEmbedding: init,
      initDecoder: init,
      learningRate: 1,
      loss: 'sum-over-time',
      ...rest,
    },
  };
}

/** The clip of Selfish-RNN. It acts weaker here: there the norm counts inactive weights too (docs/method.md, "Clipping"). */
const SELFISH_CLIP = 0.25;

/**
 * The stacked LSTM of the README of Selfish-RNN (Liu et al. 2021b), whose commands have removal rates of .8 to train and .7
 * to evaluate; the weight decay is the default of its code.
 */
const SELFISH_LSTM = {
  hidden: 1500,
  embedding: 1500,
  dropoutInput: 0.65,
  dropoutBetween: 0.65,
  dropoutOutput: 0.65,
  learningRate: 40,
  clip: SELFISH_CLIP,
  weightDecay: 1.2e-6,
  removalRate: 0.7,
} satisfies SpecSettings;

/**
 * One LSTM layer that reads a text; SET-LSTM (Liu et al. 2019) has less than 4% of the dense parameters. Sizes, optimizer
 * and dropout are our choice. The linear layer is two or a few rows and stays dense.
 */
const TEXT_LSTM = {
  task: 'classification',
  density: 0.04,
  hidden: 256,
  embedding: 256,
  layers: 1,
  batch: 64,
  evaluationBatch: 128,
  epochs: 10,
  dropoutOutput: 0.5,
  sparseDecoder: false,
  optimizer: 'adam',
  learningRate: 1e-3,
  clip: 1,
  removalRate: 0.3,
} satisfies SpecSettings;

/** A wide start and dropout on the embeddings: chosen by validation accuracy of `set`, seed 1, from a handful of trials. */
const WIDE_START = { initEmbedding: 0.5, initRecurrent: 0.3, dropoutInput: 0.3 } satisfies SpecSettings;

/** Every recipe by its name. */
export const PRESETS: Readonly<Record<string, Preset>> = {
  demo: {
    description: 'A small LSTM on Moby Dick that trains in under a minute: the first thing to run.',
    settings: {
      data: 'moby-dick',
      method: 'set',
      density: 0.2,
      hidden: 96,
      embedding: 96,
      layers: 1,
      epochs: 4,
      dropoutInput: 0.1,
      dropoutOutput: 0.1,
      // Adam gets furthest in so few steps.
      optimizer: 'adam',
      learningRate: 0.006,
      decayFactor: 0.5,
      decayAfter: 2,
      clip: 1,
      removalRate: 0.3,
    },
  },
  'ptb-lstm': {
    description:
      'PTB, the LSTM of Selfish-RNN (Liu et al. 2021): 2x1500, 66.0M dense weights, 21.8M at density .33, 100 epochs.',
    settings: { ...SELFISH_LSTM, epochs: 100 },
  },
  'wt2-lstm': {
    description: 'WikiText-2, the LSTM of ptb-lstm with embedding and decoder tied, 40 epochs.',
    settings: {
      ...SELFISH_LSTM,
      data: 'wikitext-2',
      tied: true,
      epochs: 40,
    },
  },
  'ptb-rhn': {
    description:
      'PTB, the RHN of Selfish-RNN (Liu et al. 2021): 830 units, depth 10, tied; 11.1M weights at density .472, 500 epochs.',
    settings: {
      cell: 'rhn',
      hidden: 830,
      embedding: 830,
      layers: 1,
      depth: 10,
      // As in the RHN paper's runs on PTB (Zilly et al. 2017).
      transformBias: -2,
      tied: true,
      density: 0.472,
      epochs: 500,
      dropoutKind: 'locked',
      dropoutInput: 0.65,
      dropoutOutput: 0.65,
      dropoutState: 0.25,
      dropoutWord: 0.2,
      learningRate: 15,
      clip: SELFISH_CLIP,
      weightDecay: 1.2e-6,
      removalRate: 0.5,
    },
  },
  'ptb-lstm-256': {
    description: 'PTB at desk size: the recipe of ptb-lstm with 2x256 units and our choice of dropout and schedule.',
    settings: {
      dropoutInput: 0.2,
      dropoutBetween: 0.2,
      dropoutOutput: 0.2,
      learningRate: 20,
      decayFactor: 0.7,
      decayAfter: 8,
      clip: SELFISH_CLIP,
      weightDecay: 1.2e-6,
      removalRate: 0.7,
    },
  },
  'zaremba-small': zaremba('small', {
    hidden: 200,
    window: 20,
    epochs: 13,
    keep: 1,
    init: 0.1,
    decayFactor: 0.5,
    decayAfter: 4,
    clip: 5,
  }),
  'zaremba-medium': zaremba('medium', {
    hidden: 650,
    window: 35,
    epochs: 39,
    keep: 0.5,
    init: 0.05,
    decayFactor: 0.8,
    decayAfter: 6,
    clip: 5,
  }),
  'zaremba-large': zaremba('large', {
    hidden: 1500,
    window: 35,
    epochs: 55,
    keep: 0.35,
    init: 0.04,
    // 1 / 1.15 of the paper, in full precision.
    decayFactor: 1 / 1.15,
    decayAfter: 14,
    clip: 10,
  }),
  'text-lstm': {
    description:
      'IMDb reviews, positive or negative: LSTM 256 with 4% of the weights, the first 400 words of a review.',
    settings: {
      ...TEXT_LSTM,
      ...WIDE_START,
      dropoutInput: 0.5,
      data: 'imdb',
      learningRate: 0.003,
      epochs: 6,
      decayFactor: 0.6,
      decayAfter: 4,
    },
  },
  'trec-lstm': {
    description: 'TREC questions in 6 classes (data=trec-50: in 50): the LSTM of text-lstm, 20 epochs.',
    settings: {
      ...TEXT_LSTM,
      ...WIDE_START,
      data: 'trec-6',
      maxLength: 40,
      minCount: 1,
      learningRate: 0.002,
      epochs: 20,
    },
  },
  'sst2-lstm': {
    description: 'Sentences of film reviews (SST-2), positive or negative: the LSTM of text-lstm.',
    settings: { ...TEXT_LSTM, data: 'sst2', maxLength: 60, learningRate: 0.003 },
  },
  'spam-lstm': {
    description: 'Ham or spam (SpamAssassin, comes with the package): a small LSTM, half a minute.',
    settings: {
      ...TEXT_LSTM,
      ...WIDE_START,
      data: 'spam-assassin',
      hidden: 64,
      embedding: 64,
      density: 0.1,
      maxLength: 200,
      learningRate: 0.01,
    },
  },
  csv: {
    description: 'Your own labelled texts: --set data=csv:reviews.csv --set csvText=text --set csvLabel=stars ...',
    settings: { ...TEXT_LSTM, ...WIDE_START, data: 'csv:', learningRate: 0.005 },
  },
};
