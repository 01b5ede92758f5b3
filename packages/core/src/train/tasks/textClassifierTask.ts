import { tensor1d, tidy } from '@tensorflow/tfjs-core';
import { classifierLoss, classScores, type TextClassifier } from '../../models/textClassifier.ts';
import { softmaxCrossEntropy } from '../../ops/softmaxCrossEntropy/contract.ts';
import type { Evaluation, Snapshot, TextBatch, TextSource } from '../types.ts';
import { checkPosition, type DropoutKey, overEpoch, type Task } from './task.ts';

/** Giving texts a class each. Nothing is carried from batch to batch. */
export class TextClassifierTask implements Task<TextSource> {
  readonly stepsPerEpoch: number;
  readonly lossScale = 1;
  private batch: TextBatch | undefined;

  constructor(
    readonly model: TextClassifier,
    private readonly source: TextSource,
  ) {
    this.stepsPerEpoch = source.stepsPerEpoch;
  }

  next() {
    this.batch = this.source.next();
    const { ids, lengths, labels } = this.batch;
    const tokens = lengths.reduce((sum, n) => sum + n, 0);
    return { predictions: labels.length, tokens, batch: labels.length, steps: ids.length / labels.length };
  }

  loss(key: DropoutKey) {
    const { ids, lengths, labels } = this.batch!;
    return classifierLoss(this.model, { ids: tensor1d(ids, 'int32'), lengths }, tensor1d(labels, 'int32'), key);
  }

  commit(): void {}

  mark(): () => void {
    const position = this.source.position();
    return () => this.source.seek(position);
  }

  evaluate(source: TextSource, tick?: (done: number, of: number) => void): Evaluation {
    const { classes } = this.model.settings;
    const confusion = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
    let total = 0;
    let predictions = 0;
    const visit = ({ ids, lengths, labels }: TextBatch) => {
      const batch = labels.length;
      tidy(() => {
        const scores = classScores(this.model, { ids: tensor1d(ids, 'int32'), lengths }, null);
        total += softmaxCrossEntropy(scores, tensor1d(labels, 'int32')).dataSync()[0] * batch;
        const values = scores.dataSync();
        labels.forEach((label, b) => {
          confusion[label][largest(values, classes, batch, b)]++;
        });
      });
      predictions += batch;
    };
    overEpoch(source, visit, tick);
    return { loss: total / predictions, predictions, confusion };
  }

  save(): Snapshot {
    return { tensors: {}, state: { position: this.source.position() } };
  }

  check(snapshot: Snapshot): void {
    checkPosition(this.source, snapshot);
  }

  load({ state }: Snapshot): void {
    this.source.seek(state.position as { epoch: number; step: number });
  }

  dispose(): void {}
}

/** The class with the highest score in column b; of equal ones the first. */
function largest(scores: ArrayLike<number>, classes: number, batch: number, b: number): number {
  let best = 0;
  for (let c = 1; c < classes; c++) if (scores[c * batch + b] > scores[best * batch + b]) best = c;
  return best;
}
