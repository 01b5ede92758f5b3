import type { Runtime } from './runtime.ts';

/** Rows of X that one panel reads: in tiles of 32 columns, 256 of them are as large as an L1 cache. */
const PANEL_WIDTH = 256;

/** A panel's part of a row should be long enough to pay for reading and writing the row of the result. */
const NONZEROS_PER_PANEL_ROW = 32;

/**
 * Nonzeros of a block, 6 bytes each, which meets one tile of columns after the other. A block is read in order, so it may
 * well be larger than an L2 cache; the rows of X, read in any order, are what has to stay there.
 */
const BLOCK_NONZEROS = 262144;

/** Column indices inside a panel have 16 bits. */
const MAX_PANEL_WIDTH = 65536;

/** Layout of the descriptor in words; assembly/sparsePanels.ts reads it. */
const FIRST_SHARE = 9;

const SCRATCH_BYTES_PER_THREAD = 128;

/**
 * Index arrays of a sparse matrix `[rows, cols]` as column panels. A panel is a CSR of its own with 16-bit indices that
 * count from the panel's first column; panels follow each other, so that nonzeros are ordered by (panel, row, column).
 * All arrays live in the shared heap. They are created empty, to be filled by the caller; then `finish` is called.
 */
export class Panels {
  readonly panelWidth: number;
  readonly panels: number;
  /** `[panels, rows + 1]`: where a panel's row starts, counted from the first nonzero of all. */
  readonly pointers: Uint32Array;
  /** `[nnz]`: column minus the panel's first. */
  readonly indices: Uint16Array;
  /** Address of what the kernels read. */
  readonly descriptor: number;
  readonly bytes: number;
  private readonly blocks: number[];

  constructor(
    private readonly runtime: Runtime,
    readonly rows: number,
    readonly cols: number,
    readonly nnz: number,
  ) {
    this.panelWidth = panelWidth(rows, cols, nnz);
    this.panels = Math.ceil(cols / this.panelWidth);
    const { heap, threads } = runtime;
    const sizes = panelSizes(rows, cols, nnz, threads);
    this.blocks = sizes.map(size => heap.allocate(size));
    this.bytes = sizes.reduce((sum, size) => sum + size);
    this.pointers = heap.u32(this.blocks[0], this.panels * (rows + 1));
    this.indices = heap.u16(this.blocks[1], nnz);
    this.descriptor = this.blocks[2];
  }

  /** Where row `row` of panel `panel` starts among `pointers`; it ends where the next entry says. */
  pointerOf(panel: number, row: number): number {
    return panel * (this.rows + 1) + row;
  }

  /** Writes the descriptor: how the nonzeros are cut into blocks and divided among the threads. */
  finish(): void {
    const { rows, cols, nnz, panels, panelWidth } = this;
    const perColumn = nnz / cols;
    // A block of r rows and c columns reads c rows of X and reads and writes r of Y: least when c = 2 r.
    const columns = Math.sqrt((2 * BLOCK_NONZEROS * rows) / Math.max(1, perColumn));
    const blockPanels = Math.min(panels, Math.max(1, Math.round(columns / panelWidth)));
    const perRow = (nnz / rows) * Math.min(1, (blockPanels * panelWidth) / cols);
    const blockRows = Math.min(rows, Math.max(16, Math.floor(BLOCK_NONZEROS / Math.max(1, perRow))));
    const [pointers, indices, descriptor, scratch] = this.blocks;
    const words = this.runtime.heap.u32(descriptor, FIRST_SHARE + this.runtime.threads + 1);
    words.set([rows, panels, panelWidth, cols, pointers, indices, blockRows, blockPanels, scratch]);
    words.set(this.shares(), FIRST_SHARE);
  }

  dispose(): void {
    for (const block of this.blocks) this.runtime.heap.release(block);
  }

  /** First row of each thread, and the row count: every thread gets about the same number of nonzeros. */
  private shares(): number[] {
    const { threads } = this.runtime;
    const shares = [0];
    let seen = 0;
    for (let row = 0; row < this.rows && shares.length < threads; row++) {
      const before = seen;
      for (let panel = 0; panel < this.panels; panel++) {
        const at = this.pointerOf(panel, row);
        seen += this.pointers[at + 1] - this.pointers[at];
      }
      // A row goes where its middle lies.
      while (shares.length < threads && (before + seen) / 2 >= (this.nnz * shares.length) / threads) shares.push(row);
    }
    while (shares.length < threads) shares.push(this.rows);
    return [...shares, this.rows];
  }
}

/** Bytes of what a matrix of so many nonzeros takes as panels: row pointers, indices, descriptor, scratch of the threads. */
export function panelSizes(rows: number, cols: number, nnz: number, threads: number): number[] {
  const panels = Math.ceil(cols / panelWidth(rows, cols, nnz));
  return [4 * panels * (rows + 1), 2 * nnz, 4 * (FIRST_SHARE + threads + 1), SCRATCH_BYTES_PER_THREAD * threads];
}

/** Columns of a panel, all panels about equally wide. */
function panelWidth(rows: number, cols: number, nnz: number): number {
  const density = nnz / rows / cols;
  const wanted = Math.max(PANEL_WIDTH, NONZEROS_PER_PANEL_ROW / density);
  return Math.min(MAX_PANEL_WIDTH, Math.ceil(cols / Math.max(1, Math.round(cols / wanted))));
}
