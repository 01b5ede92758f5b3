import {
  add,
  matMul,
  mul,
  scalar,
  sigmoid,
  sub,
  sum,
  type Tensor,
  type Tensor2D,
  tanh,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { GRU_LAYER, GRU_LAYER_GRAD, type GruAttributes } from '../../ops/sparseGru/op.ts';
import type { TensorflowKernels } from './kernels.ts';
import { denseOf, valuesGradient } from './weights.ts';
import {
  activeAtSteps,
  advance,
  before,
  columnOf,
  gatesOf,
  keptWindow,
  onlyActive,
  stacked,
  stepsOf,
  throughSigmoid,
  throughTanh,
  type Window,
  windowOf,
  withoutPadding,
} from './windows.ts';

/**
 * Operands of a GRU layer as `torch.nn.GRU` has it, with dense weights; rows are the gates r, z, n:
 *
 *     r = sigmoid(Wxr x + bxr + Whr h + bhr)    z = sigmoid(Wxz x + bxz + Whz h + bhz)
 *     n = tanh(Wxn x + bxn + r * (Whn h + bhn))    h' = (1 - z) * n + z * h
 */
export interface DenseGru {
  /** `[I, T*B]`. */
  x: Tensor2D;
  /** `[H, B]`. */
  h0: Tensor2D;
  /** `[3H, I]`. */
  wx: Tensor2D;
  /** `[3H, H]`. */
  wh: Tensor2D;
  /** `[3H]`, of the input's product. */
  bias: Tensor;
  /** `[3H]`, of the state's product. */
  recurrentBias: Tensor;
}

/**
 * The layer step by step.
 *
 * @returns y `[H, T*B]` with zeros in the padding, the state after the window, and what the backward pass needs of every
 * step (as `keptWindow`, `[5H, T*B]`): r, z, n, the state's product of gate n, and h after it.
 */
export function gruForward(window: Window, operands: DenseGru) {
  const { h0, wx, wh, bias, recurrentBias } = operands;
  const active = activeAtSteps(window);
  const x = withoutPadding(operands.x, active, window.batch);
  const fromInput = stepsOf(add(matMul(wx, x), columnOf(bias)), window.steps);
  let h = h0;
  const outputs: Tensor2D[] = [];
  const kept: Tensor2D[][] = [];
  fromInput.forEach((input, t) => {
    const [xr, xz, xn] = gatesOf(input, 3);
    const [hr, hz, hn] = gatesOf(add(matMul(wh, h), columnOf(recurrentBias)), 3);
    const r: Tensor2D = sigmoid(add(xr, hr));
    const z: Tensor2D = sigmoid(add(xz, hz));
    const n: Tensor2D = tanh(add(xn, mul(r, hn)));
    const output: Tensor2D = add(mul(sub(1, z), n), mul(z, h));
    h = advance(output, h, active[t]);
    outputs.push(onlyActive(output, active[t]));
    kept.push([r, z, n, hn, h]);
  });
  return { y: windowOf(outputs), hLast: h, kept };
}

/** Gradients of all operands, those of the weights dense; either of the incoming ones may be left out. */
export function gruBackward(
  window: Window,
  { h0, wx, wh, ...operands }: Omit<DenseGru, 'bias' | 'recurrentBias'>,
  saved: Tensor2D,
  incoming: { dy?: Tensor2D; dhLast?: Tensor2D },
) {
  const { steps, batch } = window;
  const active = activeAtSteps(window);
  const x = withoutPadding(operands.x, active, batch);
  const activations = stepsOf(saved, steps).map(step => gatesOf(step, 5));
  const hBefore = before(
    h0,
    activations.map(([, , , , h]) => h),
  );
  const dys = incoming.dy === undefined ? [] : stepsOf(incoming.dy, steps);
  let dh: Tensor2D = incoming.dhLast ?? zerosLike(h0);
  const fromInput = new Array<Tensor2D>(steps);
  const fromState = new Array<Tensor2D>(steps);
  for (let t = steps - 1; t >= 0; t--) {
    const [r, z, n, hn] = activations[t];
    const dhHere: Tensor2D = dys[t] === undefined ? dh : add(dh, dys[t]);
    const dn: Tensor2D = mul(mul(dhHere, sub(1, z)), throughTanh(n));
    const dz: Tensor2D = mul(mul(dhHere, sub(hBefore[t], n)), throughSigmoid(z));
    const dr: Tensor2D = mul(mul(dn, hn), throughSigmoid(r));
    fromInput[t] = onlyActive(stacked([dr, dz, dn]), active[t]);
    fromState[t] = onlyActive(stacked([dr, dz, mul(dn, r)]), active[t]);
    // What reaches the state of a column that did not take this step waits there.
    dh = advance(add(mul(dhHere, z), matMul(wh, fromState[t], true, false)), dh, active[t]);
  }
  const [dInput, dState] = [windowOf(fromInput), windowOf(fromState)];
  return {
    dx: matMul(wx, dInput, true, false) as Tensor2D,
    dh0: dh,
    dwx: matMul(dInput, x, false, true) as Tensor2D,
    dwh: matMul(dState, windowOf(hBefore), false, true) as Tensor2D,
    dbias: sum(dInput, 1),
    drecurrentBias: sum(dState, 1),
  };
}

export const gruKernels: TensorflowKernels = {
  [GRU_LAYER](inputs, attrs: GruAttributes) {
    const { y, hLast, kept } = gruForward(attrs.shape, denseOperands(inputs, attrs));
    return [hLast, attrs.keep ? keptWindow(kept) : scalar(0), ...(attrs.sequences ? [y] : [])];
  },
  [GRU_LAYER_GRAD](inputs, attrs: GruAttributes) {
    const { saved, ...incoming } = inputs as Record<string, Tensor2D>;
    const gradients = gruBackward(attrs.shape, denseOperands(inputs, attrs), saved, incoming);
    const { dx, dh0, dwx, dwh, dbias, drecurrentBias } = gradients;
    return [dx, dh0, valuesGradient(dwx, attrs.wx), valuesGradient(dwh, attrs.wh), dbias, drecurrentBias];
  },
};

function denseOperands(inputs: Record<string, Tensor>, attrs: GruAttributes): DenseGru {
  const { x, h0, wx, wh, bias, recurrentBias } = inputs as Record<string, Tensor2D>;
  return { x, h0, wx: denseOf(wx, attrs.wx), wh: denseOf(wh, attrs.wh), bias, recurrentBias };
}
