import { engine } from '@tensorflow/tfjs-core';

/** TensorFlow.js' engine: runs kernels and records them for gradients. */
export const ENGINE = engine();
