import { type Rank, type Tensor1D, type Tensor2D, zeros } from '@tensorflow/tfjs-core';
import type { Cell, CellCall, CellResult } from '../cells/cell.ts';
import { findCell } from '../cells/cells.ts';
import type { BiasParameter, MatrixParameter } from './parameters.ts';
import type { LayerPlan, MatrixPlan } from './plan.ts';
import type { RecurrentSettings } from './settings.ts';

/** A recurrent layer with its weights. */
export interface Layer {
  cell: Cell;
  hidden: number;
  matrices: readonly MatrixParameter[];
  biases: readonly BiasParameter[];
}

/** Layers that follow each other: the first reads `inputs` features, the others what `outputs` makes of H. */
export function planLayers(settings: RecurrentSettings, inputs: number, directions: readonly string[]): LayerPlan[] {
  const { hidden, layers, depth = 1 } = settings;
  const cell = findCell(settings.cell ?? 'lstm');
  return Array.from({ length: layers }, (_, index) => index).flatMap(index =>
    directions.map(direction => ({
      name: `${cell.name}${index}${direction}`,
      cell,
      sizes: { inputs: index === 0 ? inputs : directions.length * hidden, hidden, depth },
    })),
  );
}

/** The weight matrices of a layer. @param range half-width of their initial values, by default 1 / sqrt(H). */
export function layerMatrices(
  plan: LayerPlan,
  sparse: { input?: boolean; recurrent: boolean },
  range = 1 / Math.sqrt(plan.sizes.hidden),
): MatrixPlan[] {
  return plan.cell.matrices(plan.sizes).map(({ name, rows, cols, gates, input }) => {
    const isSparse = input ? (sparse.input ?? sparse.recurrent) : sparse.recurrent;
    return { name: `${plan.name}.${name}`, role: 'recurrent', rows, cols, gates, range, sparse: isSparse };
  });
}

/** The biases of a layer. */
export function layerBiases(plan: LayerPlan, transformBias = 0): { name: string; values: Float32Array }[] {
  return plan.cell.biases(plan.sizes, transformBias).map(({ name, values }) => {
    return { name: `${plan.name}.${name}`, values };
  });
}

/** The layer of a plan, with its part of a model's parameters. */
export function layerOf(
  plan: LayerPlan,
  parameters: { matrices: readonly MatrixParameter[]; biases: readonly BiasParameter[] },
): Layer {
  const own = <T extends { name: string }>(all: readonly T[]) =>
    all.filter(({ name }) => name.startsWith(`${plan.name}.`));
  const { cell, sizes } = plan;
  return { cell, hidden: sizes.hidden, matrices: own(parameters.matrices), biases: own(parameters.biases) };
}

export function runLayer(layer: Layer, call: Omit<CellCall, 'weights' | 'biases'>): CellResult {
  return layer.cell.run({
    ...call,
    weights: layer.matrices.map(({ weight }) => weight),
    biases: layer.biases.map(({ variable }) => variable as unknown as Tensor1D),
  });
}

/** The state before the first token. */
export function zeroStates(layer: Layer, batch: number): Tensor2D[] {
  return layer.cell.states.map(() => zeros<Rank.R2>([layer.hidden, batch]));
}
