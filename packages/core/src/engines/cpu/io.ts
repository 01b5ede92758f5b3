import type { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { ReferenceWeight, WeightMatrix } from '../../ops/weight.ts';
import type { CanonicalLayout } from './canonicalLayout.ts';

/** Input tensors of a kernel by name. */
export type Inputs = Record<string, TensorInfo>;
/** A weight's shape and layout, as kernels get them in their attributes. */
export type WeightAttributes = Omit<WeightMatrix, 'values'>;

/** Reads inputs as arrays and writes float64 results as float32 tensors. */
export class Io {
  constructor(
    private readonly backend: MathBackendCPU,
    private readonly inputs: Inputs,
  ) {}

  read(name: string): Float32Array {
    return this.backend.data.get(this.inputs[name].dataId).values as Float32Array;
  }

  columns(name: string): number {
    return this.inputs[name].shape[1];
  }

  weight(name: string, { rows, cols, layout }: WeightAttributes): ReferenceWeight {
    return { rows, cols, values: this.read(name), indices: (layout as CanonicalLayout | undefined)?.indices };
  }

  /** A weight whose values do not matter: only its positions. */
  pattern({ rows, cols, layout }: WeightAttributes): ReferenceWeight {
    const indices = (layout as CanonicalLayout | undefined)?.indices;
    return { rows, cols, values: new Float32Array(indices?.length ?? rows * cols), indices };
  }

  write(values: Float64Array, shape: number[]): TensorInfo {
    return this.backend.makeTensorInfo(shape, 'float32', Float32Array.from(values));
  }

  /** Shape of a weight's gradient. */
  valuesShape({ rows, cols, layout }: WeightAttributes): number[] {
    return layout === undefined ? [rows, cols] : [layout.nnz];
  }
}

/** A kernel of the cpu engine: what it returns are its outputs. */
export type Kernel = (io: Io, attrs: never, inputs: Inputs) => TensorInfo | TensorInfo[];
