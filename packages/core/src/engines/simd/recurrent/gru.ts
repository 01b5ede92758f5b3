import type { Runtime } from '../runtime.ts';
import { type SimdWeight, type Tiles, tilesBytes } from '../weight.ts';
import { clearLastTile, firstColumns, SavedMatrices, Schedule, sequence, step, toRows } from './window.ts';

/** Operands of one layer over a window of T steps; see ops/sparseGru/contract.ts. Nothing here is taken over or freed. */
export interface GruForwardArguments {
  /** x `[I, T*B]`. Must stay as it is until the backward pass. */
  readonly x: Tiles;
  /** Address of h0 `[H, B]`, row-major. */
  readonly h0: number;
  readonly wx: SimdWeight;
  readonly wh: SimdWeight;
  /** Addresses of the biases `[3H]`. */
  readonly bias: number;
  readonly recurrentBias: number;
  /** B; T is the columns of x / B. */
  readonly batch: number;
  /** Length of each column's sequence, never increasing. Default: all T. */
  readonly lengths?: readonly number[];
  /** Whether y is wanted. Default true. */
  readonly sequences?: boolean;
  /** Whether to keep what the backward pass needs: 5H floats per column that is not padding. */
  readonly keep: boolean;
}

/** Results of the forward pass. The caller owns y and the state's address. */
export interface GruForwardResult {
  /** y `[H, T*B]`, zero where it is padded; present if it was asked for. */
  readonly y?: Tiles;
  /** Address of h after each column's last step `[H, B]`, row-major. */
  readonly hLast: number;
  /** Present if `keep` was asked for. */
  readonly saved?: GruSaved;
}

/** Incoming gradients, and where those of the weights go. */
export interface GruBackwardArguments {
  /** dy `[H, T*B]`. Default: zero. */
  readonly dy?: Tiles;
  /** Address of the gradient of hLast `[H, B]`, row-major. Default: zero. */
  readonly dhLast?: number;
  /** Addresses that the gradients of wx and wh are written to, in the order of their values. */
  readonly dwx: number;
  readonly dwh: number;
}

/** Gradients of the other operands. The caller owns them. */
export interface GruBackwardResult {
  /** dx `[I, T*B]`. */
  readonly dx: Tiles;
  /** Addresses: dh0 `[H, B]` row-major, dbias and drecurrentBias `[3H]`. */
  readonly dh0: number;
  readonly dbias: number;
  readonly drecurrentBias: number;
}

/** What the forward pass keeps. */
export class GruSaved extends SavedMatrices {
  constructor(
    runtime: Runtime,
    readonly operands: GruForwardArguments,
    readonly schedule: Schedule,
    /** x `[I, T*B]`, packed as all that follow. */
    readonly x: Tiles,
    /** Activated gates r, z, n `[3H, T*B]`; the backward pass turns them into their gradient in place. */
    readonly gates: Tiles,
    /** h_{t-1} `[H, T*B]` at the columns of step t. */
    readonly hBefore: Tiles,
    /** The rows n of q = Wh h_{t-1} + recurrentBias, `[H, T*B]`; they too become their gradient. */
    readonly qn: Tiles,
  ) {
    super(runtime, [gates, hBefore, qn, ...(x === operands.x ? [] : [x])]);
  }
}

/** Runs the layer over the window: one product for all inputs, then a product and a fused cell per time step. */
export function gruForward(runtime: Runtime, operands: GruForwardArguments): GruForwardResult {
  const { heap } = runtime;
  const { wx, wh, bias, recurrentBias, batch, keep } = operands;
  const hidden = wh.in;
  const schedule = new Schedule(operands.x.columns, batch, operands.lengths);
  const x = schedule.pack(runtime, operands.x);
  const { columns, width } = x;
  const gates = sequence(runtime, 3 * hidden, columns);
  wx.product(x, gates, bias);
  if (!keep && x !== operands.x) heap.release(x.address);

  let y: Tiles | undefined;
  if (operands.sequences ?? true) {
    y = sequence(runtime, hidden, columns);
    clearLastTile(runtime, y);
  }
  let saved: GruSaved | undefined;
  if (keep) {
    const [hBefore, qn] = [0, 1].map(() => sequence(runtime, hidden, columns));
    clearLastTile(runtime, hBefore);
    clearLastTile(runtime, qn);
    saved = new GruSaved(runtime, operands, schedule, x, gates, hBefore, qn);
  }
  const h = step(runtime, hidden, batch, operands.h0);
  const q = sequence(runtime, 3 * hidden, batch);
  for (const { column, active } of schedule.steps) {
    wh.product(firstColumns(h, active), firstColumns(q, active), recurrentBias);
    runtime.run(
      'gruForwardStep',
      ...[gates.address, q.address, h.address, y?.address ?? 0],
      ...(saved ? [saved.hBefore.address, saved.qn.address] : [0, 0]),
      ...[hidden, active, column, width, h.width],
    );
  }
  heap.release(q.address);
  if (!keep) heap.release(gates.address);
  return { y: y && schedule.unpack(runtime, y), hLast: toRows(runtime, h), saved };
}

