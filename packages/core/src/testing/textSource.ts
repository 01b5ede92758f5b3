import { rng } from '../base/philox.ts';
import type { TextBatch, TextSource, Window, WindowSource } from '../train/types.ts';

/**
 * Windows of a text that can be learned: token n+1 is mostly a fixed function of token n. `stepsPerEpoch` windows, the
 * same in every epoch.
 */
export function learnableSource(
  vocabulary: number,
  batch: number,
  window: number,
  stepsPerEpoch: number,
): WindowSource {
  const stream = rng(5, 'learnable-text');
  const next = Array.from({ length: vocabulary }, () => stream.integer(vocabulary));
  const length = stepsPerEpoch * window + 1;
  const columns = Array.from({ length: batch }, () => {
    const tokens = [stream.integer(vocabulary)];
    while (tokens.length < length) {
      const expected = next[tokens[tokens.length - 1]];
      tokens.push(stream.float() < 0.9 ? expected : stream.integer(vocabulary));
    }
    return tokens;
  });
  let epoch = 0;
  let step = 0;
  return {
    batch,
    window,
    stepsPerEpoch,
    next(): Window {
      if (step === stepsPerEpoch) {
        epoch++;
        step = 0;
      }
      const at = (offset: number) =>
        Int32Array.from({ length: window * batch }, (_, n) => {
          return columns[n % batch][step * window + Math.floor(n / batch) + offset];
        });
      const result = { inputs: at(0), targets: at(1), newEpoch: step === 0 };
      step++;
      return result;
    },
    position: () => ({ epoch, step }),
    seek(position) {
      epoch = position.epoch;
      step = position.step;
    },
  };
}

/**
 * Batches of labelled texts that can be told apart: a text's class is told by one word, which stands somewhere in it among
 * words that say nothing. Lengths differ within a batch; the last batch of an epoch is smaller.
 */
export function tellingSource(vocabulary: number, classes: number, batch: number, stepsPerEpoch: number): TextSource {
  let epoch = 0;
  let step = 0;
  return {
    stepsPerEpoch,
    next(): TextBatch {
      if (step === stepsPerEpoch) {
        epoch++;
        step = 0;
      }
      const stream = rng(7, 'telling-texts', epoch, step);
      step++;
      const size = step === stepsPerEpoch ? Math.max(1, batch - 2) : batch;
      const lengths = Int32Array.from({ length: size }, () => 2 + stream.integer(7)).sort((a, b) => b - a);
      const labels = Int32Array.from({ length: size }, () => stream.integer(classes));
      const ids = new Int32Array(lengths[0] * size);
      lengths.forEach((length, b) => {
        const telling = stream.integer(length);
        for (let t = 0; t < length; t++) {
          ids[t * size + b] = t === telling ? 1 + labels[b] : 1 + classes + stream.integer(vocabulary - classes - 1);
        }
      });
      return { ids, lengths, labels };
    },
    position: () => ({ epoch, step }),
    seek(position) {
      epoch = position.epoch;
      step = position.step;
    },
  };
}
