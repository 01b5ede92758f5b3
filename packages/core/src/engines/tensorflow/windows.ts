import { concat, mul, pad, reshape, slice, split, sub, type Tensor, type Tensor2D, zeros } from '@tensorflow/tfjs-core';
import { activeColumns, type RecurrentShape } from '../../ops/recurrent.ts';

/** The T matrices `[features, B]` of a window `[features, T*B]`. */
export function stepsOf(window: Tensor2D, steps: number): Tensor2D[] {
  return split(window, steps, 1);
}

/** The window `[features, T*B]` of T matrices `[features, B]`. */
export function windowOf(steps: Tensor2D[]): Tensor2D {
  return concat(steps, 1) as Tensor2D;
}

/** Row blocks of equal height: the gates of a stacked `[count * H, N]`. */
export function gatesOf(stacked: Tensor2D, count: number): Tensor2D[] {
  return split(stacked, count, 0);
}

/** The inverse of `gatesOf`. */
export function stacked(gates: Tensor2D[]): Tensor2D {
  return concat(gates, 0) as Tensor2D;
}

/** How many columns, the first ones, are active at each step. */
export function activeAtSteps(window: Window): number[] {
  return Array.from({ length: window.steps }, (_, t) => activeColumns(window, t));
}

/** The first `active` columns of `next`, the others of `before`: a state after a step that not every column took. */
export function advance(next: Tensor2D, before: Tensor2D, active: number): Tensor2D {
  const [rows, columns] = next.shape;
  if (active === columns) return next;
  const rest = slice(before, [0, active], [rows, columns - active]);
  return active === 0 ? rest : windowOf([slice(next, [0, 0], [rows, active]), rest]);
}

/** The first `active` columns, and zeros in the others. */
export function onlyActive(matrix: Tensor2D, active: number): Tensor2D {
  const [rows, columns] = matrix.shape;
  if (active === columns) return matrix;
  if (active === 0) return zeros([rows, columns]);
  return pad(slice(matrix, [0, 0], [rows, active]), [
    [0, 0],
    [0, columns - active],
  ]);
}

/** What every step of a window is to keep for the backward pass, as one window. */
export function keptWindow(steps: Tensor2D[][]): Tensor2D {
  return windowOf(steps.map(stacked));
}

/** A window with zeros in its padding, whatever is there. */
export function withoutPadding(window: Tensor2D, active: readonly number[], batch: number): Tensor2D {
  if (active.every(count => count === batch)) return window;
  return windowOf(stepsOf(window, active.length).map((step, t) => onlyActive(step, active[t])));
}

/** The states before each step: `first`, then those after every step but the last. */
export function before(first: Tensor2D, after: readonly Tensor2D[]): Tensor2D[] {
  return [first, ...after.slice(0, -1)];
}

/** Sizes of a window, and the true lengths of its columns (longest first) if they are not all T. */
export type Window = Pick<RecurrentShape, 'steps' | 'batch' | 'lengths'>;

/** Derivative of the sigmoid from its value. */
export function throughSigmoid(value: Tensor2D): Tensor2D {
  return mul(value, sub(1, value));
}

/** Derivative of the hyperbolic tangent from its value. */
export function throughTanh(value: Tensor2D): Tensor2D {
  return sub(1, mul(value, value));
}

/** A bias `[rows]` as a column. */
export function columnOf(bias: Tensor): Tensor2D {
  return reshape(bias, [bias.size, 1]);
}
