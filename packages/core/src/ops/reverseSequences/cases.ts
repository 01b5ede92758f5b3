import { grad, type Tensor2D, tensor } from '@tensorflow/tfjs-core';
import { caseStream, type OpCase, randomValues } from '../../testing/cases.ts';
import { reverseSequences } from './contract.ts';
import { reverseSequences as reference } from './reference.ts';

function reverseCase(features: number, steps: number, lengths: number[]): OpCase {
  const columns = steps * lengths.length;
  const title = `reverseSequences of [${features}, ${steps} * ${lengths.length}], lengths ${lengths.slice(0, 5)}`;
  return {
    title,
    run() {
      const stream = caseStream(title);
      const x = randomValues(stream, features * columns);
      const dy = randomValues(stream, features * columns);
      const input = tensor(x, [features, columns]) as Tensor2D;
      const dx = grad(each => reverseSequences(each as Tensor2D, lengths))(input, tensor(dy, [features, columns]));
      return [
        {
          what: 'y',
          actual: reverseSequences(input, lengths).dataSync(),
          expected: reference(x, features, columns, lengths),
        },
        { what: 'dx', actual: dx.dataSync(), expected: reference(dy, features, columns, lengths) },
      ];
    },
  };
}

export const cases: OpCase[] = [
  reverseCase(1, 1, [1]),
  reverseCase(5, 4, [4, 3, 1]),
  reverseCase(9, 7, [7]),
  reverseCase(
    17,
    11,
    Array.from({ length: 33 }, (_, b) => 11 - (b % 11)),
  ),
];
