import type { Runtime } from '../runtime.ts';
import type { SimdWeight, Tiles } from '../weight.ts';
import { ownsColumns } from './columns.ts';
import { lstmBackwardColumns, lstmForwardColumns } from './lstmColumns.ts';
import { clearLastTile, firstColumns, SavedMatrices, Schedule, sequence, step, toRows } from './window.ts';

/** Operands of one layer over a window of T steps; see ops/sparseLstm/contract.ts. Nothing here is taken over or freed. */
export interface LstmForwardArguments {
  /** x `[I, T*B]`. Must stay as it is until the backward pass. */
  readonly x: Tiles;
  /** Addresses of h0 and c0 `[H, B]`, row-major. */
  readonly h0: number;
  readonly c0: number;
  readonly wx: SimdWeight;
  readonly wh: SimdWeight;
  /** Address of the bias `[4H]`. */
  readonly bias: number;
  /** B; T is the columns of x / B. */
  readonly batch: number;
  /** Length of each column's sequence, never increasing. Default: all T. */
  readonly lengths?: readonly number[];
  /** Whether y is wanted. Default true. */
  readonly sequences?: boolean;
  /** Whether to keep what the backward pass needs: 7H floats per column that is not padding. */
  readonly keep: boolean;
}

/** Results of the forward pass. The caller owns y and the state's addresses. */
export interface LstmForwardResult {
  /** y `[H, T*B]`, zero where it is padded; present if it was asked for. */
  readonly y?: Tiles;
  /** Addresses of h and c after each column's last step `[H, B]`, row-major. */
  readonly hLast: number;
  readonly cLast: number;
  /** Present if `keep` was asked for. */
  readonly saved?: LstmSaved;
}

/** Incoming gradients, and where those of the weights go. */
export interface LstmBackwardArguments {
  /** dy `[H, T*B]`. Default: zero. */
  readonly dy?: Tiles;
  /** Addresses of the gradients of hLast and cLast `[H, B]`, row-major. Default: zero. */
  readonly dhLast?: number;
  readonly dcLast?: number;
  /** Addresses that the gradients of wx and wh are written to, in the order of their values. */
  readonly dwx: number;
  readonly dwh: number;
}

/** Gradients of the other operands. The caller owns them. */
export interface LstmBackwardResult {
  /** dx `[I, T*B]`. */
  readonly dx: Tiles;
  /** Addresses: dh0 and dc0 `[H, B]` row-major, dbias `[4H]`. */
  readonly dh0: number;
  readonly dc0: number;
  readonly dbias: number;
}

/** What the forward pass keeps. */
export class LstmSaved extends SavedMatrices {
  constructor(
    runtime: Runtime,
    readonly operands: LstmForwardArguments,
    readonly schedule: Schedule,
    /** x `[I, T*B]`, packed as all that follow. */
    readonly x: Tiles,
    /** Activated gates `[4H, T*B]`; the backward pass turns them into dz in place. */
    readonly gates: Tiles,
    /** h_{t-1}, c_{t-1} and tanh(c_t) `[H, T*B]`, each at the columns of step t. */
    readonly hBefore: Tiles,
    readonly cBefore: Tiles,
    readonly tanhC: Tiles,
  ) {
    super(runtime, [gates, hBefore, cBefore, tanhC, ...(x === operands.x ? [] : [x])]);
  }
}

/**
 * Runs the layer over the window: one product for all inputs, then a product and a fused cell per time step; or all of it
 * column by column, where that is possible.
 */
export function lstmForward(runtime: Runtime, operands: LstmForwardArguments): LstmForwardResult {
  return ownsColumns(operands) ? lstmForwardColumns(runtime, operands) : lstmForwardSteps(runtime, operands);
}

