import { grad, type Tensor1D, type Tensor2D, tensor } from '@tensorflow/tfjs-core';
import { caseStream, type OpCase, randomValues } from '../../testing/cases.ts';
import { type DropoutOptions, dropout } from './contract.ts';
import { dropout as dropoutReference } from './reference.ts';

function dropoutCase(
  features: number,
  steps: number,
  batch: number,
  kind: DropoutOptions['kind'],
  rate: number,
): OpCase {
  const columns = steps * batch;
  const title = `dropout ${kind} ${rate} of [${features}, ${steps} * ${batch}]`;
  return {
    title,
    run() {
      const stream = caseStream(title);
      const x = randomValues(stream, features * columns);
      const dy = randomValues(stream, features * columns);
      const ids = Int32Array.from({ length: columns }, () => stream.integer(7));
      const options = { rate, kind, batch, key: [stream.uint32(), stream.uint32()] as const, stream: 5 };
      const idTensor = tensor(ids, [columns], 'int32') as Tensor1D;
      const call = (input: Tensor2D) => dropout(input, options, idTensor);
      const input = tensor(x, [features, columns]) as Tensor2D;
      const dx = grad(input2 => call(input2 as Tensor2D))(input, tensor(dy, [features, columns]));
      return [
        { what: 'y', actual: call(input).dataSync(), expected: dropoutReference(x, features, columns, options, ids) },
        { what: 'dx', actual: dx.dataSync(), expected: dropoutReference(dy, features, columns, options, ids) },
      ];
    },
  };
}

export const cases: OpCase[] = (['elementwise', 'locked', 'word'] as const).flatMap(kind => [
  dropoutCase(9, 3, 5, kind, 0.5),
  dropoutCase(1, 1, 1, kind, 0.3),
  dropoutCase(33, 4, 20, kind, 0.65),
  dropoutCase(7, 2, 3, kind, 0.999),
  dropoutCase(130, 7, 33, kind, 0.1),
]);
