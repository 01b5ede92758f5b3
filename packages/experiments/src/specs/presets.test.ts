import { readFileSync } from 'node:fs';
import { cellNames, describeLanguageModel, methodNames } from '@sparse-rnn/core';
import { describe, expect, it } from 'vitest';
import { planExhibit } from '../sweep/plan.ts';
import { findExhibits } from './catalogue.ts';
import { knownNames } from './knownNames.ts';
import { PRESETS } from './presets.ts';
import { type SpecSettings, specSchema } from './schema.ts';
import { languageModelSettings, trainingSettings } from './settings.ts';
import { createSpec } from './spec.ts';

const readme = readFileSync(new URL('../../../../README.md', import.meta.url), 'utf8');

it.each([
  ['preset', Object.keys(PRESETS)],
  ['method', methodNames()],
  ['cell', cellNames()],
  ['optimizer', specSchema.shape.optimizer.options],
])('README.md names every %s', (_, names) => {
  expect(names.filter(name => !readme.includes(`\`${name}\``))).toEqual([]);
});

/** The recipe of Selfish-RNN for stacked LSTMs on PTB, of which SET differs in its rules alone. */
const PTB_LSTM: SpecSettings = {
  ...{ cell: 'lstm', method: 'set', data: 'ptb', tied: false, layers: 2, hidden: 1500, embedding: 1500, density: 0.33 },
  ...{ dropoutKind: 'elementwise', dropoutInput: 0.65, dropoutBetween: 0.65, dropoutOutput: 0.65, dropoutWord: 0 },
  ...{ sparseEmbedding: true, sparseRecurrent: true, sparseDecoder: true, distribution: 'uniform' },
  ...{
    batch: 20,
    window: 35,
    epochs: 100,
    optimizer: 'sgd',
    learningRate: 40,
    decayFactor: 1,
    clip: 0.25,
    loss: 'mean',
  },
  ...{ weightDecay: 1.2e-6, initRecurrent: 1 / Math.sqrt(1500), initEmbedding: 0.1, initDecoder: 0.1 },
  ...{ removalRate: 0.7, rateSchedule: 'cosine', endRate: 0.005, updateSteps: 0, updateStop: 1, dataShare: 1 },
};

describe('the recipes as published, which the scale paper trains', () => {
  const recipes: [string, SpecSettings][] = [
    ['ptb-lstm', PTB_LSTM],
    ['wt2-lstm', { ...PTB_LSTM, data: 'wikitext-2', tied: true, epochs: 40 }],
    [
      'ptb-rhn',
      {
        ...{ cell: 'rhn', method: 'set', data: 'ptb', tied: true, layers: 1, depth: 10, hidden: 830, embedding: 830 },
        ...{ density: 0.472, epochs: 500, learningRate: 15, clip: 0.25, weightDecay: 1.2e-6, removalRate: 0.5 },
        ...{ dropoutKind: 'locked', dropoutInput: 0.65, dropoutOutput: 0.65, dropoutState: 0.25, dropoutWord: 0.2 },
        ...{ batch: 20, window: 35, optimizer: 'sgd', rateSchedule: 'cosine', transformBias: -2, dataShare: 1 },
      },
    ],
    [
      'text-lstm',
      {
        ...{ cell: 'lstm', method: 'set', data: 'imdb', task: 'classification', bidirectional: false, layers: 1 },
        ...{ hidden: 256, embedding: 256, density: 0.04, batch: 64, maxLength: 400, optimizer: 'adam', beta1: 0.9 },
        // What docs/sweeps.md names as ours.
        ...{ learningRate: 0.003, decayFactor: 0.6, decayAfter: 4, epochs: 6, initEmbedding: 0.5, initRecurrent: 0.3 },
        ...{ dropoutInput: 0.5, dropoutOutput: 0.5, sparseDecoder: false, clip: 1, removalRate: 0.3 },
      },
    ],
  ];
  it.each(recipes)('%s', (name, recipe) => {
    expect(createSpec(name, {}, knownNames())).toMatchObject(recipe);
  });

  it.each([
    ['ptb-lstm', 10_000, 66.0, 21.8],
    ['ptb-rhn', 10_000, 23.5, 11.1],
  ])('%s has as many weights', (name, vocabulary, denseMillions, millions) => {
    const spec = createSpec(name, {}, knownNames());
    const { parameters } = describeLanguageModel(languageModelSettings(spec, vocabulary), trainingSettings(spec));
    expect((parameters.dense / 1e6).toFixed(1)).toBe(denseMillions.toFixed(1));
    expect((parameters.total / 1e6).toFixed(1)).toBe(millions.toFixed(1));
  });

  it.each([
    ['table-1', 'ptb-lstm'],
    ['table-2', 'ptb-rhn'],
    ['table-3', 'wt2-lstm'],
    ['table-4', 'text-lstm'],
  ])('%s trains %s as it is', (table, preset) => {
    const { runs } = planExhibit(findExhibits([table])[0], 'paper');
    const ofSet = runs.map(({ spec }) => spec).filter(spec => spec.preset === preset && spec.method === 'set');
    expect(ofSet.length).toBeGreaterThanOrEqual(3);
    for (const spec of ofSet) expect(spec).toEqual(createSpec(preset, { seed: spec.seed }, knownNames()));
  });
});
