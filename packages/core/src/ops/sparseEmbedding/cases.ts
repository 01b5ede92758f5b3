import { grad, type Tensor1D, tensor } from '@tensorflow/tfjs-core';
import { caseStream, type OpCase, randomValues, randomWeight } from '../../testing/cases.ts';
import { sparseEmbedding } from './contract.ts';
import { embedding, embeddingGradValues } from './reference.ts';

function embeddingCase(vocabulary: number, size: number, tokens: number, density?: number): OpCase {
  const kind = density === undefined ? 'dense' : `density ${density}`;
  const title = `sparseEmbedding [${vocabulary}, ${size}], ${tokens} tokens, ${kind}`;
  return {
    title,
    run(engine) {
      const stream = caseStream(title);
      const { weight, reference, toCanonical } = randomWeight(engine, stream, vocabulary, size, density);
      const ids = Int32Array.from({ length: tokens }, () => stream.integer(vocabulary));
      const dx = randomValues(stream, size * tokens);
      const idTensor = tensor(ids, [tokens], 'int32') as Tensor1D;
      const call = (values: typeof weight.values) => sparseEmbedding({ ...weight, values }, idTensor);
      const x = call(weight.values);
      const dw = grad(call)(weight.values, tensor(dx, [size, tokens]));
      return [
        { what: 'x', actual: x.dataSync(), expected: embedding(reference, ids) },
        { what: 'dw', actual: toCanonical(dw), expected: embeddingGradValues(reference, dx, ids) },
      ];
    },
  };
}

export const cases: OpCase[] = [
  embeddingCase(50, 17, 40),
  embeddingCase(50, 17, 40, 0.3),
  // A small vocabulary: tokens share rows, so that gradients add up.
  embeddingCase(3, 20, 65),
  embeddingCase(3, 20, 65, 0.5),
  embeddingCase(1, 1, 1),
  embeddingCase(1, 1, 1, 1),
  embeddingCase(40, 9, 20, 0),
  embeddingCase(40, 600, 20, 0.05),
  embeddingCase(40, 600, 20, 1),
];
