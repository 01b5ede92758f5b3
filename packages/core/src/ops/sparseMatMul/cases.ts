import { grads, type Tensor1D, type Tensor2D, tensor } from '@tensorflow/tfjs-core';
import { COLUMN_COUNTS, caseStream, type OpCase, randomValues, randomWeight } from '../../testing/cases.ts';
import { sparseMatMul } from './contract.ts';
import { matMul, matMulGradInput, matMulGradValues, rowSums } from './reference.ts';

interface Shape {
  rows: number;
  cols: number;
  columns: number;
  /** Undefined for a dense weight. */
  density?: number;
  bias: boolean;
}

function matMulCase(shape: Shape): OpCase {
  const { rows, cols, columns, density, bias } = shape;
  const kind = density === undefined ? 'dense' : `density ${density}`;
  const title = `sparseMatMul [${rows}, ${cols}] x ${columns} columns, ${kind}${bias ? ', bias' : ''}`;
  return {
    title,
    run(engine) {
      const stream = caseStream(title);
      const { weight, reference, toCanonical } = randomWeight(engine, stream, rows, cols, density);
      const x = randomValues(stream, cols * columns);
      const b = randomValues(stream, rows);
      const dy = randomValues(stream, rows * columns);
      const inputs = [weight.values, tensor(x, [cols, columns]), tensor(b, [rows])];
      const call = (values: (typeof inputs)[0], input: (typeof inputs)[0], offset: (typeof inputs)[0]) =>
        sparseMatMul({ ...weight, values }, input as Tensor2D, bias ? (offset as Tensor1D) : undefined);
      const y = call(inputs[0], inputs[1], inputs[2]);
      const wanted = bias ? inputs : inputs.slice(0, 2);
      const derive = grads((...args) => call(args[0], args[1], args[2] ?? inputs[2]));
      const [dw, dx, db] = derive(wanted, tensor(dy, [rows, columns]));
      const comparisons = [
        { what: 'y', actual: y.dataSync(), expected: matMul(reference, x, columns, bias ? b : undefined) },
        { what: 'dw', actual: toCanonical(dw), expected: matMulGradValues(reference, dy, x, columns) },
        { what: 'dx', actual: dx.dataSync(), expected: matMulGradInput(reference, dy, columns) },
      ];
      if (bias) comparisons.push({ what: 'db', actual: db.dataSync(), expected: rowSums(dy, rows, columns) });
      return comparisons;
    },
  };
}

export const cases: OpCase[] = [
  ...COLUMN_COUNTS.map(columns => matMulCase({ rows: 37, cols: 29, columns, density: 0.2, bias: false })),
  ...COLUMN_COUNTS.map(columns => matMulCase({ rows: 19, cols: 33, columns, bias: true })),
  // Empty and full sparse matrices, single rows, columns and elements.
  ...[0, 0.01, 1].map(density => matMulCase({ rows: 24, cols: 18, columns: 20, density, bias: true })),
  matMulCase({ rows: 1, cols: 1, columns: 1, density: 1, bias: true }),
  matMulCase({ rows: 1, cols: 40, columns: 7, density: 0.5, bias: false }),
  matMulCase({ rows: 40, cols: 1, columns: 7, density: 0.5, bias: false }),
  matMulCase({ rows: 1, cols: 1, columns: 1, bias: false }),
  // More than one column panel, more rows than 16 bits of a small block.
  matMulCase({ rows: 300, cols: 1100, columns: 20, density: 0.05, bias: true }),
  matMulCase({ rows: 300, cols: 1100, columns: 70, density: 0.3, bias: true }),
  matMulCase({ rows: 130, cols: 270, columns: 70, bias: true }),
];
