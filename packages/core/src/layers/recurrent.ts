import {
  reshape,
  serialization,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  transpose,
  zeros,
} from '@tensorflow/tfjs-core';
import type { LayerVariable, Shape } from '@tensorflow/tfjs-layers';
import type { Cell, CellSizes } from '../cells/cell.ts';
import { findCell } from '../cells/cells.ts';
import type { SparseKernel } from './sparseKernel.ts';
import { SparseLayer, type SparseLayerArgs, single, size } from './sparseLayer.ts';

/** Arguments of a recurrent layer. The default of `range` is 1 / sqrt(units) (docs/method.md). */
export interface SparseRecurrentArgs extends SparseLayerArgs {
  /** Name of a registered cell. Default `lstm`. */
  cell?: string;
  /** Hidden units H. */
  units: number;
  /** Whether the outputs of all time steps are returned, or the last one alone. Default false. */
  returnSequences?: boolean;
  /** Depth of the recurrence within a time step, for cells that have one. Default 1. */
  depth?: number;
  /** Initial bias of gates that carry the state on, for cells that have one. Default 0. */
  transformBias?: number;
}

/**
 * A recurrent layer with sparse matrices, all time steps in one fused op: what `tf.layers.lstm` is with
 * `recurrentActivation: 'sigmoid'`, truly sparse, for every registered cell. The state is 0 before the first time step.
 * Masks are not supported: TensorFlow.js says so where one arrives.
 *
 * Input `[batch, time, features]`; output `[batch, time, units]` with `returnSequences`, `[batch, units]` without.
 * Inside, activations are feature-major `[features, time * batch]`.
 *
 * @example
 * model.add(new SparseRecurrent({ cell: 'lstm', units: 128, density: 0.1, returnSequences: true, inputShape: [35, 64] }));
 */
export class SparseRecurrent extends SparseLayer {
  /** Name in saved models. */
  static readonly className = 'SparseRnnRecurrent';
  private readonly cell: Cell;
  private readonly units: number;
  private readonly returnSequences: boolean;
  private readonly depth: number;
  private readonly transformBias: number;
  private matrices: SparseKernel[] = [];
  private biases: LayerVariable[] = [];

  constructor(args: SparseRecurrentArgs) {
    super(args);
    this.cell = findCell(args.cell ?? 'lstm');
    this.units = size(`units of layer ${this.name}`, args.units);
    this.returnSequences = args.returnSequences ?? false;
    this.depth = size(`levels of layer ${this.name} (depth)`, args.depth ?? 1);
    this.transformBias = args.transformBias ?? 0;
  }

  override build(inputShape: Shape | Shape[]): void {
    const { cell, units, depth } = this;
    const inputs = size(`features before layer ${this.name}`, single(inputShape).at(-1));
    const sizes: CellSizes = { inputs, hidden: units, depth };
    const range = () => 1 / Math.sqrt(units);
    this.matrices = cell.matrices(sizes).map(({ name, rows, cols, gates }) => {
      return this.addKernel({ name, rows, cols, gates: gates.length, range });
    });
    this.biases = cell.biases(sizes, this.transformBias).map(({ name, values }) => this.addBias(name, values));
    this.built = true;
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const [batch, steps] = single(inputShape);
    return this.returnSequences ? [batch, steps, this.units] : [batch, this.units];
  }

  override getConfig() {
    const { cell, units, returnSequences, depth, transformBias } = this;
    return { ...super.getConfig(), cell: cell.name, units, returnSequences, depth, transformBias };
  }

  protected override run(x: Tensor): Tensor {
    const { cell, units } = this;
    const [batch, steps, features] = x.shape;
    const { y, states } = cell.run({
      x: reshape(transpose(x, [2, 1, 0]), [features, steps * batch]),
      states: cell.states.map(() => zeros([units, batch]) as Tensor2D),
      weights: this.matrices.map(kernel => kernel.weight()),
      biases: this.biases.map(bias => bias.read() as Tensor1D),
      sequences: this.returnSequences,
    });
    if (!this.returnSequences) return transpose(states[0]);
    return transpose(reshape(y!, [units, steps, batch]), [2, 1, 0]);
  }
}

serialization.registerClass(SparseRecurrent);
