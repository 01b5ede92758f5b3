import type { Layout, Topology } from '../../sparsity/layout.ts';
import { Panels } from './panels.ts';
import type { Runtime } from './runtime.ts';

/** The matrix once more by its columns: the panels of its transpose, and the values in their order. */
interface Transposed {
  readonly panels: Panels;
  /** Address of the values, f32 `[nnz]`. */
  readonly values: number;
  /** Address of each value's place in the layout's order, u32 `[nnz]`. */
  readonly order: number;
}

/**
 * Layout of the simd engine: W as column panels, so that the rows of X that a panel reads stay in the L1 cache. The order
 * of the values is (panel, row, column). For products with W^T there is a second copy by columns, made when the first
 * `refreshTransposed` asks for it. A nonzero takes 2 bytes here and 10 more in the second copy, and row pointers at most
 * one byte unless the matrix is very small; values and gradient (4 bytes each) belong to others.
 *
 * @throws {RangeError} When indices are not strictly ascending or lie outside the matrix.
 * @example
 * const layout = new PanelLayout(runtime, { rows: 2, cols: 3, indices: Uint32Array.of(0, 2, 4) });
 * const values = layout.fromCanonical(Float32Array.of(1, 2, 3));
 */
export class PanelLayout implements Layout {
  readonly engine = 'simd';
  readonly rows: number;
  readonly cols: number;
  readonly nnz: number;
  private readonly panels: Panels;
  private transposed?: Transposed;

  constructor(
    private readonly runtime: Runtime,
    topology: Topology,
  ) {
    const { rows, cols, indices } = topology;
    checkIndices(topology);
    this.rows = rows;
    this.cols = cols;
    this.nnz = indices.length;
    this.panels = new Panels(runtime, rows, cols, indices.length);
    fillPanels(this.panels, indices);
    this.panels.finish();
  }

  /** Resident bytes of the index arrays and of the second copy of the values. */
  get bytes(): number {
    return this.panels.bytes + (this.transposed ? this.transposed.panels.bytes + 8 * this.nnz : 0);
  }

  /** Address of the descriptor of W, which the kernels read. */
  get descriptor(): number {
    return this.panels.descriptor;
  }

  /**
   * The second copy: the descriptor of W^T and the address of its values.
   *
   * @throws {Error} Before the first `refreshTransposed`.
   */
  get byColumns(): { readonly descriptor: number; readonly values: number } {
    if (this.transposed === undefined) {
      throw new Error('PanelLayout: call refreshTransposed with the values before a product with W^T.');
    }
    return { descriptor: this.transposed.panels.descriptor, values: this.transposed.values };
  }

  /**
   * Brings the second copy up to date with the values at `address` (f32 `[nnz]`, layout order). To be called after the
   * values have changed and before the next product with W^T.
   */
  refreshTransposed(address: number): void {
    this.transposed ??= this.transpose();
    this.runtime.run('panelGather', address, this.transposed.order, this.transposed.values, this.nnz);
  }

  readIndices(): Uint32Array {
    const flat = new Uint32Array(this.nnz);
    this.forEachRun((row, firstColumn, start, stop, at) => {
      const first = row * this.cols + firstColumn;
      for (let k = start; k < stop; k++) flat[at++] = first + this.panels.indices[k];
    });
    return flat;
  }

  toCanonical(values: Float32Array): Float32Array {
    this.checkLength('toCanonical', values);
    const canonical = new Float32Array(this.nnz);
    this.forEachRun((_row, _firstColumn, start, stop, at) => {
      for (let k = start; k < stop; k++) canonical[at++] = values[k];
    });
    return canonical;
  }

  fromCanonical(values: Float32Array): Float32Array {
    this.checkLength('fromCanonical', values);
    const own = new Float32Array(this.nnz);
    this.forEachRun((_row, _firstColumn, start, stop, at) => {
      for (let k = start; k < stop; k++) own[k] = values[at++];
    });
    return own;
  }

  dispose(): void {
    this.panels.dispose();
    if (this.transposed === undefined) return;
    this.transposed.panels.dispose();
    this.runtime.heap.release(this.transposed.values);
    this.runtime.heap.release(this.transposed.order);
  }

