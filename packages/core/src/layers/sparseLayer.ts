import { type Tensor, tensor1d, tidy } from '@tensorflow/tfjs-core';
import { type initializers, type LayerVariable, layers, type Shape } from '@tensorflow/tfjs-layers';
import { expected } from '../base/errors.ts';
import { rng } from '../base/philox.ts';
import { engineOf } from '../engines/engine.ts';
import { initialTopology } from '../models/model.ts';
import { roundShare } from '../sparsity/rounding.ts';
import { SparseKernel } from './sparseKernel.ts';

/** Arguments that every TensorFlow.js layer takes: `name`, `inputShape`, `batchInputShape`, `trainable` ... */
export type LayerArgs = NonNullable<ConstructorParameters<typeof layers.Layer>[0]>;

/** What TensorFlow.js passes through a layer's `call`. */
export type CallArgs = Parameters<layers.Layer['call']>[1];

type Config = ReturnType<layers.Layer['getConfig']>;
type Initializer = ReturnType<typeof initializers.zeros>;

/** Arguments of every sparse layer. */
export interface SparseLayerArgs extends LayerArgs {
  /** Share of nonzeros of each kernel, in (0, 1]: `round(density * rows * cols)` of them, half away from zero. */
  density: number;
  /** Seed of positions and initial values, which are functions of it and of the names of layer and weight. Default 0. */
  seed?: number;
  /** Half-width r of the initial values U(-r, r). Every layer states its default. */
  range?: number;
}

/** A kernel that a layer wants. */
export interface KernelPlan {
  /** Name within the layer: `kernel`, `wx`. */
  name: string;
  rows: number;
  cols: number;
  /** Number of equal row blocks that are gates. Default 1. */
  gates?: number;
  /** Half-width of the initial values for a number of nonzeros, where the layer was given none. */
  range(nnz: number): number;
}

/**
 * What the sparse layers share: kernels of exact density, their life, and the part of the configuration about them. A
 * layer's weights are, for each kernel, its values `[nnz]` (trained) and its indices `[nnz]` (not trained), and dense
 * biases. Saving a model saves all of them.
 */
export abstract class SparseLayer extends layers.Layer {
  protected readonly density: number;
  protected readonly seed: number;
  private readonly range: number | undefined;
  private readonly kernels: SparseKernel[] = [];

  constructor(args: SparseLayerArgs) {
    super(args);
    const { density, seed, range } = args;
    if (!(density > 0 && density <= 1)) throw expected(`a density of layer ${this.name} in (0, 1]`, density);
    this.density = density;
    this.seed = seed ?? 0;
    this.range = range ?? undefined;
  }

  override getConfig(): Config {
    const { density, seed, range } = this;
    return { ...super.getConfig(), density, seed, ...(range === undefined ? {} : { range }) };
  }

  override call(inputs: Tensor | Tensor[], args: CallArgs): Tensor {
    return tidy(() => {
      this.invokeCallHook(inputs, args);
      return this.run(Array.isArray(inputs) ? inputs[0] : inputs);
    });
  }

  /** The layer's output for one input; called within a tidy. */
  protected abstract run(x: Tensor): Tensor;

  /** Adds a kernel of the layer's density, its nonzeros drawn uniformly without replacement. */
  protected addKernel({ name, rows, cols, gates = 1, range }: KernelPlan): SparseKernel {
    engineOf(); // says so if none runs
    const nnz = roundShare(this.density, rows * cols);
    const fullName = `${this.name}/${name}`;
    const indices = () => new Int32Array(initialTopology(this.seed, fullName, rows, cols, nnz).indices.buffer);
    const values = () => uniform(rng(this.seed, 'values', fullName), nnz, this.range ?? range(nnz));
    const kernel = new SparseKernel({
      name: fullName,
      rows,
      cols,
      gates,
      values: this.add(name, nnz, 'float32', () => tensor1d(values())),
      indices: this.add(`${name}_indices`, nnz, 'int32', () => tensor1d(indices(), 'int32')),
    });
    this.kernels.push(kernel);
    return kernel;
  }

  /** Adds a dense vector. */
  protected addBias(name: string, values: Float32Array): LayerVariable {
    return this.add(name, values.length, 'float32', () => tensor1d(values));
  }

  protected override disposeWeights(): number {
    for (const kernel of this.kernels) kernel.dispose();
    return super.disposeWeights();
  }

  private add(name: string, length: number, dtype: 'float32' | 'int32', apply: () => Tensor): LayerVariable {
    const initializer = { apply } as unknown as Initializer;
    return this.addWeight(name, [length], dtype, initializer, undefined, dtype === 'float32');
  }
}

/** The one shape that a layer is built for. */
export function single(shape: Shape | Shape[]): Shape {
  return Array.isArray(shape[0]) ? shape[0] : (shape as Shape);
}

/** A size that has to be known when a layer is built, or given as an argument. */
export function size(what: string, came: number | null | undefined): number {
  if (!(Number.isInteger(came) && came! >= 1)) throw expected(`a whole number of ${what}, at least 1`, came);
  return came!;
}

function uniform(stream: { float(): number }, count: number, range: number): Float32Array {
  return Float32Array.from({ length: count }, () => (2 * stream.float() - 1) * range);
}
