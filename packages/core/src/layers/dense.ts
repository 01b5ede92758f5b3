import { reshape, serialization, type Tensor, type Tensor1D, type Tensor2D, transpose } from '@tensorflow/tfjs-core';
import { type LayerVariable, layers, type Shape } from '@tensorflow/tfjs-layers';
import { sparseMatMul } from '../ops/sparseMatMul/contract.ts';
import type { SparseKernel } from './sparseKernel.ts';
import { SparseLayer, type SparseLayerArgs, single, size } from './sparseLayer.ts';

/** Arguments of `SparseDense`. The default of `range` is Glorot's (Glorot & Bengio 2010) for the connections that exist:
 * sqrt(6 / (inputs per unit + units per input)). */
export interface SparseDenseArgs extends SparseLayerArgs {
  /** Outputs. */
  units: number;
  /** Name of an activation function of TensorFlow.js: `relu`, `softmax` ... Default `linear`. */
  activation?: Parameters<typeof layers.activation>[0]['activation'];
  /** Whether a dense bias, 0 at the start, is added. Default true. */
  useBias?: boolean;
}

/**
 * `y = activation(W x + b)` on the last axis with a sparse W `[units, features]`: `tf.layers.dense`, truly sparse.
 *
 * Input `[batch, ..., features]`, output `[batch, ..., units]`.
 *
 * @example
 * model.add(new SparseDense({ units: 10, density: 0.1, activation: 'softmax', inputShape: [784] }));
 */
export class SparseDense extends SparseLayer {
  /** Name in saved models. */
  static readonly className = 'SparseRnnDense';
  private readonly units: number;
  private readonly useBias: boolean;
  private readonly activation: NonNullable<SparseDenseArgs['activation']>;
  private readonly activate: layers.Layer;
  private kernel?: SparseKernel;
  private bias?: LayerVariable;

  constructor(args: SparseDenseArgs) {
    super(args);
    this.units = size(`units of layer ${this.name}`, args.units);
    this.useBias = args.useBias ?? true;
    this.activation = args.activation ?? 'linear';
    this.activate = layers.activation({ activation: this.activation });
  }

  override build(inputShape: Shape | Shape[]): void {
    const rows = this.units;
    const cols = size(`features before layer ${this.name}`, single(inputShape).at(-1));
    const range = (nnz: number) => Math.sqrt(6 / (nnz / rows + nnz / cols));
    this.kernel = this.addKernel({ name: 'kernel', rows, cols, range });
    if (this.useBias) this.bias = this.addBias('bias', new Float32Array(rows));
    this.built = true;
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    return [...single(inputShape).slice(0, -1), this.units];
  }

  override getConfig() {
    const { units, useBias, activation } = this;
    return { ...super.getConfig(), units, useBias, activation };
  }

  protected override run(x: Tensor): Tensor {
    const features = x.shape.at(-1)!;
    const columns = transpose(reshape(x, [x.size / features, features])) as Tensor2D;
    const y = sparseMatMul(this.kernel!.weight(), columns, this.bias?.read() as Tensor1D | undefined);
    return this.activate.call(reshape(transpose(y), [...x.shape.slice(0, -1), this.units]), {}) as Tensor;
  }
}

serialization.registerClass(SparseDense);