  /**
   * Visits each row's part of each panel in canonical order: its places `start .. stop` in layout order and `at`, the
   * canonical place of the first.
   */
  private forEachRun(visit: (row: number, firstColumn: number, start: number, stop: number, at: number) => void): void {
    const { panels, panelWidth, pointers } = this.panels;
    let at = 0;
    for (let row = 0; row < this.rows; row++) {
      for (let panel = 0; panel < panels; panel++) {
        const pointer = this.panels.pointerOf(panel, row);
        const start = pointers[pointer];
        const stop = pointers[pointer + 1];
        if (start < stop) visit(row, panel * panelWidth, start, stop, at);
        at += stop - start;
      }
    }
  }

  private transpose(): Transposed {
    const { heap } = this.runtime;
    const panels = new Panels(this.runtime, this.cols, this.rows, this.nnz);
    const order = heap.allocate(4 * this.nnz);
    const places = heap.u32(order, this.nnz);
    const { pointers, panelWidth } = panels;
    const own = this.panels.indices;
    pointers.fill(0);
    this.forEachRun((row, firstColumn, start, stop) => {
      const first = panels.pointerOf(Math.floor(row / panelWidth), firstColumn);
      for (let k = start; k < stop; k++) pointers[first + own[k]]++;
    });
    countsToStarts(pointers);
    this.forEachRun((row, firstColumn, start, stop) => {
      const panel = Math.floor(row / panelWidth);
      const first = panels.pointerOf(panel, firstColumn);
      const local = row - panel * panelWidth;
      for (let k = start; k < stop; k++) {
        const place = pointers[first + own[k]]++;
        panels.indices[place] = local;
        places[place] = k;
      }
    });
    // Every start has moved to the next one's place.
    pointers.copyWithin(1, 0);
    pointers[0] = 0;
    panels.finish();
    return { panels, values: heap.allocate(4 * this.nnz), order };
  }

  private checkLength(what: string, values: Float32Array): void {
    if (values.length !== this.nnz) {
      throw new RangeError(`${what}: expected ${this.nnz} values, one per nonzero, got ${values.length}.`);
    }
  }
}

/** Pointers and indices from flat row-major indices. Within a panel rows come in order, so one cursor each is enough. */
function fillPanels({ rows, cols, panels, panelWidth, pointers, indices }: Panels, flat: Uint32Array): void {
  const cursors = new Uint32Array(panels);
  for (let k = 0; k < flat.length; k++) cursors[Math.floor((flat[k] % cols) / panelWidth)]++;
  countsToStarts(cursors);
  let k = 0;
  for (let row = 0; row < rows; row++) {
    for (let panel = 0; panel < panels; panel++) pointers[panel * (rows + 1) + row] = cursors[panel];
    const first = row * cols;
    const end = first + cols;
    for (; k < flat.length && flat[k] < end; k++) {
      const column = flat[k] - first;
      const panel = Math.floor(column / panelWidth);
      indices[cursors[panel]++] = column - panel * panelWidth;
    }
  }
  for (let panel = 0; panel < panels; panel++) pointers[panel * (rows + 1) + rows] = cursors[panel];
}

/** In place: each count becomes the sum of those before it. */
function countsToStarts(counts: Uint32Array): void {
  let start = 0;
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i];
    counts[i] = start;
    start += count;
  }
}

function checkIndices({ rows, cols, indices }: Topology): void {
  const positions = rows * cols;
  if (!(Number.isInteger(rows) && Number.isInteger(cols) && rows >= 1 && cols >= 1 && positions <= 2 ** 32)) {
    throw new RangeError(`PanelLayout: expected a shape of 1 to 2^32 positions, got [${rows}, ${cols}].`);
  }
  for (let k = 0; k < indices.length; k++) {
    const ascending = k === 0 || indices[k - 1] < indices[k];
    if (ascending && indices[k] < positions) continue;
    throw new RangeError(
      `PanelLayout: expected strictly ascending indices below ${positions}, got ${indices[k]} at place ${k}` +
        (k === 0 ? '.' : ` after ${indices[k - 1]}.`),
    );
  }
}
