import type { NamedTensorMap, Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { ENGINE } from '../../base/tf.ts';
import { runKernel } from '../kernel.ts';
import { denseWeight, withoutValues } from '../recurrent.ts';
import { checkWeight, type WeightMatrix } from '../weight.ts';
import { type RhnShape, validateRhn } from './contract.ts';

export const RHN_LAYER = 'SparseRnnRhn';
export const RHN_LAYER_GRAD = 'SparseRnnRhnGrad';

/** Attributes of the two kernels. */
export interface RhnAttributes {
  shape: RhnShape;
  w: Omit<WeightMatrix, 'values'>;
  r: Omit<WeightMatrix, 'values'>[];
  /** Whether a gradient may be asked for: if not, the activations are not kept. */
  keep: boolean;
}

/** The operands by name, each a `T`: tensors, or what an engine knows of them. */
export interface RhnInputs<T> {
  x: T;
  s0: T;
  w: T;
  bias: T;
  r: T[];
  mask?: T;
}

/** The operands as the list that the kernels take; their number depends on the depth. The gradients come in this order. */
export function rhnInputList<T>({ x, s0, w, bias, r, mask }: RhnInputs<T>): T[] {
  return [x, s0, w, bias, ...r, ...(mask === undefined ? [] : [mask])];
}

/** The inverse of `rhnInputList`. */
export function rhnInputsOf<T>([x, s0, w, bias, ...rest]: T[], { depth }: RhnShape): RhnInputs<T> {
  return { x, s0, w, bias, r: rest.slice(0, depth), mask: rest[depth] };
}

/**
 * One recurrent highway layer over a whole window, as contract.ts defines it. Each of the weights is sparse or dense.
 *
 * @param x `[I, T*B]`, columns (t, b) with t outermost.
 * @param s0 `[H, B]`, state before the window.
 * @param w `[2H, I]`, gates h, t stacked.
 * @param r One `[2H, H]` per depth; their number is the depth.
 * @param bias `[L*2H]`, depth by depth.
 * @param mask `[H, B]`, the state dropout's factors. Default: no dropout. A constant: its gradient is zero.
 * @returns y `[H, T*B]`, the state after every step, and sLast `[H, B]`, the next window's s0.
 * @throws an Error if the shapes do not fit; InputError if no engine runs, or not that of the weights.
 * @example
 * const { y, sLast } = sparseRhn(x, s0, w, [r1, r2, r3], bias);
 */
export function sparseRhn(
  x: Tensor2D,
  s0: Tensor2D,
  w: WeightMatrix,
  r: readonly WeightMatrix[],
  bias: Tensor1D,
  mask?: Tensor2D,
): { y: Tensor2D; sLast: Tensor2D } {
  checkWeight('sparseRhn w', w);
  r.forEach((each, l) => {
    checkWeight(`sparseRhn r[${l}]`, each);
  });
  const shape = validateRhn({
    x: x.shape,
    s0: s0.shape,
    w: [w.rows, w.cols],
    r: r.map(({ rows, cols }) => [rows, cols]),
    bias: bias.shape,
    mask: mask?.shape,
  });
  const attributes: RhnAttributes = { shape, w: withoutValues(w), r: r.map(withoutValues), keep: ENGINE.isTapeOn() };
  const inputs: Tensor[] = rhnInputList<Tensor>({ x, s0, w: w.values, bias, r: r.map(({ values }) => values), mask });
  // The third output stands for the activations that the gradient needs.
  const outputs = runKernel(
    RHN_LAYER,
    inputs as unknown as NamedTensorMap,
    attributes as unknown as Record<string, never>,
  );
  const [y, sLast] = outputs as unknown as Tensor2D[];
  return { y, sLast };
}

/** The dense twin: w `[2H, I]` and every r `[2H, H]` are plain tensors. */
export function denseRhn(
  x: Tensor2D,
  s0: Tensor2D,
  w: Tensor2D,
  r: readonly Tensor2D[],
  bias: Tensor1D,
  mask?: Tensor2D,
): { y: Tensor2D; sLast: Tensor2D } {
  return sparseRhn(x, s0, denseWeight(w), r.map(denseWeight), bias, mask);
}