/**
 * Backpropagation through time. Uses up `saved`: its matrices are overwritten, and all its memory is freed, as early as it can be.
 * @throws if `saved` was used before.
 */
export function gruBackward(runtime: Runtime, saved: GruSaved, gradients: GruBackwardArguments): GruBackwardResult {
  if (saved.isFree) throw new Error('gruBackward: the saved activations are used up; run the forward pass again.');
  const { heap } = runtime;
  const { wx, wh, batch } = saved.operands;
  const { schedule, x, gates, hBefore, qn } = saved;
  const { columns, width } = gates;
  const hidden = wh.in;
  const dy = gradients.dy && schedule.pack(runtime, gradients.dy);
  const dh = step(runtime, hidden, batch, gradients.dhLast);
  const dqStep = step(runtime, 3 * hidden, batch);
  const sums = heap.allocate(32 * 4 * hidden);
  heap.f32(sums, 8 * 4 * hidden).fill(0);
  for (const { column, active } of schedule.steps.toReversed()) {
    runtime.run(
      'gruBackwardStep',
      ...[gates.address, qn.address, dqStep.address, dh.address, dy?.address ?? 0],
      ...[hBefore.address, sums, hidden, active, column, width, dh.width],
    );
    wh.productTransposed(firstColumns(dqStep, active), firstColumns(dh, active));
  }
  heap.release(dqStep.address);
  if (dy !== undefined && dy !== gradients.dy) heap.release(dy.address);
  const biases = biasGradients(runtime, sums, hidden);
  heap.release(sums);

  // The gradients of Wx's and Wh's products differ in the rows n alone: first the one, then the other.
  wx.outerProduct(gates, x, gradients.dwx, false);
  const dx = sequence(runtime, wx.in, columns);
  wx.productTransposed(gates, dx, 'zero');
  if (x !== saved.operands.x) saved.free(x);
  overwriteLastRows(runtime, gates, qn);
  saved.free(qn);
  wh.outerProduct(gates, hBefore, gradients.dwh, false);
  saved.free();
  return { dx: schedule.unpack(runtime, dx), dh0: toRows(runtime, dh), ...biases };
}

/** dbias: rows r, z, n of the sums; drecurrentBias: rows r, z, and those after n. */
function biasGradients(runtime: Runtime, sums: number, hidden: number): { dbias: number; drecurrentBias: number } {
  const { heap } = runtime;
  const totals = heap.allocate(4 * 4 * hidden);
  runtime.run('lstmBiasGradient', sums, totals, 4 * hidden);
  const [dbias, drecurrentBias] = [0, 1].map(() => heap.allocate(4 * 3 * hidden));
  const all = heap.f32(totals, 4 * hidden);
  heap.f32(dbias, 3 * hidden).set(all.subarray(0, 3 * hidden));
  heap.f32(drecurrentBias, 3 * hidden).set(all.subarray(0, 2 * hidden));
  heap.f32(drecurrentBias, 3 * hidden).set(all.subarray(3 * hidden), 2 * hidden);
  heap.release(totals);
  return { dbias, drecurrentBias };
}

/** Copies `rows` over the last rows of a matrix with as many columns; tile by tile, each of them is one block. */
function overwriteLastRows(runtime: Runtime, matrix: Tiles, rows: Tiles): void {
  const { heap } = runtime;
  const source = heap.f32(rows.address, tilesBytes(rows.features, rows.columns) / 4);
  const target = heap.f32(matrix.address, tilesBytes(matrix.features, matrix.columns) / 4);
  const block = rows.features * rows.width;
  for (let tile = 0; tile * block < source.length; tile++) {
    const end = (tile + 1) * matrix.features * matrix.width;
    target.set(source.subarray(tile * block, (tile + 1) * block), end - block);
  }
}
