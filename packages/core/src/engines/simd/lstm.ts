import type { Runtime } from './runtime.ts';
import { packTiles, unpackTiles } from './tiles.ts';
import { type SimdWeight, type Tiles, tilesBytes, tileWidth } from './weight.ts';

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
  /** Whether to keep what the backward pass needs: 7H floats per column. */
  readonly keep: boolean;
}

/** Results of the forward pass. The caller owns y and the state's addresses. */
export interface LstmForwardResult {
  /** y `[H, T*B]`. */
  readonly y: Tiles;
  /** Addresses of h_T and c_T `[H, B]`, row-major. */
  readonly hLast: number;
  readonly cLast: number;
  /** Present if `keep` was asked for. */
  readonly saved?: LstmSaved;
}

/** Incoming gradients, and where those of the weights go. */
export interface LstmBackwardArguments {
  /** dy `[H, T*B]`. */
  readonly dy: Tiles;
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

/** What the forward pass keeps. Freed by the backward pass that uses it, or by `free` if there will be none. */
export class LstmSaved {
  private blocks: number[];

  constructor(
    private readonly runtime: Runtime,
    readonly operands: LstmForwardArguments,
    /** Activated gates `[4H, T*B]`; the backward pass turns them into dz in place. */
    readonly gates: Tiles,
    /** h_{t-1}, c_{t-1} and tanh(c_t) `[H, T*B]`, each at the columns of step t. */
    readonly hBefore: Tiles,
    readonly cBefore: Tiles,
    readonly tanhC: Tiles,
  ) {
    this.blocks = [gates, hBefore, cBefore, tanhC].map(tiles => tiles.address);
  }

  /** True once the backward pass has used it up, or `free` was called. */
  get isFree(): boolean {
    return this.blocks.length === 0;
  }

  /** Frees some of the matrices, or all that are left. */
  free(...tiles: Tiles[]): void {
    const gone = tiles.length === 0 ? this.blocks : tiles.map(({ address }) => address);
    for (const address of gone) this.runtime.heap.release(address);
    this.blocks = this.blocks.filter(address => !gone.includes(address));
  }
}

/** Runs the layer over the window: one product for all inputs, then a product and a fused cell per time step. */
export function lstmForward(runtime: Runtime, operands: LstmForwardArguments): LstmForwardResult {
  const { heap } = runtime;
  const { x, wx, wh, bias, batch, keep } = operands;
  const hidden = wh.in;
  const { columns, width } = x;
  const gates = sequence(runtime, 4 * hidden, columns);
  runtime.run('fillBias', gates.address, bias, 4 * hidden, columns, width);
  wx.product(x, gates);

  const y = sequence(runtime, hidden, columns);
  clearLastTile(runtime, y);
  let saved: LstmSaved | undefined;
  if (keep) {
    const [hBefore, cBefore, tanhC] = [0, 1, 2].map(() => sequence(runtime, hidden, columns));
    clearLastTile(runtime, hBefore);
    saved = new LstmSaved(runtime, operands, gates, hBefore, cBefore, tanhC);
  }
  const h = step(runtime, hidden, batch, operands.h0);
  const c = step(runtime, hidden, batch, operands.c0);
  const recurrent = step(runtime, 4 * hidden, batch);
  for (let column = 0; column < columns; column += batch) {
    wh.product(h, recurrent);
    runtime.run(
      'lstmForwardStep',
      ...[gates.address, recurrent.address, h.address, c.address, y.address],
      ...(saved ? [saved.hBefore.address, saved.cBefore.address, saved.tanhC.address] : [0, 0, 0]),
      ...[hidden, batch, column, width, h.width, keep ? 1 : 0],
    );
  }
  heap.release(recurrent.address);
  if (!keep) heap.release(gates.address);
  return { y, hLast: toRows(runtime, h), cLast: toRows(runtime, c), saved };
}

/**
 * Backpropagation through time. Uses up `saved`: its gates are overwritten, and all its memory is freed, as early as it can be.
 * @throws if `saved` was used before.
 */
export function lstmBackward(runtime: Runtime, saved: LstmSaved, gradients: LstmBackwardArguments): LstmBackwardResult {
  if (saved.isFree) throw new Error('lstmBackward: the saved activations are used up; run the forward pass again.');
  const { heap } = runtime;
  const { x, wx, wh, batch } = saved.operands;
  const { gates, hBefore, cBefore, tanhC } = saved;
  const { columns, width } = gates;
  const hidden = wh.in;
  const dh = step(runtime, hidden, batch, gradients.dhLast);
  const dc = step(runtime, hidden, batch, gradients.dcLast);
  const dzStep = step(runtime, 4 * hidden, batch);
  const sums = heap.allocate(32 * 4 * hidden);
  heap.f32(sums, 8 * 4 * hidden).fill(0);
  for (let column = columns - batch; column >= 0; column -= batch) {
    runtime.run(
      'lstmBackwardStep',
      ...[gates.address, dzStep.address, dh.address, dc.address, gradients.dy.address],
      ...[cBefore.address, tanhC.address, sums],
      ...[hidden, batch, column, width, dh.width],
    );
    wh.productTransposed(dzStep, dh);
  }
  heap.release(dzStep.address);
  saved.free(cBefore, tanhC);
  const dbias = heap.allocate(4 * 4 * hidden);
  runtime.run('lstmBiasGradient', sums, dbias, 4 * hidden);
  heap.release(sums);

  const dz = gates;
  wh.outerProduct(dz, hBefore, gradients.dwh, false);
  saved.free(hBefore);
  wx.outerProduct(dz, x, gradients.dwx, false);
  const dx = sequence(runtime, wx.in, columns);
  heap.f32(dx.address, tilesBytes(wx.in, columns) / 4).fill(0);
  wx.productTransposed(dz, dx);
  saved.free();
  return { dx, dh0: toRows(runtime, dh), dc0: toRows(runtime, dc), dbias };
}

/** A new matrix over the whole window. */
export function sequence(runtime: Runtime, features: number, columns: number): Tiles {
  return {
    address: runtime.heap.allocate(tilesBytes(features, columns)),
    features,
    columns,
    width: tileWidth(columns),
  };
}

/** Padding is read by products, so it must be zero; the kernels write only the columns there are. */
export function clearLastTile(runtime: Runtime, { address, features, columns, width }: Tiles): void {
  const tile = Math.floor((columns - 1) / width);
  runtime.heap.f32(address + 4 * tile * features * width, features * width).fill(0);
}

/** A new matrix over one step's batch: a copy of the row-major one at `rows`, or zero. Padding is zero. */
export function step(runtime: Runtime, features: number, batch: number, rows?: number): Tiles {
  const tiles = sequence(runtime, features, batch);
  if (rows === undefined) runtime.heap.f32(tiles.address, tilesBytes(features, batch) / 4).fill(0);
  else packTiles(runtime, { address: rows, features, columns: batch, rowStride: batch }, tiles);
  return tiles;
}

/** Moves a step matrix to a new row-major one and returns its address. */
export function toRows(runtime: Runtime, tiles: Tiles): number {
  const { features, columns } = tiles;
  const address = runtime.heap.allocate(4 * features * columns);
  unpackTiles(runtime, tiles, { address, features, columns, rowStride: columns });
  runtime.heap.release(tiles.address);
  return address;
}
