import { rng } from '../base/philox.ts';
import type { Window, WindowSource } from '../train/types.ts';

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
