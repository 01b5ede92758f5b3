import { activeColumns } from '../recurrent.ts';
import { addOuterProduct, addProduct, addTransposedProduct, column, sigmoid } from '../recurrentReference.ts';
import { type ReferenceWeight, storedValues } from '../weight.ts';
import type { LstmShape } from './contract.ts';

/** Operands of sparseLstm in float64; see contract.ts for the shapes. */
export interface LstmOperands {
  readonly x: ArrayLike<number>;
  readonly h0: ArrayLike<number>;
  readonly c0: ArrayLike<number>;
  readonly wx: ReferenceWeight;
  readonly wh: ReferenceWeight;
  readonly bias: ArrayLike<number>;
}

/** Results of the forward pass: the op's outputs, and the activations `[4H | H, T*B]` its gradient needs. */
export interface LstmForward {
  readonly y: Float64Array;
  readonly hLast: Float64Array;
  readonly cLast: Float64Array;
  readonly gates: Float64Array;
  readonly cells: Float64Array;
}

/** Incoming gradients; what is absent is zero. */
export interface LstmOutputGradients {
  readonly dy?: ArrayLike<number>;
  readonly dhLast?: ArrayLike<number>;
  readonly dcLast?: ArrayLike<number>;
}

/** Gradients of all operands; those of a sparse matrix in canonical order. */
export interface LstmGradients {
  readonly dx: Float64Array;
  readonly dh0: Float64Array;
  readonly dc0: Float64Array;
  readonly dwx: Float64Array;
  readonly dwh: Float64Array;
  readonly dbias: Float64Array;
}

/** The layer in plain float64 loops, one time step and one column at a time. */
export function referenceLstmForward(shape: LstmShape, operands: LstmOperands): LstmForward {
  const { inputs, hidden: H, steps, batch } = shape;
  const columns = steps * batch;
  const y = new Float64Array(H * columns);
  const cells = new Float64Array(H * columns);
  const gates = new Float64Array(4 * H * columns);
  const hLast = Float64Array.from(operands.h0);
  const cLast = Float64Array.from(operands.c0);
  for (let t = 0; t < steps; t++) {
    const active = activeColumns(shape, t);
    for (let b = 0; b < active; b++) {
      const n = t * batch + b;
      const x = column(operands.x, inputs, columns, n);
      const h = column(hLast, H, batch, b);
      const c = column(cLast, H, batch, b);
      const z = Float64Array.from(operands.bias);
      addProduct(operands.wx, x, z);
      addProduct(operands.wh, h, z);
      for (let u = 0; u < H; u++) {
        const i = sigmoid(z[u]);
        const f = sigmoid(z[H + u]);
        const g = Math.tanh(z[2 * H + u]);
        const o = sigmoid(z[3 * H + u]);
        const cell = f * c[u] + i * g;
        [i, f, g, o].forEach((gate, k) => {
          gates[(k * H + u) * columns + n] = gate;
        });
        cells[u * columns + n] = cell;
        y[u * columns + n] = o * Math.tanh(cell);
        hLast[u * batch + b] = y[u * columns + n];
        cLast[u * batch + b] = cell;
      }
    }
  }
  return { y, hLast, cLast, gates, cells };
}

/** Backpropagation through time, the last step first. */
export function referenceLstmBackward(
  shape: LstmShape,
  operands: LstmOperands,
  forward: Pick<LstmForward, 'y' | 'gates' | 'cells'>,
  { dy, dhLast, dcLast }: LstmOutputGradients,
): LstmGradients {
  const { inputs, hidden: H, steps, batch } = shape;
  const columns = steps * batch;
  const dx = new Float64Array(inputs * columns);
  const dbias = new Float64Array(4 * H);
  const dwx = new Float64Array(storedValues(operands.wx));
  const dwh = new Float64Array(storedValues(operands.wh));
  // What reaches h_t and c_t from step t+1, for each column of the batch.
  const dh = Float64Array.from(dhLast ?? new Float64Array(H * batch));
  const dc = Float64Array.from(dcLast ?? new Float64Array(H * batch));
  for (let t = steps - 1; t >= 0; t--) {
    const active = activeColumns(shape, t);
    for (let b = 0; b < active; b++) {
      const n = t * batch + b;
      const x = column(operands.x, inputs, columns, n);
      const h = t === 0 ? column(operands.h0, H, batch, b) : column(forward.y, H, columns, n - batch);
      const c = t === 0 ? column(operands.c0, H, batch, b) : column(forward.cells, H, columns, n - batch);
      const dz = new Float64Array(4 * H);
      for (let u = 0; u < H; u++) {
        const [i, f, g, o] = [0, 1, 2, 3].map(k => forward.gates[(k * H + u) * columns + n]);
        const tanhCell = Math.tanh(forward.cells[u * columns + n]);
        const dhHere = dh[u * batch + b] + (dy?.[u * columns + n] ?? 0);
        const dcHere = dc[u * batch + b] + dhHere * o * (1 - tanhCell * tanhCell);
        dz[u] = dcHere * g * i * (1 - i);
        dz[H + u] = dcHere * c[u] * f * (1 - f);
        dz[2 * H + u] = dcHere * i * (1 - g * g);
        dz[3 * H + u] = dhHere * tanhCell * o * (1 - o);
        dc[u * batch + b] = dcHere * f;
      }
      const dhBefore = new Float64Array(H);
      const dxHere = new Float64Array(inputs);
      addTransposedProduct(operands.wh, dz, dhBefore);
      addTransposedProduct(operands.wx, dz, dxHere);
      for (let u = 0; u < H; u++) dh[u * batch + b] = dhBefore[u];
      for (let k = 0; k < inputs; k++) dx[k * columns + n] = dxHere[k];
      addOuterProduct(operands.wx, dz, x, dwx);
      addOuterProduct(operands.wh, dz, h, dwh);
      for (let row = 0; row < 4 * H; row++) dbias[row] += dz[row];
    }
  }
  return { dx, dh0: dh, dc0: dc, dwx, dwh, dbias };
}
