import { describeLanguageModel, describeTextClassifier, findMethod } from '@sparse-rnn/core';
import { listCorpora, loadLanguageCorpus, loadTextCorpus } from '@sparse-rnn/datasets';
import type { OpenWorkbench } from '../run/types.ts';
import { openWorkbench } from '../run/workbench.ts';
import type { RunSpec } from '../specs/schema.ts';
import { classifierSettings, languageModelSettings, textSettings, trainingSettings } from '../specs/settings.ts';
import { canonicalJson } from '../specs/spec.ts';

/** What a run will take. */
export interface RunCost {
  /** Trained numbers; of a method that prunes, those at the end. */
  parameters: number;
  /** Training FLOPs of the whole run by the counting rule, with what the method takes beside its steps. */
  flops: number;
  /** Whether the run takes exactly these; else they are an estimate (`PlannedFlops`). */
  exact: boolean;
  /** Tokens that the whole run reads in training. */
  tokens: number;
  /** Of a method that prunes on the way: how much of its cost between that of the sparse and the dense model remains on average, in [0, 1]. */
  denseShare: number;
}

/** What there is to know of a corpus before a run. */
interface CorpusSize {
  vocabulary: number;
  classes: number;
  trainTokens: number;
  /** Texts of the training part; 0 of a corpus for language models. */
  trainTexts: number;
}

/** Counts what runs take; each corpus is looked at once. */
export class CostCounter {
  private readonly sizes = new Map<string, Promise<CorpusSize>>();

  async cost(spec: RunSpec): Promise<RunCost> {
    const size = await this.size(spec);
    const training = trainingSettings(spec);
    const { parameters, flops, plannedFlops } =
      spec.task === 'classification'
        ? describeTextClassifier(classifierSettings(spec, size.vocabulary, size.classes), training)
        : describeLanguageModel(languageModelSettings(spec, size.vocabulary), training);
    const epoch = epochOf(spec, size);
    const tokens = epoch.tokens * spec.epochs;
    const planned = plannedFlops(epoch.steps);
    const saved = flops.denseTraining - flops.training;
    return {
      parameters: parameters.total,
      flops: (planned.training + planned.method) * tokens,
      exact: planned.exact,
      tokens,
      denseShare: findMethod(spec.method).prune && saved > 0 ? (planned.training - flops.training) / saved : 0,
    };
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
    const trainTexts = train.texts.length;
    return { vocabulary: vocabulary.length, classes: classes.length, trainTokens, trainTexts };
  }
  const info = listCorpora().find(({ name }) => name === spec.data);
  if (info?.vocabularySize !== undefined && info.tokenCounts !== undefined) {
    return { vocabulary: info.vocabularySize, classes: 0, trainTokens: info.tokenCounts.train, trainTexts: 0 };
  }
  const corpus = await loadLanguageCorpus(spec.data);
  return { vocabulary: corpus.vocabulary.length, classes: 0, trainTokens: corpus.tokenCounts.train, trainTexts: 0 };
}

/** Steps of an epoch, and the tokens that it reads: as `TextBatches` and `LanguageModelBatches` have them. */
function epochOf(
  { task, dataShare, batch, window }: RunSpec,
  { trainTokens, trainTexts }: CorpusSize,
): { steps: number; tokens: number } {
  if (task === 'classification') return { steps: Math.ceil(trainTexts / batch), tokens: trainTokens };
  const stream = Math.floor(Math.ceil(dataShare * trainTokens) / batch);
  // A text that does not fill one window is refused by the run itself.
  const steps = Math.max(1, Math.floor((stream - 1) / window));
  return { steps, tokens: steps * batch * window };
}

/** A setting is calibrated with at least so many steps, and for so many milliseconds. */
const CALIBRATION = { steps: 4, ms: 500 };

/**
 * Estimates the training seconds of runs from real steps on this machine, one calibration for all seeds of a setting: at
 * least four steps and half a second, of which the later half of the steps counts, when all code is compiled. Time goes by
 * tokens, as the steps of a classifier are of any length. A run that is pruned on the way is between its steps before that
 * and those of a `static` one of its density, by its FLOPs. Evaluation is left out, and so are topology updates but those that
 * come soon.
 *
 * @param costs of every spec.
 * @param told called with every setting that is calibrated.
 * @param open opens the workbench of a spec.
 */
export async function calibrate(
  costs: ReadonlyMap<Readonly<RunSpec>, Pick<RunCost, 'tokens' | 'denseShare'>>,
  threads: number | undefined,
  told: (done: number, of: number) => void,
  open: OpenWorkbench = openWorkbench,
): Promise<Map<Readonly<RunSpec>, number>> {
  const keyOf = (spec: RunSpec) => canonicalJson({ ...spec, seed: 0, epochs: 1 });
  // What is calibrated of a run that is pruned on the way: before its pruning, which never comes, and after it.
  const denseOf = (spec: RunSpec): RunSpec => ({ ...spec, pruneBegin: 1, pruneEnd: 1 });
  const sparseOf = (spec: RunSpec): RunSpec => ({ ...spec, method: 'static' });
  const settings = new Map<string, Readonly<RunSpec>>();
  for (const [spec, { denseShare }] of costs) {
    for (const each of denseShare > 0 ? [denseOf(spec), sparseOf(spec)] : [spec]) {
      if (!settings.has(keyOf(each))) settings.set(keyOf(each), each);
    }
  }
  const perToken = new Map<string, number>();
  for (const [key, spec] of settings) {
    told(perToken.size, settings.size);
    perToken.set(key, await secondsPerToken(spec, threads, open));
  }
  const seconds = ([spec, { tokens, denseShare }]: [RunSpec, Pick<RunCost, 'tokens' | 'denseShare'>]) => {
    if (denseShare === 0) return tokens * perToken.get(keyOf(spec))!;
    const [dense, sparse] = [denseOf(spec), sparseOf(spec)].map(each => perToken.get(keyOf(each))!);
    return tokens * (sparse + denseShare * (dense - sparse));
  };
  return new Map([...costs].map(each => [each[0], seconds(each)]));
}

async function secondsPerToken(
  spec: Readonly<RunSpec>,
  threads: number | undefined,
  open: OpenWorkbench,
): Promise<number> {
  const bench = await open(spec, { threads });
  bench.engine.busy(true);
  const steps: { ms: number; tokens: number }[] = [];
  const begin = performance.now();
  for (let last = begin; steps.length < CALIBRATION.steps || last - begin < CALIBRATION.ms; ) {
    const { tokens } = bench.trainer.step();
    const now = performance.now();
    steps.push({ ms: now - last, tokens });
    last = now;
  }
  bench.engine.busy(false);
  await bench.dispose();
  const counted = steps.slice(Math.floor(steps.length / 2));
  const sum = (of: 'ms' | 'tokens') => counted.reduce((total, step) => total + step[of], 0);
  return sum('ms') / sum('tokens') / 1000;
}
