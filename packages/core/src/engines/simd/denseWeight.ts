import type { KernelName } from './kernels.ts';
import type { Runtime } from './runtime.ts';
import {
  type ColumnOperand,
  type ForColumns,
  productBytes,
  type SimdWeight,
  type Start,
  startWord,
  type Tiles,
} from './weight.ts';

/** Scratch of the dense kernels per thread; assembly/dense/gemmWide.ts says what it holds. */
export const SCRATCH_BYTES = 352_768;

/** Bytes of the copy of a matrix in panels of five rows (assembly/recurrent/columnWeight.ts). */
export function panelBytes(rows: number, columns: number): number {
  return 4 * 5 * Math.ceil(rows / 5) * columns;
}

const scratchOf = new WeakMap<Runtime, number>();

/** Address of the scratch that all dense products of a runtime share: kernels run one after another. */
function sharedScratch(runtime: Runtime): number {
  let address = scratchOf.get(runtime);
  if (address === undefined) {
    address = runtime.heap.allocate(runtime.threads * SCRATCH_BYTES);
    scratchOf.set(runtime, address);
  }
  return address;
}

/**
 * A dense weight matrix W `[out, in]`, row-major float32 in the shared heap. The memory stays the caller's, and its
 * values may change between products. Each element of a result is summed up in a fixed order, so that results do not
 * depend on the number of threads.
 *
 * @throws {RangeError} When the shapes of the operands of a product do not fit.
 * @example
 * const w = new DenseWeight(runtime, 6000, 1500, address);
 * w.product(x, y); // y += W x
 * w.product(x, y, bias); // y = bias + W x
 */
export class DenseWeight implements SimdWeight {
  readonly in: number;
  private readonly scratch: number;

  constructor(
    private readonly runtime: Runtime,
    readonly out: number,
    inputs: number,
    readonly address: number,
  ) {
    this.in = inputs;
    this.scratch = sharedScratch(runtime);
  }

  product(x: Tiles, y: Tiles, start?: Start): void {
    this.check('product', x, this.in, y, this.out);
    const kernel = x.columns <= x.width ? 'denseProductNarrow' : 'denseProduct';
    this.run(kernel, [this.address, x.address, y.address], x, startWord(start));
  }

  productTransposed(dy: Tiles, dx: Tiles, start?: Start): void {
    this.check('productTransposed', dy, this.out, dx, this.in);
    const kernel = dy.columns <= dy.width ? 'denseProductTransposedNarrow' : 'denseProductTransposed';
    this.run(kernel, [this.address, dy.address, dx.address], dy, startWord(start));
  }

  outerProduct(dy: Tiles, x: Tiles, gradient: number, accumulate: boolean): void {
    this.check('outerProduct', dy, this.out, x, this.in);
    this.run('denseOuterProduct', [dy.address, x.address, gradient], x, accumulate ? 1 : 0);
  }

  get forColumns(): ForColumns {
    return {
      bytes: productBytes(this.out * this.in, false),
      operand: isTransposed => this.panels(isTransposed),
    };
  }

  /** A copy in the order in which the kernels read it, five rows at a time. */
  private panels(isTransposed: boolean): ColumnOperand {
    const { heap } = this.runtime;
    const [rows, columns] = isTransposed ? [this.in, this.out] : [this.out, this.in];
    const panels = heap.allocate(panelBytes(rows, columns));
    this.runtime.run('densePanels', this.address, panels, this.out, this.in, isTransposed ? 1 : 0);
    return { words: [rows, columns, panels, this.scratch], free: () => heap.release(panels) };
  }

  private run(kernel: KernelName, addresses: [number, number, number], tiles: Tiles, last: number): void {
    this.runtime.run(kernel, ...addresses, this.out, this.in, tiles.columns, tiles.width, this.scratch, last);
  }

  private check(what: string, a: Tiles, aFeatures: number, b: Tiles, bFeatures: number): void {
    if (a.features !== aFeatures || b.features !== bFeatures || a.columns !== b.columns || a.width !== b.width) {
      throw new RangeError(
        `${what} with W [${this.out}, ${this.in}]: expected matrices [${aFeatures}, N] and [${bFeatures}, N], ` +
          `got [${a.features}, ${a.columns}] and [${b.features}, ${b.columns}].`,
      );
    }
  }
}
