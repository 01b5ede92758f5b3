import {
  createEngine,
  createLanguageModelTrainer,
  createTextClassifierTrainer,
  type Engine,
  findMethod,
} from '@sparse-rnn/core';
import { LanguageModelBatches, loadLanguageCorpus, loadTextCorpus, TextBatches } from '@sparse-rnn/datasets';
import { withoutFolders } from '../specs/places.ts';
import type { RunSpec } from '../specs/schema.ts';
import { classifierSettings, languageModelSettings, textSettings, trainingSettings } from '../specs/settings.ts';
import { describeTexts, listUnusable } from './corpusNotes.ts';
import type { OpenWorkbench, Workbench } from './types.ts';

/** Loads the corpus, starts the engine and builds the model of a spec. */
export const openWorkbench: OpenWorkbench = async (spec, options) => {
  const build = await (spec.task === 'classification' ? classification(spec) : languageModelling(spec));
  const engine = await createEngine(options);
  try {
    const bench = build(engine);
    const method = findMethod(spec.method);
    return {
      ...bench,
      startsDense: method.startsDense && !method.dense,
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
  const used = {
    train: firstShare(corpus.train, spec.dataShare),
    validation: firstShare(corpus.validation, spec.dataShare),
    test: firstShare(corpus.test, spec.dataShare),
  };
  const train = new LanguageModelBatches(used.train, spec.batch, spec.window);
  const parts = {
    validation: new LanguageModelBatches(used.validation, spec.evaluationBatch, spec.window),
    test: new LanguageModelBatches(used.test, spec.evaluationBatch, spec.window),
  };
  return engine => {
    const settings = languageModelSettings(spec, corpus.vocabulary.length);
    const trainer = createLanguageModelTrainer(settings, trainingSettings(spec), train, engine);
    return {
      trainer,
      stepsPerEpoch: train.stepsPerEpoch,
      evaluate: (part, tick) => trainer.evaluate(parts[part], tick),
      dataset: {
        name: withoutFolders(corpus.name),
        sha256: corpus.sha256,
        vocabulary: corpus.vocabulary.length,
        tokens: { train: used.train.length, validation: used.validation.length, test: used.test.length },
      },
    };
  };
}

function firstShare(tokens: Int32Array, share: number): Int32Array {
  return share === 1 ? tokens : tokens.subarray(0, Math.ceil(share * tokens.length));
}

async function classification(spec: RunSpec): Promise<Build> {
  const corpus = await loadTextCorpus(spec.data, textSettings(spec));
  const train = new TextBatches(corpus.train, { batch: spec.batch, seed: spec.seed, shuffle: true });
  const inOrder = { batch: spec.evaluationBatch, seed: spec.seed, shuffle: false };
  const parts = {
    validation: new TextBatches(corpus.validation, inOrder),
    test: new TextBatches(corpus.test, inOrder),
  };
  return engine => {
    const settings = classifierSettings(spec, corpus.vocabulary.length, corpus.classes.length);
    const trainer = createTextClassifierTrainer(settings, trainingSettings(spec), train, engine);
    return {
      trainer,
      stepsPerEpoch: train.stepsPerEpoch,
      evaluate: (part, tick) => trainer.evaluate(parts[part], tick),
      dataset: describeTexts(corpus),
      files: listUnusable(corpus),
    };
  };
}
