import type { LanguageModelSettings, TextClassifierSettings, TrainingSettings } from '@sparse-rnn/core';
import type { CsvSettings, TextSettings } from '@sparse-rnn/datasets';
import type { RunSpec } from './schema.ts';
import { UsageError } from './usageError.ts';

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
    sparse: {
      embedding: spec.sparseEmbedding,
      input: spec.sparseRecurrent && spec.sparseGates !== 'recurrent',
      recurrent: spec.sparseRecurrent && spec.sparseGates !== 'input',
      decoder: spec.sparseDecoder,
    },
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
      nonMonotone: spec.nonMonotone,
      averageBy: spec.averageBy,
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
      regrow: spec.regrow,
    },
    rules: { drop: named(spec.drop), redistribute: named(spec.redistribute), grow: named(spec.grow) },
    prune: { steps: spec.pruneSteps, begin: spec.pruneBegin, end: spec.pruneEnd },
  };
}

/** A rule's name, or nothing where the method's own stays. */
function named(rule: string): string | undefined {
  return rule === 'method' ? undefined : rule;
}

/** How the texts of a spec for classification are read. */
export function textSettings(spec: RunSpec): TextSettings {
  const { minCount, maxVocabulary, maxLength, validationShare, testShare, splitSeed } = spec;
  const shared = { minCount, maxVocabulary, maxLength, validationShare, testShare, splitSeed };
  return spec.data.startsWith('csv:') ? { ...shared, csv: csvSettings(spec) } : shared;
}

/** The settings of a `csv:` file; a spec is flat, so lists and classes are written as texts. */
function csvSettings(spec: RunSpec): CsvSettings {
  const columns = list(spec.csvText).map(column);
  return {
    text: columns,
    label: column(spec.csvLabel),
    quotes: spec.csvQuotes,
    ...(spec.csvHeader !== 'auto' && { header: spec.csvHeader === 'yes' }),
    ...(spec.csvDelimiter !== 'auto' && { delimiter: spec.csvDelimiter === 'tab' ? '\t' : spec.csvDelimiter }),
    ...(spec.csvEncoding !== 'auto' && { encoding: spec.csvEncoding }),
    ...(spec.csvClasses !== 'auto' && { classes: classes(spec.csvClasses) }),
    ...(spec.csvLeaveOut !== '' && { leaveOut: list(spec.csvLeaveOut) }),
    ...(spec.csvTest !== '' && { testFile: spec.csvTest }),
  };
}

function list(text: string): string[] {
  return text.split(',').map(each => each.trim());
}

function column(text: string): string | number {
  return /^\d+$/.test(text) ? Number(text) : text;
}

function classes(text: string): Record<string, string[]> {
  return Object.fromEntries(
    text.split(';').map(each => {
      const [name, labels] = each.split('=');
      if (!name?.trim() || !labels?.trim()) {
        throw new UsageError(
          `csvClasses: expected classes as name=label,label;name=label, got '${text}'. For example negative=1,2;positive=4,5.`,
        );
      }
      return [name.trim(), list(labels)];
    }),
  );
}
