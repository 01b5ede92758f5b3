import type { LanguageModelSettings, TrainingSettings, WindowSource } from '@sparse-rnn/core';

// What the tests of methods and of cells from outside are trained on.

export const WINDOWS = 10;

/** A text in which every second word follows from the two before it: 0 1 0 2 0 3 0 1 ... */
export function roundText(batch: number, window: number): WindowSource {
  const word = (n: number) => (n % 2 === 0 ? 0 : 1 + (Math.floor(n / 2) % 3));
  let [epoch, step] = [0, 0];
  return {
    batch,
    window,
    stepsPerEpoch: WINDOWS,
    next() {
      if (step === WINDOWS) [epoch, step] = [epoch + 1, 0];
      const at = (offset: number) =>
        Int32Array.from({ length: window * batch }, (_, n) => {
          return word((n % batch) + step * window + Math.floor(n / batch) + offset);
        });
      const newEpoch = step++ === 0;
      return { inputs: at(0), targets: at(1), newEpoch };
    },
    position: () => ({ epoch, step }),
    seek(position) {
      ({ epoch, step } = position);
    },
  };
}

export const EPOCHS = 8;
export const model: LanguageModelSettings = {
  ...{ vocabulary: 4, embedding: 6, hidden: 12, layers: 1 },
  dropout: { kind: 'elementwise', input: 0, between: 0, output: 0.05, word: 0 },
  init: { recurrent: 0.4, embedding: 0.5, decoder: 0.4 },
  sparse: { embedding: false, recurrent: true, decoder: false },
};
export const training: TrainingSettings = {
  ...{ method: 'set', density: 0.5, distribution: 'uniform', seed: 1, epochs: EPOCHS, loss: 'mean', clip: 1 },
  optimizer: { name: 'adam', momentum: 0.9, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
  ...{ learningRate: 0.03, decay: { factor: 1, after: 0 }, weightDecay: 0 },
  update: { steps: 0, rate: 0.3, schedule: 'cosine', endRate: 0.01, stop: 1, growStd: 0, gates: 'free' },
};
