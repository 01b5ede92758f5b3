import { type Tensor, tensor1d, tidy, type Variable } from '@tensorflow/tfjs-core';
import type { LayersModel, LayerVariable } from '@tensorflow/tfjs-layers';
import { expected, InputError } from '../base/errors.ts';
import { type Engine, engineOf } from '../engines/engine.ts';
import type { WeightMatrix } from '../ops/weight.ts';
import type { Layout, Topology } from '../sparsity/layout.ts';
import type { SparseWeights } from '../topology/matrix.ts';

/** What a sparse kernel is called, how large it is, and where its numbers live. */
export interface SparseKernelParts {
  /** Name of the layer and of the weight within it: `lstm_1/wx`. */
  name: string;
  rows: number;
  cols: number;
  /** Number of equal row blocks that are gates; 1 where there is one block. */
  gates: number;
  /** f32 `[nnz]`, trained. */
  values: LayerVariable;
  /** int32 `[nnz]`, not trained: the bits of the uint32 flat index `row * cols + col` of every value. */
  indices: LayerVariable;
}

/** Every kernel under the variable that is trained, so that layers nested in whatever way are found. */
const kernels = new WeakMap<LayerVariable, SparseKernel>();

/**
 * The kernel W `[rows, cols]` of a layer. Its two weights are pairs (index, value) in any order; the first use after they
 * were written (built, loaded, set) brings both into the order of the engine's layout, in place. So whatever writes the
 * weights of a model (`loadLayersModel`, `setWeights`) writes topologies too, and a model saved on one engine loads on
 * another. No array of rows x cols exists at any
 * time, but on the engine `tensorflow`, whose products are masked-dense.
 */
export class SparseKernel {
  readonly name: string;
  readonly rows: number;
  readonly cols: number;
  /** Number of equal row blocks that are gates; 1 where there is one block. */
  readonly gates: number;
  private readonly values: LayerVariable;
  private readonly indices: LayerVariable;
  private settled?: { engine: Engine; layout: Layout; data: object };

  constructor({ name, rows, cols, gates, values, indices }: SparseKernelParts) {
    this.name = name;
    this.rows = rows;
    this.cols = cols;
    this.gates = gates;
    this.values = values;
    this.indices = indices;
    kernels.set(values, this);
  }

  get nnz(): number {
    return this.values.shape[0] as number;
  }

  /** Whether a variable of the model is this kernel's. */
  trains(variable: LayerVariable): boolean {
    return variable === this.values;
  }

  /** The weight as ops take it. Its values are the trained variable. */
  weight(): WeightMatrix {
    const layout = this.layout();
    return { rows: this.rows, cols: this.cols, values: this.values.read(), layout };
  }

  /** Positions and values in canonical order, as topology rules see them; fresh arrays. */
  read(): SparseWeights {
    const { name, rows, cols, gates } = this;
    const topology = { rows, cols, indices: this.layout().readIndices() };
    return { name, gates, topology, values: this.toCanonical(this.values.read()) };
  }

  /** A per-nonzero tensor in the order of the values (an optimizer's slot) as a fresh array in canonical order. */
  toCanonical(tensor: Tensor): Float32Array {
    return this.layout().toCanonical(tensor.dataSync() as Float32Array);
  }

  /** Writes a per-nonzero array in canonical order to a variable of the values' order. */
  assign(variable: Variable, values: Float32Array): void {
    tidy(() => variable.assign(tensor1d(this.layout().fromCanonical(values))));
  }

  /**
   * Moves the kernel to another topology of as many nonzeros, in place: its variables stay the ones that they are.
   * Per-nonzero tensors in the old order lose their meaning.
   *
   * @param values in canonical order.
   */
  replace(topology: Topology, values: Float32Array): void {
    if (topology.indices.length !== this.nnz || values.length !== this.nnz) {
      throw expected(`${this.nnz} nonzeros of ${this.name}, as many as before`, topology.indices.length);
    }
    const engine = engineOf();
    this.settled?.layout.dispose();
    const layout = engine.createLayout(topology);
    // A layout carries floats: halves of an index are exact in them, a whole one need not be.
    const low = layout.fromCanonical(Float32Array.from(topology.indices, index => index & 0xffff));
    const high = layout.fromCanonical(Float32Array.from(topology.indices, index => index >>> 16));
    const indices = Int32Array.from(low, (half, k) => half | (high[k] << 16));
    tidy(() => {
      (this.indices.read() as Variable).assign(tensor1d(indices, 'int32'));
      (this.values.read() as Variable).assign(tensor1d(layout.fromCanonical(values)));
    });
    this.settled = { engine, layout, data: this.indices.read().dataId };
  }

  /** Frees the index arrays; the weights are the layer's. */
  dispose(): void {
    this.settled?.layout.dispose();
    this.settled = undefined;
  }

  /** The layout that the weights lie in now. */
  private layout(): Layout {
    const engine = engineOf();
    const { settled } = this;
    if (settled?.engine === engine && settled.data === this.indices.read().dataId) return settled.layout;
    const { indices, values } = this.sorted();
    this.replace({ rows: this.rows, cols: this.cols, indices }, values);
    return this.settled!.layout;
  }

  /** The weights as they were written, in canonical order. */
  private sorted(): { indices: Uint32Array; values: Float32Array } {
    const written = new Uint32Array(Int32Array.from(this.indices.read().dataSync()).buffer);
    const values = this.values.read().dataSync();
    const order = Uint32Array.from(written, (_, k) => k).sort((a, b) => written[a] - written[b]);
    const indices = Uint32Array.from(order, k => written[k]);
    const size = this.rows * this.cols;
    const wrong = indices.findIndex((index, k) => index >= size || (k > 0 && index === indices[k - 1]));
    if (wrong >= 0) {
      throw new InputError(
        `expected ${this.nnz} different positions below ${size} as the indices of ${this.name} [${this.rows}, ${this.cols}], ` +
          `got ${indices[wrong]}${indices[wrong] < size ? ' twice' : ''}; load or set values and indices together`,
      );
    }
    return { indices, values: Float32Array.from(order, k => values[k]) };
  }
}

/**
 * The sparse kernels among the trained weights of a model, in the model's order; those of frozen layers are left out.
 *
 * @example
 * for (const kernel of sparseKernels(model)) console.log(kernel.name, kernel.nnz / (kernel.rows * kernel.cols));
 */
export function sparseKernels(model: LayersModel): SparseKernel[] {
  return model.trainableWeights.flatMap(weight => kernels.get(weight) ?? []);
}
