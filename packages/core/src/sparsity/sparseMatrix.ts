import { type Tensor, tensor1d, type Variable, variable } from '@tensorflow/tfjs-core';
import type { Engine } from '../engines/engine.ts';
import type { Layout, Topology } from './layout.ts';

/**
 * A sparse weight W `[rows, cols]`: one variable of nnz values and the engine's index arrays. No array of rows x cols
 * exists at any time, but on the tensorflow engine, which is masked-dense, and before a method that starts dense (gmp,
 * snip) has pruned.
 */
export class SparseMatrix {
  readonly rows: number;
  readonly cols: number;
  /** `[nnz]`, in the order of `layout`. Replaced when the topology changes. */
  values: Variable;
  /** The engine's index arrays. Replaced when the topology changes. */
  layout: Layout;

  /**
   * @param topology Where the nonzeros are.
   * @param values Their values in canonical order (ascending row-major index).
   */
  constructor(
    private readonly engine: Engine,
    topology: Topology,
    values: Float32Array,
  ) {
    this.rows = topology.rows;
    this.cols = topology.cols;
    this.layout = engine.createLayout(topology);
    this.values = this.toVariable(values);
  }

  get nnz(): number {
    return this.layout.nnz;
  }

  /** Where the nonzeros are, in canonical order; a fresh array at each call. */
  get topology(): Topology {
    return { rows: this.rows, cols: this.cols, indices: this.layout.readIndices() };
  }

  /** Any per-nonzero tensor in layout order (values, gradient, optimizer slot) as an array in canonical order. */
  toCanonical(tensor: Tensor): Float32Array {
    return this.layout.toCanonical(tensor.dataSync() as Float32Array);
  }

  /** A per-nonzero array in canonical order as a variable in layout order. */
  toVariable(values: Float32Array): Variable {
    if (values.length !== this.nnz) {
      throw new Error(`SparseMatrix: expected ${this.nnz} values, one per nonzero, got ${values.length}.`);
    }
    const initial = tensor1d(this.layout.fromCanonical(values));
    const result = variable(initial);
    initial.dispose();
    return result;
  }

  /** Moves the matrix to another topology. Tensors in the old layout's order lose their meaning. */
  replace(topology: Topology, values: Float32Array): void {
    const old = { layout: this.layout, values: this.values };
    old.values.dispose();
    old.layout.dispose();
    this.layout = this.engine.createLayout(topology);
    this.values = this.toVariable(values);
  }

  /** Frees values and index arrays. */
  dispose(): void {
    this.values.dispose();
    this.layout.dispose();
  }
}
