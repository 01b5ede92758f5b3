// What the fused recurrent layers share. A matrix over the whole window is a sequence, one over a single time step's batch
// is a step.
import { activeColumns } from '../../../ops/recurrent.ts';
import { fill } from '../raw/elementwise.ts';
import type { Runtime } from '../runtime.ts';
import { packTiles, unpackTiles } from '../tiles.ts';
import { type Tiles, tilesBytes, tileWidth } from '../weight.ts';

/**
 * The time steps of a window, and where the columns of each lie in the sequences.
 *
 * Where columns have different lengths, the layer works on packed sequences: the columns that are active at step 0, then
 * those of step 1, and so on, without the padding. It costs no time and cannot reach a result. A step may have to begin with
 * a tile of its own (`whole`); then what fills up the tile before stays zero.
 */
export class Schedule {
  /** Columns of a sequence. */
  readonly columns: number;
  /** First column of every step in a sequence, and how many there are: the first ones of the batch. */
  readonly steps: readonly { readonly column: number; readonly active: number }[];
  private readonly isPacked: boolean;

  /**
   * @param padded T*B, the columns of x.
   * @param batch B.
   * @param lengths Length of each column's sequence, never increasing. Default: all T.
   * @param whole Steps begin at multiples of so many columns.
   */
  constructor(
    private readonly padded: number,
    private readonly batch: number,
    lengths?: readonly number[],
    private readonly whole = 1,
  ) {
    const shape = { inputs: 0, hidden: 0, steps: padded / batch, batch, lengths };
    const steps: { column: number; active: number }[] = [];
    let column = 0;
    for (let t = 0; t < shape.steps; t++) {
      const active = activeColumns(shape, t);
      if (active > 0) steps.push({ column, active });
      column += Math.ceil(active / whole) * whole;
    }
    this.steps = steps;
    this.columns = column;
    this.isPacked = steps.length * batch < padded || steps.some(({ active }) => active < batch);
  }

  /** A packed copy of a matrix `[F, T*B]`, or the matrix itself if there is nothing to pack. */
  pack(runtime: Runtime, padded: Tiles): Tiles {
    if (!this.isPacked) return padded;
    const packed = (this.whole > 1 ? zeroSequence : sequence)(runtime, padded.features, this.columns);
    clearLastTile(runtime, packed);
    this.steps.forEach(({ column, active }, t) => {
      copyColumns(runtime, padded, t * this.batch, packed, column, active);
    });
    return packed;
  }

  /** The matrix `[F, T*B]` of a packed one, zero where it is padded. Frees the packed one, unless it is the result itself. */
  unpack(runtime: Runtime, packed: Tiles): Tiles {
    if (!this.isPacked) return packed;
    const padded = zeroSequence(runtime, packed.features, this.padded);
    this.steps.forEach(({ column, active }, t) => {
      copyColumns(runtime, packed, column, padded, t * this.batch, active);
    });
    runtime.heap.release(packed.address);
    return padded;
  }
}

/** Copies `count` columns of `source` from column `from` on to `target` at column `to`. */
function copyColumns(runtime: Runtime, source: Tiles, from: number, target: Tiles, to: number, count: number): void {
  const [a, b] = [source, target];
  runtime.run('copyColumns', a.address, a.width, from, b.address, b.width, to, a.features, count);
}

/** Matrices that a forward pass keeps, freed by the backward pass that uses them, or by `free` if there will be none. */
export class SavedMatrices {
  private blocks: number[];

  /** @param kept Owned from now on. */
  constructor(
    protected readonly runtime: Runtime,
    kept: readonly Tiles[],
  ) {
    this.blocks = kept.map(tiles => tiles.address);
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

/** A new matrix over the whole window. */
export function sequence(runtime: Runtime, features: number, columns: number): Tiles {
  return {
    address: runtime.heap.allocate(tilesBytes(features, columns)),
    features,
    columns,
    width: tileWidth(columns),
  };
}

/** The same, zero everywhere. */
export function zeroSequence(runtime: Runtime, features: number, columns: number): Tiles {
  const tiles = sequence(runtime, features, columns);
  fill(runtime, tiles.address, tilesBytes(features, columns) / 4, 0);
  return tiles;
}

/** Padding is read by products, so it must be zero; the kernels write only the columns there are. */
export function clearLastTile(runtime: Runtime, { address, features, columns, width }: Tiles): void {
  const tile = Math.floor((columns - 1) / width);
  runtime.heap.f32(address + 4 * tile * features * width, features * width).fill(0);
}

/** A new matrix over one step's batch: a copy of the row-major one at `rows`, or zero. Padding is zero. */
export function step(runtime: Runtime, features: number, batch: number, rows?: number): Tiles {
  if (rows === undefined) return zeroSequence(runtime, features, batch);
  const tiles = sequence(runtime, features, batch);
  packTiles(runtime, { address: rows, features, columns: batch, rowStride: batch }, tiles);
  return tiles;
}

/**
 * The first `active` columns of a step. A product may touch columns after them too, in what is left of their tile: nobody
 * reads the results there in a forward pass, where they stay inactive, and in a backward pass the gradient there is still zero.
 */
export function firstColumns(tiles: Tiles, active: number): Tiles {
  return active === tiles.columns ? tiles : { ...tiles, columns: active };
}

/** Moves a step matrix to a new row-major one and returns its address. */
export function toRows(runtime: Runtime, tiles: Tiles): number {
  const { features, columns } = tiles;
  const address = runtime.heap.allocate(4 * features * columns);
  unpackTiles(runtime, tiles, { address, features, columns, rowStride: columns });
  runtime.heap.release(tiles.address);
  return address;
}
