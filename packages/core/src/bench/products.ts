import { dispose, type NamedTensorMap, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { rng } from '../base/philox.ts';
import { ENGINE } from '../base/tf.ts';
import type { Engine } from '../engines/engine.ts';
import {
  attrs,
  WEIGHT_MAT_MUL,
  WEIGHT_MAT_MUL_GRAD_INPUT,
  WEIGHT_MAT_MUL_GRAD_VALUES,
} from '../ops/sparseMatMul/contract.ts';
import { randomValues, randomWeight } from '../testing/cases.ts';

/** Sizes of a benchmark's products. */
export interface ProductSizes {
  /** W `[rows, cols]`, X `[cols, columns]`. */
  rows: number;
  cols: number;
  /** Columns of X and Y. */
  columns: number;
  /** 1: a dense weight, through the dense kernels. */
  density: number;
}

/** The three products of one weight, as the training step runs them. */
export interface ProductBench {
  /** Floating-point operations of each: 2 per nonzero and column. */
  flops: number;
  /** Y = W X. */
  product(): void;
  /** dX = W^T dY. */
  transposed(): void;
  /** dW = dY X^T at the nonzeros. */
  sampled(): void;
  /** Frees the operands. */
  dispose(): void;
}

/**
 * Builds the operands and checks all three products at sampled elements against float64 sums.
 *
 * @throws if an element is off by more than the rounding of float32 sums explains.
 */
export function createProductBench(engine: Engine, { rows, cols, columns, density }: ProductSizes): ProductBench {
  const stream = rng(1, 'product-bench', rows, cols, columns, density);
  const sparsity = density === 1 ? undefined : density;
  const { weight, reference, toCanonical } = randomWeight(engine, stream, rows, cols, sparsity);
  const x = randomValues(stream, cols * columns);
  const dy = randomValues(stream, rows * columns);
  const [X, dY] = [tensor(x, [cols, columns]), tensor(dy, [rows, columns])];
  const run = (name: string, inputs: NamedTensorMap) => ENGINE.runKernel(name, inputs, attrs(weight)) as Tensor;
  const product = () => run(WEIGHT_MAT_MUL, { values: weight.values, x: X });
  const transposed = () => run(WEIGHT_MAT_MUL_GRAD_INPUT, { values: weight.values, dy: dY });
  const sampled = () => run(WEIGHT_MAT_MUL_GRAD_VALUES, { dy: dY, x: X });

  const y = product();
  const dx = transposed();
  const dw = sampled();
  const [yValues, dxValues, dwValues] = [y.dataSync(), dx.dataSync(), toCanonical(dw)];
  // Nonzeros of a few rows and columns, summed in float64.
  const flatAt = (k: number) => (reference.indices === undefined ? k : reference.indices[k]);
  const count = reference.values.length;
  const row = Math.floor(flatAt(count >> 1) / cols);
  const col = flatAt(count >> 1) % cols;
  const n = columns >> 1;
  let ySum = 0;
  let dxSum = 0;
  for (let k = 0; k < count; k++) {
    const flat = flatAt(k);
    const [r, c] = [Math.floor(flat / cols), flat % cols];
    if (r === row) ySum += reference.values[k] * x[c * columns + n];
    if (c === col) dxSum += reference.values[k] * dy[r * columns + n];
  }
  let dwSum = 0;
  for (let m = 0; m < columns; m++) dwSum += dy[row * columns + m] * x[col * columns + m];
  expectNear('product', yValues[row * columns + n], ySum);
  expectNear('transposed product', dxValues[col * columns + n], dxSum);
  expectNear('sampled product', dwValues[count >> 1], dwSum);
  dispose([y, dx, dw]);

  return {
    flops: 2 * count * columns,
    product: () => product().dispose(),
    transposed: () => transposed().dispose(),
    sampled: () => sampled().dispose(),
    dispose() {
      dispose([weight.values, X, dY]);
      weight.layout?.dispose();
    },
  };
}

function expectNear(what: string, actual: number, expected: number): void {
  // Sums of up to 10^4 products of numbers below 1.
  if (Math.abs(actual - expected) < 1e-3) return;
  throw new Error(`The ${what} is wrong: expected ${expected}, got ${actual}. It is not timed.`);
}
