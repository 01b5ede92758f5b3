import type { Cell, CellSizes } from '../cells/cell.ts';
import type { MatrixRole, MatrixUse } from '../flops/count.ts';

/** A weight matrix that a model will have. */
export interface MatrixPlan {
  name: string;
  role: MatrixRole;
  rows: number;
  cols: number;
  gates: readonly string[];
  /** Half-width of the uniform initial values. */
  range: number;
  /** Whether a sparse method makes it sparse. */
  sparse: boolean;
}

/** All that a model is made of, before any number exists. */
export interface ModelPlan {
  matrices: MatrixPlan[];
  biases: { name: string; values: Float32Array }[];
  /** What each matrix is used for, once for every use: the FLOPs rule counts these. */
  uses: MatrixUse[];
  layers: LayerPlan[];
}

/** A recurrent layer before its weights exist. */
export interface LayerPlan {
  /** Prefix of its parameters' names: `lstm0`. */
  name: string;
  cell: Cell;
  sizes: CellSizes;
}
