import { DataError } from '../errors.ts';
import { type BatchPosition, checkPosition, requirePositive } from './position.ts';

/** One window of a language model: columns are (t, b), t outermost; index `t * B + b`. */
export interface LanguageModelWindow {
  /** Token ids fed to the model, `[T*B]`. */
  inputs: Int32Array;
  /** The tokens that follow them in their streams, `[T*B]`. */
  targets: Int32Array;
  /** True for the first window of an epoch: the recurrent state starts at zero there. */
  newEpoch: boolean;
}

/**
 * Cuts N tokens into B contiguous streams of `S = floor(N / B)` tokens and walks them in windows of T steps.
 *
 * Stream b is `tokens[b*S ... (b+1)*S)`; the N - B*S tokens left over at the end are dropped. Window k holds the tokens
 * `[k*T, (k+1)*T)` of every stream, its targets are the tokens `[k*T + 1, (k+1)*T + 1)`: each stream continues in the
 * next window at the token that was the last target. There are `floor((S - 1) / T)` windows; a shorter rest is dropped.
 * Endless: the epoch after the last window is followed by the next, over the same windows.
 *
 * @example
 * const batches = new LanguageModelBatches(corpus.train, 20, 35);
 * const { inputs, targets, newEpoch } = batches.next();
 */
export class LanguageModelBatches {
  /** Windows in one epoch. */
  readonly stepsPerEpoch: number;
  /** Tokens predicted in one epoch: `stepsPerEpoch * window * batch`. */
  readonly tokensPerEpoch: number;
  /** Tokens of one stream, S. */
  readonly streamLength: number;
  private epoch = 0;
  private step = 0;

  /**
   * @param tokens token ids, kept by reference
   * @param batch streams B, at least 1
   * @param window time steps T, at least 1
   * @throws DataError (`usage`) if B or T is no positive whole number, or the tokens do not fill one window
   */
  constructor(
    private readonly tokens: Int32Array,
    readonly batch: number,
    readonly window: number,
  ) {
    requirePositive('batch', batch);
    requirePositive('window', window);
    this.streamLength = Math.floor(tokens.length / batch);
    this.stepsPerEpoch = Math.max(0, Math.floor((this.streamLength - 1) / window));
    this.tokensPerEpoch = this.stepsPerEpoch * window * batch;
    if (this.stepsPerEpoch === 0) {
      throw new DataError('usage', {
        expected: `at least batch * (window + 1) = ${batch} * ${window + 1} = ${batch * (window + 1)} tokens`,
        came: `${tokens.length} tokens`,
        advice: 'use a smaller batch or window, or a larger corpus',
      });
    }
  }

  /** The next window, in arrays of its own. */
  next(): LanguageModelWindow {
    const { batch, window, streamLength, tokens } = this;
    const inputs = new Int32Array(window * batch);
    const targets = new Int32Array(window * batch);
    for (let b = 0; b < batch; b++) {
      const start = b * streamLength + this.step * window;
      for (let t = 0; t < window; t++) {
        inputs[t * batch + b] = tokens[start + t];
        targets[t * batch + b] = tokens[start + t + 1];
      }
    }
    const newEpoch = this.step === 0;
    if (++this.step === this.stepsPerEpoch) {
      this.step = 0;
      this.epoch++;
    }
    return { inputs, targets, newEpoch };
  }

  /** Where the next window lies; plain JSON. Together with tokens, B and T it is the whole state. */
  position(): BatchPosition {
    return { epoch: this.epoch, step: this.step };
  }

  /**
   * Goes to a position, so that `next` returns exactly what it would have returned there.
   *
   * @throws DataError (`usage`) if the position does not exist for these tokens, B and T
   */
  seek({ epoch, step }: BatchPosition): void {
    checkPosition({ epoch, step }, this.stepsPerEpoch);
    this.epoch = epoch;
    this.step = step;
  }
}