function lstmForwardSteps(runtime: Runtime, operands: LstmForwardArguments): LstmForwardResult {
  const { heap } = runtime;
  const { wx, wh, bias, batch, keep } = operands;
  const hidden = wh.in;
  const schedule = new Schedule(operands.x.columns, batch, operands.lengths);
  const x = schedule.pack(runtime, operands.x);
  const { columns, width } = x;
  const gates = sequence(runtime, 4 * hidden, columns);
  wx.product(x, gates, bias);
  if (!keep && x !== operands.x) heap.release(x.address);

  let y: Tiles | undefined;
  if (operands.sequences ?? true) {
    y = sequence(runtime, hidden, columns);
    clearLastTile(runtime, y);
  }
  let saved: LstmSaved | undefined;
  if (keep) {
    const [hBefore, cBefore, tanhC] = [0, 1, 2].map(() => sequence(runtime, hidden, columns));
    clearLastTile(runtime, hBefore);
    saved = new LstmSaved(runtime, operands, schedule, x, gates, hBefore, cBefore, tanhC);
  }
  const h = step(runtime, hidden, batch, operands.h0);
  const c = step(runtime, hidden, batch, operands.c0);
  const recurrent = step(runtime, 4 * hidden, batch);
  for (const { column, active } of schedule.steps) {
    wh.product(firstColumns(h, active), firstColumns(recurrent, active));
    runtime.run(
      'lstmForwardStep',
      ...[gates.address, recurrent.address, h.address, c.address, y?.address ?? 0],
      ...(saved ? [saved.hBefore.address, saved.cBefore.address, saved.tanhC.address] : [0, 0, 0]),
      ...[hidden, active, column, width, h.width, keep ? 1 : 0],
    );
  }
  heap.release(recurrent.address);
  if (!keep) heap.release(gates.address);
  return { y: y && schedule.unpack(runtime, y), hLast: toRows(runtime, h), cLast: toRows(runtime, c), saved };
}

/**
 * Backpropagation through time. Uses up `saved`: its gates are overwritten, and all its memory is freed, as early as it can be.
 * @throws if `saved` was used before.
 */
export function lstmBackward(runtime: Runtime, saved: LstmSaved, gradients: LstmBackwardArguments): LstmBackwardResult {
  if (saved.isFree) throw new Error('lstmBackward: the saved activations are used up; run the forward pass again.');
  const run = ownsColumns(saved.operands) ? lstmBackwardColumns : lstmBackwardSteps;
  return run(runtime, saved, gradients);
}

function lstmBackwardSteps(runtime: Runtime, saved: LstmSaved, gradients: LstmBackwardArguments): LstmBackwardResult {
  const { heap } = runtime;
  const { wx, wh, batch } = saved.operands;
  const { schedule, x, gates, hBefore, cBefore, tanhC } = saved;
  const { columns, width } = gates;
  const hidden = wh.in;
  const dy = gradients.dy && schedule.pack(runtime, gradients.dy);
  const dh = step(runtime, hidden, batch, gradients.dhLast);
  const dc = step(runtime, hidden, batch, gradients.dcLast);
  const dzStep = step(runtime, 4 * hidden, batch);
  const sums = heap.allocate(32 * 4 * hidden);
  heap.f32(sums, 8 * 4 * hidden).fill(0);
  for (const { column, active } of schedule.steps.toReversed()) {
    runtime.run(
      'lstmBackwardStep',
      ...[gates.address, dzStep.address, dh.address, dc.address, dy?.address ?? 0],
      ...[cBefore.address, tanhC.address, sums],
      ...[hidden, active, column, width, dh.width],
    );
    wh.productTransposed(firstColumns(dzStep, active), firstColumns(dh, active));
  }
  heap.release(dzStep.address);
  if (dy !== undefined && dy !== gradients.dy) heap.release(dy.address);
  saved.free(cBefore, tanhC);
  const dbias = heap.allocate(4 * 4 * hidden);
  runtime.run('lstmBiasGradient', sums, dbias, 4 * hidden);
  heap.release(sums);

  const dz = gates;
  wh.outerProduct(dz, hBefore, gradients.dwh, false);
  saved.free(hBefore);
  wx.outerProduct(dz, x, gradients.dwx, false);
  const dx = sequence(runtime, wx.in, columns);
  wx.productTransposed(dz, dx, 'zero');
  saved.free();
  return { dx: schedule.unpack(runtime, dx), dh0: toRows(runtime, dh), dc0: toRows(runtime, dc), dbias };
}
