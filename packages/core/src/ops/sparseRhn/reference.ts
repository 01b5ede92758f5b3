import { addOuterProduct, addProduct, addTransposedProduct, column, sigmoid } from '../recurrentReference.ts';
import { type ReferenceWeight, storedValues } from '../weight.ts';
import type { RhnShape } from './contract.ts';

/** Operands of sparseRhn in float64; see contract.ts for the shapes. */
export interface RhnOperands {
  readonly x: ArrayLike<number>;
  readonly s0: ArrayLike<number>;
  readonly w: ReferenceWeight;
  readonly r: readonly ReferenceWeight[];
  readonly bias: ArrayLike<number>;
  readonly mask?: ArrayLike<number>;
}

/** Results of the forward pass: the op's outputs, and the activations that its gradient needs. */
export interface RhnForward {
  readonly y: Float64Array;
  readonly sLast: Float64Array;
  /** h and t of every depth `[L*2H, T*B]`, the rows in the order of bias. */
  readonly gates: Float64Array;
  /** s_1 .. s_L `[L*H, T*B]`. */
  readonly states: Float64Array;
}

/** Gradients of all operands but the mask; those of a sparse matrix in canonical order. */
export interface RhnGradients {
  readonly dx: Float64Array;
  readonly ds0: Float64Array;
  readonly dw: Float64Array;
  readonly dr: readonly Float64Array[];
  readonly dbias: Float64Array;
}

/** The layer in plain float64 loops, one time step and one column at a time. */
export function referenceRhnForward(shape: RhnShape, operands: RhnOperands): RhnForward {
  const { inputs, hidden: H, depth, steps, batch } = shape;
  const columns = steps * batch;
  const y = new Float64Array(H * columns);
  const sLast = new Float64Array(H * batch);
  const gates = new Float64Array(depth * 2 * H * columns);
  const states = new Float64Array(depth * H * columns);
  for (let t = 0; t < steps; t++) {
    for (let b = 0; b < batch; b++) {
      const n = t * batch + b;
      const s = t === 0 ? column(operands.s0, H, batch, b) : column(y, H, columns, n - batch);
      for (let l = 0; l < depth; l++) {
        const z = Float64Array.from({ length: 2 * H }, (_, row) => operands.bias[l * 2 * H + row]);
        if (l === 0) addProduct(operands.w, column(operands.x, inputs, columns, n), z);
        addProduct(operands.r[l], masked(s, operands.mask, batch, b), z);
        for (let u = 0; u < H; u++) {
          const h = Math.tanh(z[u]);
          const transform = sigmoid(z[H + u]);
          s[u] = h * transform + s[u] * (1 - transform);
          gates[(l * 2 * H + u) * columns + n] = h;
          gates[(l * 2 * H + H + u) * columns + n] = transform;
          states[(l * H + u) * columns + n] = s[u];
        }
      }
      for (let u = 0; u < H; u++) {
        y[u * columns + n] = s[u];
        if (t === steps - 1) sLast[u * batch + b] = s[u];
      }
    }
  }
  return { y, sLast, gates, states };
}

/** Backpropagation through time and depth, the last step and the deepest layer first. */
export function referenceRhnBackward(
  shape: RhnShape,
  operands: RhnOperands,
  { gates, states }: Pick<RhnForward, 'gates' | 'states'>,
  dy: ArrayLike<number>,
  dsLast: ArrayLike<number>,
): RhnGradients {
  const { inputs, hidden: H, depth, steps, batch } = shape;
  const columns = steps * batch;
  const dx = new Float64Array(inputs * columns);
  const dbias = new Float64Array(depth * 2 * H);
  const dw = new Float64Array(storedValues(operands.w));
  const dr = operands.r.map(r => new Float64Array(storedValues(r)));
  const stateAt = (l: number, n: number) => column(states.subarray(l * H * columns), H, columns, n);
  // What reaches s_L of step t from step t+1, for each column of the batch.
  const ds = Float64Array.from(dsLast);
  for (let t = steps - 1; t >= 0; t--) {
    for (let b = 0; b < batch; b++) {
      const n = t * batch + b;
      const dState = Float64Array.from({ length: H }, (_, u) => ds[u * batch + b] + dy[u * columns + n]);
      for (let l = depth - 1; l >= 0; l--) {
        const beforeStep = () => (t === 0 ? column(operands.s0, H, batch, b) : stateAt(depth - 1, n - batch));
        const before = l === 0 ? beforeStep() : stateAt(l - 1, n);
        const dz = new Float64Array(2 * H);
        for (let u = 0; u < H; u++) {
          const h = gates[(l * 2 * H + u) * columns + n];
          const transform = gates[(l * 2 * H + H + u) * columns + n];
          dz[u] = dState[u] * transform * (1 - h * h);
          dz[H + u] = dState[u] * (h - before[u]) * transform * (1 - transform);
          dState[u] *= 1 - transform;
        }
        const dInput = new Float64Array(H);
        addTransposedProduct(operands.r[l], dz, dInput);
        masked(dInput, operands.mask, batch, b).forEach((value, u) => {
          dState[u] += value;
        });
        addOuterProduct(operands.r[l], dz, masked(before, operands.mask, batch, b), dr[l]);
        for (let row = 0; row < 2 * H; row++) dbias[l * 2 * H + row] += dz[row];
        if (l > 0) continue;
        const dxHere = new Float64Array(inputs);
        addTransposedProduct(operands.w, dz, dxHere);
        for (let k = 0; k < inputs; k++) dx[k * columns + n] = dxHere[k];
        addOuterProduct(operands.w, dz, column(operands.x, inputs, columns, n), dw);
      }
      for (let u = 0; u < H; u++) ds[u * batch + b] = dState[u];
    }
  }
  return { dx, ds0: ds, dw, dr, dbias };
}

/** m * s for one column of the batch. */
function masked(s: Float64Array, mask: ArrayLike<number> | undefined, batch: number, b: number): Float64Array {
  return mask === undefined ? s.slice() : s.map((value, u) => mask[u * batch + b] * value);
}
