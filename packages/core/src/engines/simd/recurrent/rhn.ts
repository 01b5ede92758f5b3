import type { Runtime } from '../runtime.ts';
import { type SimdWeight, type Tiles, tilesBytes } from '../weight.ts';
import { clearLastTile, sequence, step, toRows } from './window.ts';

/** Operands of one layer over a window of T steps; see ops/sparseRhn/contract.ts. Nothing here is taken over or freed. */
export interface RhnForwardArguments {
  /** x `[I, T*B]`. Must stay as it is until the backward pass. */
  readonly x: Tiles;
  /** Address of s0 `[H, B]`, row-major. */
  readonly s0: number;
  readonly w: SimdWeight;
  /** One matrix per depth. */
  readonly r: readonly SimdWeight[];
  /** Address of the bias `[L*2H]`. */
  readonly bias: number;
  /** Address of the mask `[H, B]`, row-major. Default: no dropout. */
  readonly mask?: number;
  /** B; T is the columns of x / B. */
  readonly batch: number;
  /**
   * Whether to keep what the backward pass needs: 3H floats per column and depth. That is 12 L H T B bytes, T B rounded up
   * to a tile of 32 columns: 70 MB for 830 units, depth 10, 35 steps and 20 columns. Without it, 2H floats per column.
   */
  readonly keep: boolean;
}

/** Results of the forward pass. The caller owns y and the state's address. */
export interface RhnForwardResult {
  /** y `[H, T*B]`. */
  readonly y: Tiles;
  /** Address of s_L of the last step `[H, B]`, row-major. */
  readonly sLast: number;
  /** Present if `keep` was asked for. */
  readonly saved?: RhnSaved;
}

/** Incoming gradients, and where those of the weights go. */
export interface RhnBackwardArguments {
  /** dy `[H, T*B]`. */
  readonly dy: Tiles;
  /** Address of the gradient of sLast `[H, B]`, row-major. Default: zero. */
  readonly dsLast?: number;
  /** Addresses that the gradients of w and of each r are written to, in the order of their values. */
  readonly dw: number;
  readonly dr: readonly number[];
}

/** Gradients of the other operands. The caller owns them. */
export interface RhnBackwardResult {
  /** dx `[I, T*B]`. */
  readonly dx: Tiles;
  /** Addresses: ds0 `[H, B]` row-major, dbias `[L*2H]`. */
  readonly ds0: number;
  readonly dbias: number;
}

/** What the forward pass keeps of one depth. */
interface SavedDepth {
  /** Activated gates `[2H, T*B]`; the backward pass turns them into dz in place. */
  readonly gates: Tiles;
  /** s_{l-1} `[H, T*B]`; the backward pass turns it into m s_{l-1} in place. */
  readonly before: Tiles;
}

/** What the forward pass keeps. Freed by the backward pass that uses it, or by `free` if there will be none. */
export class RhnSaved {
  private blocks: number[];

