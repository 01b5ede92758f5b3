import {
  add,
  concat,
  matMul,
  mul,
  scalar,
  sigmoid,
  slice,
  sub,
  sum,
  type Tensor,
  type Tensor2D,
  tanh,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { RHN_LAYER, RHN_LAYER_GRAD, type RhnAttributes, rhnInputList, rhnInputsOf } from '../../ops/sparseRhn/op.ts';
import type { TensorflowKernels } from './kernels.ts';
import { denseOf, valuesGradient } from './weights.ts';
import {
  columnOf,
  gatesOf,
  keptWindow,
  stacked,
  stepsOf,
  throughSigmoid,
  throughTanh,
  type Window,
  windowOf,
} from './windows.ts';

/**
 * Operands of a recurrent highway layer of depth L with coupled carry (Zilly et al. 2017), with dense weights; rows are h,
 * then t:
 *
 *     [H_l; T_l] = [l = 1] W x + R_l (mask * s_{l-1}) + b_l    h = tanh(H_l), t = sigmoid(T_l)    s_l = h * t + s_{l-1} * (1 - t)
 */
export interface DenseRhn {
  /** `[I, T*B]`. */
  x: Tensor2D;
  /** `[H, B]`. */
  s0: Tensor2D;
  /** `[2H, I]`. */
  w: Tensor2D;
  /** L matrices `[2H, H]`. */
  r: Tensor2D[];
  /** `[L*2H]`, depth by depth. */
  bias: Tensor;
  /** `[H, B]`, the state dropout's factors; none if left out. A constant: it gets no gradient. */
  mask?: Tensor2D;
}

/** What one application of R_l computed: h, t, and the state it started from. */
type Activations = [h: Tensor2D, t: Tensor2D, before: Tensor2D];

/**
 * The layer step by step, depth by depth.
 *
 * @returns y `[H, T*B]`, the state after the window, and what the backward pass needs of every step (as `keptWindow`,
 * `[L*3H, T*B]`): h, t and the state before of every depth.
 */
export function rhnForward({ steps }: Window, { x, s0, w, r, bias, mask }: DenseRhn) {
  const height = w.shape[0];
  const biases = r.map((_, l) => columnOf(slice(bias, [l * height], [height])));
  const fromInput = stepsOf(matMul(w, x), steps);
  let s = s0;
  const outputs: Tensor2D[] = [];
  const kept: Tensor2D[][] = [];
  for (const input of fromInput) {
    const activations = r.flatMap((weight, l): Activations => {
      const product = add(matMul(weight, masked(s, mask)), biases[l]);
      const [zh, zt] = gatesOf(l === 0 ? add(product, input) : (product as Tensor2D), 2);
      const [h, t, start]: Activations = [tanh(zh), sigmoid(zt), s];
      s = add(mul(h, t), mul(start, sub(1, t)));
      return [h, t, start];
    });
    outputs.push(s);
    kept.push(activations);
  }
  return { y: windowOf(outputs), sLast: s, kept };
}

/** Gradients of all operands but the mask, those of the weights dense; either of the incoming ones may be left out. */
export function rhnBackward(
  { steps }: Window,
  { x, s0, w, r, mask }: Omit<DenseRhn, 'bias'>,
  saved: Tensor2D,
  incoming: { dy?: Tensor2D; dsLast?: Tensor2D },
) {
  const activations = stepsOf(saved, steps).map(step => gatesOf(step, 3 * r.length));
  const dys = incoming.dy === undefined ? [] : stepsOf(incoming.dy, steps);
  let ds: Tensor2D = incoming.dsLast ?? zerosLike(s0);
  // Gradients of the sums and inputs of every depth, time step by time step.
  const dzs = r.map(() => new Array<Tensor2D>(steps));
  const inputs = r.map(() => new Array<Tensor2D>(steps));
  for (let step = steps - 1; step >= 0; step--) {
    if (dys[step] !== undefined) ds = add(ds, dys[step]);
    for (let l = r.length - 1; l >= 0; l--) {
      const [h, t, start] = activations[step].slice(3 * l, 3 * l + 3) as Activations;
      const dz = stacked([mul(mul(ds, t), throughTanh(h)), mul(mul(ds, sub(h, start)), throughSigmoid(t))]);
      dzs[l][step] = dz;
      inputs[l][step] = masked(start, mask);
      ds = add(mul(ds, sub(1, t)), masked(matMul(r[l], dz, true, false), mask));
    }
  }
  const dz = dzs.map(windowOf);
  return {
    dx: matMul(w, dz[0], true, false) as Tensor2D,
    ds0: ds,
    dw: matMul(dz[0], x, false, true) as Tensor2D,
    dr: dz.map((each, l) => matMul(each, windowOf(inputs[l]), false, true) as Tensor2D),
    dbias: concat(dz.map(each => sum(each, 1))),
  };
}

function masked(state: Tensor2D, mask: Tensor2D | undefined): Tensor2D {
  return mask === undefined ? state : mul(state, mask);
}

export const rhnKernels: TensorflowKernels = {
  [RHN_LAYER](inputs, attrs: RhnAttributes) {
    const { y, sLast, kept } = rhnForward(attrs.shape, denseOperands(Object.values(inputs), attrs));
    return [y, sLast, attrs.keep ? keptWindow(kept) : scalar(0)];
  },
  [RHN_LAYER_GRAD](inputs, attrs: RhnAttributes) {
    const [dy, dsLast, saved, ...operands] = Object.values(inputs) as Tensor2D[];
    const gradients = rhnBackward(attrs.shape, denseOperands(operands, attrs), saved, { dy, dsLast });
    const { dx, ds0, dw, dr, dbias } = gradients;
    const r = dr.map((each, l) => valuesGradient(each, attrs.r[l]));
    return rhnInputList<Tensor>({ x: dx, s0: ds0, w: valuesGradient(dw, attrs.w), bias: dbias, r });
  },
};

function denseOperands(list: Tensor[], { shape, w, r }: RhnAttributes): DenseRhn {
  const operands = rhnInputsOf(list as Tensor2D[], shape);
  return { ...operands, w: denseOf(operands.w, w), r: operands.r.map((each, l) => denseOf(each, r[l])) };
}
