import { createEngine, createLanguageModelTrainer } from '@sparse-rnn/core';
import { LanguageModelBatches, loadLanguageCorpus } from '@sparse-rnn/datasets';
import { modelSettings, trainingSettings } from '../specs/settings.ts';
import type { OpenWorkbench } from './types.ts';

/** Loads the corpus, starts the engine and builds the model of a spec. */
export const openWorkbench: OpenWorkbench = async (spec, options) => {
  const corpus = await loadLanguageCorpus(spec.data);
  const train = new LanguageModelBatches(corpus.train, spec.batch, spec.window);
  const validation = new LanguageModelBatches(corpus.validation, spec.evaluationBatch, spec.window);
  const test = new LanguageModelBatches(corpus.test, spec.evaluationBatch, spec.window);
  const engine = await createEngine(options);
  try {
    const settings = modelSettings(spec, corpus.vocabulary.length);
    const trainer = createLanguageModelTrainer(settings, trainingSettings(spec), train, engine);
    return {
      trainer,
      stepsPerEpoch: train.stepsPerEpoch,
      validation,
      test,
      dataset: {
        name: corpus.name,
        sha256: corpus.sha256,
        vocabulary: corpus.vocabulary.length,
        tokens: { ...corpus.tokenCounts },
      },
      engine,
      async dispose() {
        trainer.dispose();
        await engine.dispose();
      },
    };
  } catch (error) {
    await engine.dispose();
    throw error;
  }
};