  constructor(
    private readonly runtime: Runtime,
    readonly operands: RhnForwardArguments,
    /** The mask as a step matrix `[H, B]`. */
    readonly mask: Tiles,
    readonly depths: readonly SavedDepth[],
  ) {
    this.blocks = [mask, ...depths.flatMap(({ gates, before }) => [gates, before])].map(({ address }) => address);
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

/** Runs the layer over the window: one product for all inputs, then a product and a fused cell per time step and depth. */
export function rhnForward(runtime: Runtime, operands: RhnForwardArguments): RhnForwardResult {
  const { heap } = runtime;
  const { x, w, r, bias, batch, keep } = operands;
  const hidden = r[0].in;
  const { columns, width } = x;
  const projected = sequence(runtime, 2 * hidden, columns);
  w.product(x, projected, bias);

  const y = sequence(runtime, hidden, columns);
  clearLastTile(runtime, y);
  const mask = maskStep(runtime, hidden, batch, operands.mask);
  let saved: RhnSaved | undefined;
  if (keep) saved = new RhnSaved(runtime, operands, mask, savedDepths(runtime, projected, r.length));
  const s = step(runtime, hidden, batch, operands.s0);
  const masked = step(runtime, hidden, batch);
  addMasked(runtime, masked, mask, s);
  const product = step(runtime, 2 * hidden, batch);
  for (let column = 0; column < columns; column += batch) {
    r.forEach((recurrent, l) => {
      recurrent.product(masked, product);
      // What is not kept is overwritten by the next depth: the projected input of this step has done its work then.
      const gates = saved?.depths[l].gates ?? projected;
      runtime.run(
        'rhnForwardStep',
        ...[gates.address, product.address, l === 0 ? 0 : bias + 4 * 2 * hidden * l],
        ...[s.address, masked.address, mask.address],
        ...[saved?.depths[l].before.address ?? 0, l === r.length - 1 ? y.address : 0],
        ...[hidden, batch, column, width, s.width],
      );
    });
  }
  heap.release(product.address);
  heap.release(masked.address);
  if (!keep) for (const { address } of [projected, mask]) heap.release(address);
  return { y, sLast: toRows(runtime, s), saved };
}

/**
 * Backpropagation through time and depth. Uses up `saved`: its matrices are overwritten, and all its memory is freed, as
 * early as it can be.
 * @throws if `saved` was used before.
 */
export function rhnBackward(runtime: Runtime, saved: RhnSaved, gradients: RhnBackwardArguments): RhnBackwardResult {
  if (saved.isFree) throw new Error('rhnBackward: the saved activations are used up; run the forward pass again.');
  const { heap } = runtime;
  const { x, w, r, batch } = saved.operands;
  const { mask, depths } = saved;
  const { columns, width } = x;
  const hidden = r[0].in;
  const ds = step(runtime, hidden, batch, gradients.dsLast);
  const product = step(runtime, hidden, batch);
  const dzStep = step(runtime, 2 * hidden, batch);
  const rows = 2 * hidden * r.length;
  const sums = heap.allocate(32 * rows);
  heap.f32(sums, 8 * rows).fill(0);
  for (let column = columns - batch; column >= 0; column -= batch) {
    for (let l = r.length - 1; l >= 0; l--) {
      runtime.run(
        'rhnBackwardStep',
        ...[depths[l].gates.address, dzStep.address, ds.address, product.address, mask.address],
        ...[l === r.length - 1 ? gradients.dy.address : 0, depths[l].before.address, sums + 32 * 2 * hidden * l],
        ...[hidden, batch, column, width, ds.width],
      );
      r[l].productTransposed(dzStep, product);
    }
  }
  addMasked(runtime, ds, mask, product);
  heap.release(product.address);
  heap.release(dzStep.address);
  const dbias = heap.allocate(4 * rows);
  runtime.run('lstmBiasGradient', sums, dbias, rows);
  heap.release(sums);

  for (let l = r.length - 1; l >= 0; l--) {
    const { gates: dz, before } = depths[l];
    r[l].outerProduct(dz, before, gradients.dr[l], false);
    saved.free(before);
    if (l > 0) saved.free(dz);
  }
  const dz = depths[0].gates;
  w.outerProduct(dz, x, gradients.dw, false);
  const dx = sequence(runtime, w.in, columns);
  w.productTransposed(dz, dx, 'zero');
  saved.free();
  return { dx, ds0: toRows(runtime, ds), dbias };
}

/** The projected inputs become the gates of the first depth. */
function savedDepths(runtime: Runtime, projected: Tiles, depth: number): SavedDepth[] {
  const { features, columns } = projected;
  return Array.from({ length: depth }, (_, l) => {
    const gates = l === 0 ? projected : sequence(runtime, features, columns);
    const before = sequence(runtime, features / 2, columns);
    if (l > 0) clearLastTile(runtime, gates);
    clearLastTile(runtime, before);
    return { gates, before };
  });
}

/** The mask at the address as a step matrix; ones if there is none. */
function maskStep(runtime: Runtime, hidden: number, batch: number, address?: number): Tiles {
  const mask = step(runtime, hidden, batch, address);
  if (address === undefined) runtime.heap.f32(mask.address, tilesBytes(hidden, batch) / 4).fill(1);
  return mask;
}

/** target += mask * source, all step matrices `[H, B]`. */
function addMasked(runtime: Runtime, target: Tiles, mask: Tiles, source: Tiles): void {
  const count = tilesBytes(target.features, target.columns) / 4;
  runtime.run('rhnAddMasked', target.address, mask.address, source.address, count);
}
