import type { LanguageModelSettings, TextClassifierSettings, TrainingSettings } from '@sparse-rnn/core';
import type { RunSpec } from './schema.ts';

/** The model's part of a spec for language modelling. */
export function languageModelSettings(spec: RunSpec, vocabulary: number): LanguageModelSettings {
  return {
    vocabulary,
    ...sharedSettings(spec),
    tied: spec.tied,
    dropout: {
      kind: spec.dropoutKind,
      input: spec.dropoutInput,
      between: spec.dropoutBetween,
      output: spec.dropoutOutput,
      word: spec.dropoutWord,
      state: spec.dropoutState,
    },
  };
}

/** The model's part of a spec for classification. */
export function classifierSettings(spec: RunSpec, vocabulary: number, classes: number): TextClassifierSettings {
  return {
    vocabulary,
    classes,
    ...sharedSettings(spec),
    bidirectional: spec.bidirectional,
    output: spec.output,
    dropout: { input: spec.dropoutInput, between: spec.dropoutBetween, output: spec.dropoutOutput },
  };
}

function sharedSettings(spec: RunSpec) {
  return {
    cell: spec.cell,
    depth: spec.depth,
    transformBias: spec.transformBias,
    embedding: spec.embedding,
    hidden: spec.hidden,
    layers: spec.layers,
    init: { recurrent: spec.initRecurrent, embedding: spec.initEmbedding, decoder: spec.initDecoder },
    sparse: { embedding: spec.sparseEmbedding, recurrent: spec.sparseRecurrent, decoder: spec.sparseDecoder },
  };
}

/** The training's part of a spec. */
export function trainingSettings(spec: RunSpec): TrainingSettings {
  return {
    method: spec.method,
    density: spec.density,
    distribution: spec.distribution,
    seed: spec.seed,
    optimizer: {
      name: spec.optimizer,
      momentum: spec.momentum,
      beta1: spec.beta1,
      beta2: spec.beta2,
      epsilon: spec.epsilon,
    },
    learningRate: spec.learningRate,
    decay: { factor: spec.decayFactor, after: spec.decayAfter },
    clip: spec.clip,
    weightDecay: spec.weightDecay,
    loss: spec.loss,
    epochs: spec.epochs,
    update: {
      steps: spec.updateSteps,
      rate: spec.removalRate,
      schedule: spec.rateSchedule,
      endRate: spec.endRate,
      stop: spec.updateStop,
      growStd: spec.growStd,
      gates: spec.gates,
    },
  };
}
