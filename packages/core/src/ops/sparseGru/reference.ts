import { activeColumns } from '../recurrent.ts';
import { addOuterProduct, addProduct, addTransposedProduct, column, sigmoid } from '../recurrentReference.ts';
import { type ReferenceWeight, storedValues } from '../weight.ts';
import type { GruShape } from './contract.ts';

/** Operands of sparseGru in float64; see contract.ts for the shapes. */
export interface GruOperands {
  readonly x: ArrayLike<number>;
  readonly h0: ArrayLike<number>;
  readonly wx: ReferenceWeight;
  readonly wh: ReferenceWeight;
  readonly bias: ArrayLike<number>;
  readonly recurrentBias: ArrayLike<number>;
}

/** Results of the forward pass: the op's outputs, and the activations `[3H | H, T*B]` its gradient needs. */
export interface GruForward {
  readonly y: Float64Array;
  readonly hLast: Float64Array;
  readonly gates: Float64Array;
  /** q_n, what the reset gate is multiplied with. */
  readonly recurrent: Float64Array;
}

/** Incoming gradients; what is absent is zero. */
export interface GruOutputGradients {
  readonly dy?: ArrayLike<number>;
  readonly dhLast?: ArrayLike<number>;
}

/** Gradients of all operands; those of a sparse matrix in canonical order. */
export interface GruGradients {
  readonly dx: Float64Array;
  readonly dh0: Float64Array;
  readonly dwx: Float64Array;
  readonly dwh: Float64Array;
  readonly dbias: Float64Array;
  readonly drecurrentBias: Float64Array;
}

/** The layer in plain float64 loops, one time step and one column at a time. */
export function referenceGruForward(shape: GruShape, operands: GruOperands): GruForward {
  const { inputs, hidden: H, steps, batch } = shape;
  const columns = steps * batch;
  const y = new Float64Array(H * columns);
  const gates = new Float64Array(3 * H * columns);
  const recurrent = new Float64Array(H * columns);
  const hLast = Float64Array.from(operands.h0);
  for (let t = 0; t < steps; t++) {
    const active = activeColumns(shape, t);
    for (let b = 0; b < active; b++) {
      const n = t * batch + b;
      const h = column(hLast, H, batch, b);
      const a = Float64Array.from(operands.bias);
      const q = Float64Array.from(operands.recurrentBias);
      addProduct(operands.wx, column(operands.x, inputs, columns, n), a);
      addProduct(operands.wh, h, q);
      for (let u = 0; u < H; u++) {
        const reset = sigmoid(a[u] + q[u]);
        const update = sigmoid(a[H + u] + q[H + u]);
        const candidate = Math.tanh(a[2 * H + u] + reset * q[2 * H + u]);
        [reset, update, candidate].forEach((gate, k) => {
          gates[(k * H + u) * columns + n] = gate;
        });
        recurrent[u * columns + n] = q[2 * H + u];
        y[u * columns + n] = (1 - update) * candidate + update * h[u];
        hLast[u * batch + b] = y[u * columns + n];
      }
    }
  }
  return { y, hLast, gates, recurrent };
}

/** Backpropagation through time, the last step first. */
export function referenceGruBackward(
  shape: GruShape,
  operands: GruOperands,
  forward: Pick<GruForward, 'y' | 'gates' | 'recurrent'>,
  { dy, dhLast }: GruOutputGradients,
): GruGradients {
  const { inputs, hidden: H, steps, batch } = shape;
  const columns = steps * batch;
  const dx = new Float64Array(inputs * columns);
  const dbias = new Float64Array(3 * H);
  const drecurrentBias = new Float64Array(3 * H);
  const dwx = new Float64Array(storedValues(operands.wx));
  const dwh = new Float64Array(storedValues(operands.wh));
  // What reaches h_t from step t+1, for each column of the batch.
  const dh = Float64Array.from(dhLast ?? new Float64Array(H * batch));
  for (let t = steps - 1; t >= 0; t--) {
    const active = activeColumns(shape, t);
    for (let b = 0; b < active; b++) {
      const n = t * batch + b;
      const h = t === 0 ? column(operands.h0, H, batch, b) : column(forward.y, H, columns, n - batch);
      const da = new Float64Array(3 * H);
      const dq = new Float64Array(3 * H);
      const dhBefore = new Float64Array(H);
      for (let u = 0; u < H; u++) {
        const [reset, update, candidate] = [0, 1, 2].map(k => forward.gates[(k * H + u) * columns + n]);
        const dhHere = dh[u * batch + b] + (dy?.[u * columns + n] ?? 0);
        const dCandidate = dhHere * (1 - update) * (1 - candidate * candidate);
        da[u] = dq[u] = dCandidate * forward.recurrent[u * columns + n] * reset * (1 - reset);
        da[H + u] = dq[H + u] = dhHere * (h[u] - candidate) * update * (1 - update);
        da[2 * H + u] = dCandidate;
        dq[2 * H + u] = dCandidate * reset;
        dhBefore[u] = dhHere * update;
      }
      const dxHere = new Float64Array(inputs);
      addTransposedProduct(operands.wh, dq, dhBefore);
      addTransposedProduct(operands.wx, da, dxHere);
      for (let u = 0; u < H; u++) dh[u * batch + b] = dhBefore[u];
      for (let k = 0; k < inputs; k++) dx[k * columns + n] = dxHere[k];
      addOuterProduct(operands.wx, da, column(operands.x, inputs, columns, n), dwx);
      addOuterProduct(operands.wh, dq, h, dwh);
      for (let row = 0; row < 3 * H; row++) {
        dbias[row] += da[row];
        drecurrentBias[row] += dq[row];
      }
    }
  }
  return { dx, dh0: dh, dwx, dwh, dbias, drecurrentBias };
}
