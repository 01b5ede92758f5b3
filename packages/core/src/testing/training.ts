import type { TrainingSettings } from '../train/types.ts';

/** Two epochs with a topology update between them, for tests that change what they are about. */
export const SHORT_TRAINING: TrainingSettings = {
  method: 'set',
  density: 0.3,
  distribution: 'er',
  seed: 1,
  optimizer: { name: 'momentum', momentum: 0.9, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
  learningRate: 0.1,
  decay: { factor: 1, after: 0 },
  clip: 1,
  weightDecay: 0,
  loss: 'mean',
  epochs: 2,
  update: { steps: 0, rate: 0.3, schedule: 'constant', endRate: 0, stop: 1, growStd: 0.01, gates: 'free' },
};
