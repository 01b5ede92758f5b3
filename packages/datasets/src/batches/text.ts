import type { TextPart } from '../classification/corpus.ts';
import { DataError } from '../errors.ts';
import { RandomWords, shuffle } from '../random.ts';
import { PAD_ID } from '../text/vocabulary.ts';
import { type BatchPosition, checkPosition, requirePositive } from './position.ts';

/** One batch of texts, longest first: columns are (t, b), t outermost; index `t * B + b`. */
export interface TextBatch {
  /** Token ids, `[T*B]`; 0 (`<pad>`) from a text's end on. */
  ids: Int32Array;
  /** Tokens of each text, `[B]`, never increasing. */
  lengths: Int32Array;
  /** Class numbers, `[B]`. */
  labels: Int32Array;
  /** Time steps T: the length of the first text. */
  steps: number;
  /** True for the first batch of an epoch. */
  newEpoch: boolean;
}

/** How the texts of a part are batched. */
export interface TextBatchOptions {
  /** Texts of a batch, B. */
  batch: number;
  /** Seed of the order. */
  seed: number;
  /** True for training; false for evaluation, where every epoch is the same: all texts, longest first. */
  shuffle: boolean;
  /**
   * Groups of similar length that a training batch is drawn from; 1 draws from all texts. Default 16: padding costs
   * little then, and a batch still has a large choice of companions.
   */
  buckets?: number;
}

/**
 * Batches of texts, every text exactly once per epoch; the last texts make a smaller batch. Endless: one epoch follows
 * the other.
 *
 * In training, the texts in order of length are cut into `buckets` groups of equal size. In each epoch each group is
 * shuffled, the groups are joined, cut into batches, and the batches are shuffled; which of them is the smaller one is
 * drawn as well. The order is a function of seed and epoch alone, so a position is all that resuming needs.
 *
 * @example
 * const batches = new TextBatches(corpus.train, { batch: 64, seed: 1, shuffle: true });
 * const { ids, lengths, labels, steps } = batches.next();
 */
export class TextBatches {
  /** Texts of a batch, B; the smaller one of an epoch has fewer. */
  readonly batch: number;
  /** Batches of one epoch, `ceil(N / B)`. */
  readonly stepsPerEpoch: number;
  private readonly options: Required<TextBatchOptions>;
  /** Indices of the texts in order of length, shortest first; ties in the order of the part. */
  private readonly byLength: Int32Array;
  private epoch = 0;
  private step = 0;
  /** The batches of an epoch, as indices of texts; undefined until they are asked for. */
  private plan: { epoch: number; batches: Int32Array[] } | undefined;

  /**
   * @param part the texts, kept by reference
   * @throws DataError (`usage`) for an option out of range, a part without a text, or one with an empty text
   */
  constructor(
    private readonly part: TextPart,
    options: TextBatchOptions,
  ) {
    this.options = { buckets: 16, ...options };
    requirePositive('batch', this.options.batch);
    requirePositive('buckets', this.options.buckets);
    const { texts, labels } = part;
    if (texts.length === 0 || texts.length !== labels.length || texts.some(text => text.length === 0)) {
      throw new DataError('usage', {
        expected: 'at least one text, a label for each, and a token in each',
        came: `${texts.length} texts (${texts.filter(text => text.length === 0).length} empty), ${labels.length} labels`,
        advice: 'use a part of a corpus that loadTextCorpus returns',
      });
    }
    this.batch = this.options.batch;
    this.stepsPerEpoch = Math.ceil(texts.length / this.batch);
    this.byLength = Int32Array.from(texts, (_, i) => i).sort((a, b) => texts[a].length - texts[b].length || a - b);
    // A bad seed is reported here, not in the middle of a run.
    new RandomWords(this.options.seed);
  }

  /** The next batch, in arrays of its own. */
  next(): TextBatch {
    if (this.plan?.epoch !== this.epoch) {
      const batches = this.options.shuffle ? this.shuffled(this.epoch) : this.sorted();
      this.plan = { epoch: this.epoch, batches };
    }
    const batch = this.fill(this.plan.batches[this.step], this.step === 0);
    if (++this.step === this.stepsPerEpoch) {
      this.step = 0;
      this.epoch++;
    }
    return batch;
  }

  /** Where the next batch lies; plain JSON. Together with part and options it is the whole state. */
  position(): BatchPosition {
    return { epoch: this.epoch, step: this.step };
  }

  /**
   * Goes to a position, so that `next` returns exactly what it would have returned there.
   *
   * @throws DataError (`usage`) if the position does not exist for this part and batch
   */
  seek(position: BatchPosition): void {
    checkPosition(position, this.stepsPerEpoch);
    this.epoch = position.epoch;
    this.step = position.step;
  }

  /** The batches of one epoch of evaluation: longest texts first, so that memory is at its peak at once. */
  private sorted(): Int32Array[] {
    const order = this.byLength.toReversed();
    return Array.from({ length: this.stepsPerEpoch }, (_, k) => order.slice(k * this.batch, (k + 1) * this.batch));
  }

  /** The batches of one epoch of training. */
  private shuffled(epoch: number): Int32Array[] {
    const { seed, buckets } = this.options;
    const order = this.byLength.slice();
    const n = order.length;
    const texts = new RandomWords(seed, 'texts', epoch);
    for (let k = 0; k < buckets && k < n; k++) {
      const groups = Math.min(buckets, n);
      shuffle(order.subarray(Math.floor((k * n) / groups), Math.floor(((k + 1) * n) / groups)), texts);
    }
    const sequence = new RandomWords(seed, 'batches', epoch);
    const smaller = sequence.integer(this.stepsPerEpoch);
    const lack = this.stepsPerEpoch * this.batch - n;
    const start = (k: number): number => k * this.batch - (k > smaller ? lack : 0);
    const numbers = shuffle(
      Int32Array.from({ length: this.stepsPerEpoch }, (_, k) => k),
      sequence,
    );
    return Array.from(numbers, k => order.slice(start(k), start(k + 1)));
  }

  private fill(indices: Int32Array, newEpoch: boolean): TextBatch {
    const { texts, labels } = this.part;
    // Ties keep the order that was drawn: sorting is stable.
    const longestFirst = indices.toSorted((a, b) => texts[b].length - texts[a].length);
    const size = indices.length;
    const steps = texts[longestFirst[0]].length;
    const ids = new Int32Array(steps * size).fill(PAD_ID);
    longestFirst.forEach((index, b) => {
      const text = texts[index];
      for (let t = 0; t < text.length; t++) ids[t * size + b] = text[t];
    });
    return {
      ids,
      lengths: longestFirst.map(index => texts[index].length),
      labels: longestFirst.map(index => labels[index]),
      steps,
      newEpoch,
    };
  }
}
