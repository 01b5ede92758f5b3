import type { NamedAttrMap, NamedTensorMap, Tensor } from '@tensorflow/tfjs-core';
import { ENGINE } from '../base/tf.ts';
import { engineOf } from '../engines/engine.ts';

/** Runs a kernel of an op on the current backend. @throws {InputError} If no engine of ours is behind it. */
export function runKernel(name: string, inputs: NamedTensorMap, attrs?: NamedAttrMap): Tensor | Tensor[] {
  engineOf();
  return ENGINE.runKernel(name, inputs, attrs);
}
