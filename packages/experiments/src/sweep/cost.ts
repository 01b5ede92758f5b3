import { describeLanguageModel, describeTextClassifier } from '@sparse-rnn/core';
import { listCorpora, loadLanguageCorpus, loadTextCorpus } from '@sparse-rnn/datasets';
import { openWorkbench } from '../run/workbench.ts';
import type { RunSpec } from '../specs/schema.ts';
import { classifierSettings, languageModelSettings, textSettings, trainingSettings } from '../specs/settings.ts';
import { canonicalJson } from '../specs/spec.ts';

/** What a run will take. */
export interface RunCost {
  /** Trained numbers. */
  parameters: number;
  /** Training FLOPs of the whole run by the counting rule; what the method takes beside its steps is left out. */
  flops: number;
}

/** What there is to know of a corpus before a run. */
interface CorpusSize {
  vocabulary: number;
  classes: number;
  trainTokens: number;
}

/** Counts what runs take; each corpus is looked at once. */
export class CostCounter {
  private readonly sizes = new Map<string, Promise<CorpusSize>>();

  async cost(spec: RunSpec): Promise<RunCost> {
    const { vocabulary, classes, trainTokens } = await this.size(spec);
    const training = trainingSettings(spec);
    const { parameters, flops } =
      spec.task === 'classification'
        ? describeTextClassifier(classifierSettings(spec, vocabulary, classes), training)
        : describeLanguageModel(languageModelSettings(spec, vocabulary), training);
    return { parameters: parameters.total, flops: flops.training * trainTokens * spec.dataShare * spec.epochs };
  }

  private size(spec: RunSpec): Promise<CorpusSize> {
    const key = spec.task === 'classification' ? JSON.stringify([spec.data, textSettings(spec)]) : spec.data;
    const known = this.sizes.get(key) ?? measure(spec);
    this.sizes.set(key, known);
    return known;
  }
}

async function measure(spec: RunSpec): Promise<CorpusSize> {
  if (spec.task === 'classification') {
    const { vocabulary, classes, train } = await loadTextCorpus(spec.data, textSettings(spec));
    const trainTokens = train.texts.reduce((sum, text) => sum + text.length, 0);
    return { vocabulary: vocabulary.length, classes: classes.length, trainTokens };
  }
  const info = listCorpora().find(({ name }) => name === spec.data);
  if (info?.vocabularySize !== undefined && info.tokenCounts !== undefined) {
    return { vocabulary: info.vocabularySize, classes: 0, trainTokens: info.tokenCounts.train };
  }
  const corpus = await loadLanguageCorpus(spec.data);
  return { vocabulary: corpus.vocabulary.length, classes: 0, trainTokens: corpus.tokenCounts.train };
}

const CALIBRATION_STEPS = 4;

/**
 * Estimates the training seconds of runs from a few real steps on this machine, one calibration for all seeds of a
 * setting. Evaluation and topology updates are left out.
 *
 * @param told called with every setting that is calibrated.
 */
export async function calibrate(
  specs: readonly Readonly<RunSpec>[],
  threads: number | undefined,
  told: (done: number, of: number) => void,
): Promise<Map<Readonly<RunSpec>, number>> {
  const keyOf = (spec: RunSpec) => canonicalJson({ ...spec, seed: 0, epochs: 1 });
  const settings = new Map(specs.map(spec => [keyOf(spec), spec]));
  const stepMs = new Map<string, { ms: number; stepsPerEpoch: number }>();
  for (const [key, spec] of settings) {
    told(stepMs.size, settings.size);
    const bench = await openWorkbench(spec, { threads });
    bench.engine.busy(true);
    let ms = Number.POSITIVE_INFINITY;
    for (let step = 0; step < CALIBRATION_STEPS; step++) {
      const begin = performance.now();
      bench.trainer.step();
      // The first step runs in the baseline compiler.
      if (step > 0) ms = Math.min(ms, performance.now() - begin);
    }
    bench.engine.busy(false);
    stepMs.set(key, { ms, stepsPerEpoch: bench.stepsPerEpoch });
    await bench.dispose();
  }
  return new Map(
    specs.map(spec => {
      const { ms, stepsPerEpoch } = stepMs.get(keyOf(spec))!;
      return [spec, (ms * stepsPerEpoch * spec.epochs) / 1000];
    }),
  );
}
