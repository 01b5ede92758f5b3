import {
  gather,
  keep,
  reshape,
  scatterND,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  tensor,
  tidy,
} from '@tensorflow/tfjs-core';
import type { Layout, Topology } from '../../sparsity/layout.ts';

/**
 * The canonical order as a layout, for masked-dense arithmetic: values are spread over a dense matrix whose other
 * elements are 0, and a dense gradient is read at the positions. The dense form of the newest values is kept, as a
 * trainer of masked weights keeps it: the forward and the backward pass of a step spread them once.
 */
export class DenseLayout implements Layout {
  readonly engine = 'tensorflow';
  readonly rows: number;
  readonly cols: number;
  private readonly indices: Uint32Array;
  /** int32 `[nnz]`, the flat index of every value. */
  private readonly positions: Tensor1D;
  /** The dense form, and the data it was made of: a variable that is assigned to gets other data. */
  private spread: { from: object; matrix: Tensor2D } | undefined;

  constructor({ rows, cols, indices }: Topology) {
    this.rows = rows;
    this.cols = cols;
    this.indices = indices.slice();
    this.positions = keep(tensor(Int32Array.from(indices), [indices.length], 'int32') as Tensor1D);
  }

  get nnz(): number {
    return this.indices.length;
  }

  get bytes(): number {
    return 2 * this.indices.byteLength + (this.spread === undefined ? 0 : 4 * this.rows * this.cols);
  }

  /** W `[rows, cols]` with zeros outside the topology. It belongs to the layout: not to be disposed of. */
  toDense(values: Tensor): Tensor2D {
    if (this.spread?.from !== values.dataId) {
      this.spread?.matrix.dispose();
      const matrix = tidy(() => {
        const flat = scatterND(reshape(this.positions, [this.nnz, 1]), values, [this.rows * this.cols]);
        return keep(reshape(flat, [this.rows, this.cols]) as Tensor2D);
      });
      this.spread = { from: values.dataId, matrix };
    }
    return this.spread.matrix;
  }

  /** The elements of a dense `[rows, cols]` at the positions, `[nnz]`. */
  atPositions(dense: Tensor): Tensor {
    return tidy(() => gather(reshape(dense, [this.rows * this.cols]), this.positions));
  }

  readIndices(): Uint32Array {
    return this.indices.slice();
  }

  toCanonical(values: Float32Array): Float32Array {
    return values.slice();
  }

  fromCanonical(values: Float32Array): Float32Array {
    return values.slice();
  }

  dispose(): void {
    this.positions.dispose();
    this.spread?.matrix.dispose();
    this.spread = undefined;
  }
}
