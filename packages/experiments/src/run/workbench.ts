import { createEngine, createLanguageModelTrainer, type Engine } from '@sparse-rnn/core';
import { LanguageModelBatches, loadLanguageCorpus } from '@sparse-rnn/datasets';
import type { RunSpec } from '../specs/schema.ts';
import { languageModelSettings, trainingSettings } from '../specs/settings.ts';
import type { OpenWorkbench, Workbench } from './types.ts';

/** Loads the corpus, starts the engine and builds the model of a spec. */
export const openWorkbench: OpenWorkbench = async (spec, options) => {
  const build = await languageModelling(spec);
  const engine = await createEngine(options);
  try {
    const bench = build(engine);
    return {
      ...bench,
      engine,
      async dispose() {
        bench.trainer.dispose();
        await engine.dispose();
      },
    };
  } catch (error) {
    await engine.dispose();
    throw error;
  }
};

/** A workbench's part that depends on the task, once there is an engine. */
type Build = (engine: Engine) => Omit<Workbench, 'engine' | 'dispose'>;

async function languageModelling(spec: RunSpec): Promise<Build> {
  const corpus = await loadLanguageCorpus(spec.data);
  const train = new LanguageModelBatches(corpus.train, spec.batch, spec.window);
  const parts = {
    validation: new LanguageModelBatches(corpus.validation, spec.evaluationBatch, spec.window),
    test: new LanguageModelBatches(corpus.test, spec.evaluationBatch, spec.window),
  };
  return engine => {
    const settings = languageModelSettings(spec, corpus.vocabulary.length);
    const trainer = createLanguageModelTrainer(settings, trainingSettings(spec), train, engine);
    return {
      trainer,
      stepsPerEpoch: train.stepsPerEpoch,
      evaluate: (part, tick) => trainer.evaluate(parts[part], tick),
      dataset: {
        name: corpus.name,
        sha256: corpus.sha256,
        vocabulary: corpus.vocabulary.length,
        tokens: { ...corpus.tokenCounts },
      },
    };
  };
}
