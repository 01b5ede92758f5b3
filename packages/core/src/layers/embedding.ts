import { cast, reshape, serialization, type Tensor, type Tensor1D, transpose } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { sparseEmbedding } from '../ops/sparseEmbedding/contract.ts';
import type { SparseKernel } from './sparseKernel.ts';
import { SparseLayer, type SparseLayerArgs, single, size } from './sparseLayer.ts';

/** Arguments of `SparseEmbedding`. The default of `range` is 0.1 (docs/method.md). */
export interface SparseEmbeddingArgs extends SparseLayerArgs {
  /** Size V of the vocabulary: ids are from 0 to V - 1. */
  inputDim: number;
  /** Size E of a token's vector. */
  outputDim: number;
  /** Tokens of a sequence, where the model has to know it. Default: any number. */
  inputLength?: number | null;
}

/**
 * Looks up rows of a sparse W `[V, E]`: `tf.layers.embedding`, truly sparse.
 *
 * Input ids `[batch, ...]` (whole numbers, of any type), output `[batch, ..., E]`.
 *
 * @example
 * model.add(new SparseEmbedding({ inputDim: 10_000, outputDim: 128, density: 0.2 }));
 */
export class SparseEmbedding extends SparseLayer {
  /** Name in saved models. */
  static readonly className = 'SparseRnnEmbedding';
  private readonly inputDim: number;
  private readonly outputDim: number;
  private readonly inputLength: number | null;
  private kernel?: SparseKernel;

  constructor(args: SparseEmbeddingArgs) {
    const { inputShape, batchInputShape, batchSize = null, inputLength = null } = args;
    super({ ...args, ...(inputShape || batchInputShape ? {} : { batchInputShape: [batchSize, inputLength] }) });
    this.inputDim = size(`words of layer ${this.name} (inputDim)`, args.inputDim);
    this.outputDim = size(`features of layer ${this.name} (outputDim)`, args.outputDim);
    this.inputLength = inputLength;
  }

  override build(): void {
    this.kernel = this.addKernel({
      name: 'embeddings',
      rows: this.inputDim,
      cols: this.outputDim,
      range: () => 0.1,
    });
    this.built = true;
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    return [...single(inputShape), this.outputDim];
  }

  override getConfig() {
    const { inputDim, outputDim, inputLength } = this;
    return { ...super.getConfig(), inputDim, outputDim, inputLength };
  }

  protected override run(ids: Tensor): Tensor {
    const flat = reshape(cast(ids, 'int32'), [ids.size]) as Tensor1D;
    return reshape(transpose(sparseEmbedding(this.kernel!.weight(), flat)), [...ids.shape, this.outputDim]);
  }
}

serialization.registerClass(SparseEmbedding);
