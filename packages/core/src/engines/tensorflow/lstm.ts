import {
  add,
  matMul,
  mul,
  scalar,
  sigmoid,
  sum,
  type Tensor,
  type Tensor2D,
  tanh,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { LSTM_LAYER, LSTM_LAYER_GRAD, type LstmAttributes } from '../../ops/sparseLstm/op.ts';
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

/** Operands with dense weights; shapes as in ops/sparseLstm/contract.ts. */
export interface DenseLstm {
  x: Tensor2D;
  h0: Tensor2D;
  c0: Tensor2D;
  wx: Tensor2D;
  wh: Tensor2D;
  bias: Tensor;
}

/**
 * The layer step by step.
 *
 * @returns y `[H, T*B]` with zeros in the padding, the states after the window, and what the backward pass needs of every
 * step (as `keptWindow`, `[6H, T*B]`): gates i, f, g, o, then c and h as they stand after it.
 */
export function lstmForward(window: Window, operands: DenseLstm) {
  const { h0, c0, wx, wh, bias } = operands;
  const active = activeAtSteps(window);
  const x = withoutPadding(operands.x, active, window.batch);
  const fromInput = stepsOf(add(matMul(wx, x), columnOf(bias)), window.steps);
  let [h, c] = [h0, c0];
  const outputs: Tensor2D[] = [];
  const kept: Tensor2D[][] = [];
  fromInput.forEach((input, t) => {
    const [zi, zf, zg, zo] = gatesOf(add(input, matMul(wh, h)), 4);
    const [i, f, g, o] = [sigmoid(zi), sigmoid(zf), tanh(zg), sigmoid(zo)];
    const cell: Tensor2D = add(mul(f, c), mul(i, g));
    const output: Tensor2D = mul(o, tanh(cell));
    c = advance(cell, c, active[t]);
    h = advance(output, h, active[t]);
    outputs.push(onlyActive(output, active[t]));
    kept.push([i, f, g, o, c, h]);
  });
  return { y: windowOf(outputs), hLast: h, cLast: c, kept };
}

/** Gradients of all operands, those of the weights dense; any of the incoming ones may be left out. */
export function lstmBackward(
  window: Window,
  { h0, c0, wx, wh, ...operands }: Omit<DenseLstm, 'bias'>,
  saved: Tensor2D,
  incoming: { dy?: Tensor2D; dhLast?: Tensor2D; dcLast?: Tensor2D },
) {
  const { steps, batch } = window;
  const active = activeAtSteps(window);
  const x = withoutPadding(operands.x, active, batch);
  const activations = stepsOf(saved, steps).map(step => gatesOf(step, 6));
  const hBefore = before(
    h0,
    activations.map(([, , , , , h]) => h),
  );
  const cBefore = before(
    c0,
    activations.map(([, , , , c]) => c),
  );
  const dys = incoming.dy === undefined ? [] : stepsOf(incoming.dy, steps);
  let dh: Tensor2D = incoming.dhLast ?? zerosLike(h0);
  let dc: Tensor2D = incoming.dcLast ?? zerosLike(c0);
  const dzs = new Array<Tensor2D>(steps);
  for (let t = steps - 1; t >= 0; t--) {
    const [i, f, g, o, cell] = activations[t];
    const tanhCell = tanh(cell);
    const dhHere: Tensor2D = dys[t] === undefined ? dh : add(dh, dys[t]);
    const dcHere: Tensor2D = add(dc, mul(mul(dhHere, o), throughTanh(tanhCell)));
    const dz = stacked([
      mul(mul(dcHere, g), throughSigmoid(i)),
      mul(mul(dcHere, cBefore[t]), throughSigmoid(f)),
      mul(mul(dcHere, i), throughTanh(g)),
      mul(mul(dhHere, tanhCell), throughSigmoid(o)),
    ]);
    dzs[t] = onlyActive(dz, active[t]);
    // What reaches the state of a column that did not take this step waits there.
    dh = advance(matMul(wh, dzs[t], true, false), dh, active[t]);
    dc = advance(mul(dcHere, f), dc, active[t]);
  }
  const dz = windowOf(dzs);
  return {
    dx: matMul(wx, dz, true, false),
    dh0: dh,
    dc0: dc,
    dwx: matMul(dz, x, false, true) as Tensor2D,
    dwh: matMul(dz, windowOf(hBefore), false, true) as Tensor2D,
    dbias: sum(dz, 1),
  };
}

export const lstmKernels: TensorflowKernels = {
  [LSTM_LAYER](inputs, attrs: LstmAttributes) {
    const { y, hLast, cLast, kept } = lstmForward(attrs.shape, denseOperands(inputs, attrs));
    return [hLast, cLast, attrs.keep ? keptWindow(kept) : scalar(0), ...(attrs.sequences ? [y] : [])];
  },
  [LSTM_LAYER_GRAD](inputs, attrs: LstmAttributes) {
    const { saved, ...incoming } = inputs as Record<string, Tensor2D>;
    const gradients = lstmBackward(attrs.shape, denseOperands(inputs, attrs), saved, incoming);
    const { dx, dh0, dc0, dwx, dwh, dbias } = gradients;
    return [dx, dh0, dc0, valuesGradient(dwx, attrs.wx), valuesGradient(dwh, attrs.wh), dbias];
  },
};

function denseOperands(inputs: Record<string, Tensor>, attrs: LstmAttributes): DenseLstm {
  const { x, h0, c0, wx, wh, bias } = inputs as Record<string, Tensor2D>;
  return { x, h0, c0, wx: denseOf(wx, attrs.wx), wh: denseOf(wh, attrs.wh), bias };
}
