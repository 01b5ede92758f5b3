import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import type { WeightMatrix } from '../ops/weight.ts';

/** Sizes of one recurrent layer. */
export interface CellSizes {
  /** I: features of the layer's input. */
  inputs: number;
  /** H: hidden units. */
  hidden: number;
  /** L: depth of the recurrence within one time step; cells without depth ignore it. */
  depth: number;
}

/** A weight matrix of one layer. */
export interface CellMatrix {
  /** Name within the layer: `wx`. */
  name: string;
  rows: number;
  cols: number;
  /** Names of the equal row blocks that are gates. */
  gates: readonly string[];
  /** Whether it multiplies the layer's input, and not a state. */
  input?: true;
}

/** A bias of one layer and its initial values. */
export interface CellBias {
  name: string;
  /** Initial values, as many as the bias has numbers. */
  values: Float32Array;
}

/** One run of a layer over a window of T time steps and B columns. */
export interface CellCall {
  /** `[I, T*B]`, columns (t, b) with t outermost. */
  x: Tensor2D;
  /** State before the window, `[H, B]` each, in the order of `Cell.states`. */
  states: readonly Tensor2D[];
  /** In the order of `Cell.matrices`. */
  weights: readonly WeightMatrix[];
  /** In the order of `Cell.biases`. */
  biases: readonly Tensor1D[];
  /** Mask `[H, B]` on the recurrent input, the same in all time steps; only where `Cell.stateDropout`. */
  stateMask?: Tensor2D;
  /** True length of each column, never increasing; only where `Cell.lengths`. Default: all T. */
  lengths?: ArrayLike<number>;
  /** Whether all outputs are wanted, or the last state alone. Default true. */
  sequences?: boolean;
}

/** What a layer returns. */
export interface CellResult {
  /** `[H, T*B]`, the outputs of all time steps; absent without `sequences`. */
  y?: Tensor2D;
  /** State after the window (with `lengths`: after each column's last token), in the order of `Cell.states`. */
  states: Tensor2D[];
}

/**
 * A recurrent layer type: which weights it has, which state it carries, and the fused op that runs it. Models, topology
 * updates, checkpoints and logs work on what a cell declares, so a new cell is this object and its op.
 */
export interface Cell {
  readonly name: string;
  /** Author, year and title. */
  readonly paper: string;
  /** One line for lists and reports. */
  readonly description: string;
  /** Names of the states it carries, `[H, B]` each. The first is the layer's output at the last time step. */
  readonly states: readonly string[];
  /** Whether the layer takes a mask on its recurrent input. */
  readonly stateDropout: boolean;
  /** Whether the layer takes sequences of different lengths. */
  readonly lengths: boolean;
  /** Its weight matrices, in the order in which `run` gets them. */
  matrices(sizes: CellSizes): CellMatrix[];
  /**
   * Its biases, in the order in which `run` gets them.
   *
   * @param transformBias initial bias of gates that carry the state on; only cells with such a gate read it.
   */
  biases(sizes: CellSizes, transformBias: number): CellBias[];
  /** The layer over a window. Must have a gradient in x, states, weights and biases. */
  run(call: CellCall): CellResult;
}
