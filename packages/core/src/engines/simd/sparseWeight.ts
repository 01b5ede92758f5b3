import type { PanelLayout } from './panelLayout.ts';
import type { Runtime } from './runtime.ts';
import { type ForColumns, productBytes, type SimdWeight, type Start, startWord, type Tiles } from './weight.ts';

/**
 * A sparse weight matrix W `[out, in]`: a layout, and values f32 `[nnz]` in its order in the shared heap. The memory stays
 * the caller's. Time and memory of all products follow the nonzeros. Each element of a result is summed up in a fixed
 * order, so that results do not depend on the number of threads.
 *
 * @throws {RangeError} When the shapes of the operands of a product do not fit.
 * @example
 * const w = new SparseWeight(runtime, layout, values);
 * w.product(x, y); // y += W x
 * w.product(x, y, bias); // y = bias + W x
 * layout.refreshTransposed(values); // once per change of the values
 * w.productTransposed(dy, dx); // dx += W^T dy
 */
export class SparseWeight implements SimdWeight {
  readonly out: number;
  readonly in: number;

  constructor(
    private readonly runtime: Runtime,
    readonly layout: PanelLayout,
    readonly valuesAddress: number,
  ) {
    this.out = layout.rows;
    this.in = layout.cols;
  }

  product(x: Tiles, y: Tiles, start?: Start): void {
    this.check('product', x, this.in, y, this.out);
    this.multiply(this.layout.descriptor, this.valuesAddress, x, y, start);
  }

  /** dX = start + W^T dY, with the values that the layout's last `refreshTransposed` saw. */
  productTransposed(dy: Tiles, dx: Tiles, start?: Start): void {
    this.check('productTransposed', dy, this.out, dx, this.in);
    const { descriptor, values } = this.layout.byColumns;
    this.multiply(descriptor, values, dy, dx, start);
  }

  outerProduct(dy: Tiles, x: Tiles, gradient: number, accumulate: boolean): void {
    this.check('outerProduct', dy, this.out, x, this.in);
    const { descriptor } = this.layout;
    const { columns, width } = x;
    this.runtime.run(
      'panelSampledProduct',
      ...[descriptor, gradient, dy.address, x.address, columns, width, accumulate ? 1 : 0],
    );
  }

  get forColumns(): ForColumns {
    const { layout, valuesAddress } = this;
    return {
      bytes: productBytes(layout.nnz, true),
      operand: isTransposed => {
        const { descriptor, values } = isTransposed
          ? layout.byColumns
          : { descriptor: layout.descriptor, values: valuesAddress };
        return { words: [0, 0, descriptor, values], free() {} };
      },
    };
  }

  private multiply(descriptor: number, values: number, x: Tiles, y: Tiles, start?: Start): void {
    const words = [descriptor, values, x.address, y.address, x.columns, x.width, startWord(start)];
    this.runtime.run('panelProduct', ...words);
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
