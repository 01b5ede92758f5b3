import { grad, type Tensor, type Tensor1D, type Tensor2D, tensor } from '@tensorflow/tfjs-core';
import { COLUMN_COUNTS, caseStream, type OpCase, randomValues } from '../../testing/cases.ts';
import { SLACK } from '../../testing/tolerances.ts';
import { softmaxCrossEntropy } from './contract.ts';
import { softmaxCrossEntropyGrad, softmaxCrossEntropy as softmaxCrossEntropyReference } from './reference.ts';

function softmaxCase(vocabulary: number, tokens: number, scale: number, overwriteLogits: boolean): OpCase {
  const title = `softmaxCrossEntropy [${vocabulary}, ${tokens}], logits to ${scale}${overwriteLogits ? ', overwritten' : ''}`;
  return {
    title,
    run() {
      const stream = caseStream(title);
      const logits = randomValues(stream, vocabulary * tokens).map(value => value * scale);
      const targets = Int32Array.from({ length: tokens }, () => stream.integer(vocabulary));
      const targetTensor = tensor(targets, [tokens], 'int32') as Tensor1D;
      const input = () => tensor(logits, [vocabulary, tokens]) as Tensor2D;
      const call = (x: Tensor) => softmaxCrossEntropy(x as Tensor2D, targetTensor, { overwriteLogits });
      const loss = call(input());
      const dl = grad(call)(input(), tensor(3));
      const reference = softmaxCrossEntropyReference(logits, vocabulary, targets);
      const gradient = softmaxCrossEntropyGrad(logits, vocabulary, targets, reference.logSumExp, 3 / tokens);
      const slack = SLACK.softmax(scale);
      return [
        { what: 'loss', actual: loss.dataSync(), expected: [reference.loss], slack },
        { what: 'dlogits', actual: dl.dataSync(), expected: gradient, slack },
      ];
    },
  };
}

export const cases: OpCase[] = [
  ...COLUMN_COUNTS.map(tokens => softmaxCase(37, tokens, 5, false)),
  ...[1, 20, 32, 45].map(tokens => softmaxCase(37, tokens, 5, true)),
  softmaxCase(1, 3, 1, false),
  softmaxCase(1000, 40, 1, false),
  // Exponentials of these would overflow without the maximum taken off.
  softmaxCase(20, 10, 500, false),
];
