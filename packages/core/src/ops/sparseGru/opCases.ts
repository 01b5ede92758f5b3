import { addN, grads, type Tensor, type Tensor1D, type Tensor2D, tensor } from '@tensorflow/tfjs-core';
import { caseStream, type OpCase, randomValues, randomWeight } from '../../testing/cases.ts';
import { type RecurrentCase, spoilPadding } from '../recurrentCases.ts';
import { GRU_CASES } from './cases.ts';
import { sparseGru } from './op.ts';
import { referenceGruBackward, referenceGruForward } from './reference.ts';

/** The case list as a TensorFlow.js op: outputs, and the gradients of all operands from those of the outputs. */
function opCase({ name, shape, wx, wh, sequences, slack }: RecurrentCase): OpCase {
  const { inputs: I, hidden: H, steps, batch, lengths } = shape;
  const columns = steps * batch;
  const title = `sparseGru ${name}`;
  return {
    title,
    run(engine) {
      const stream = caseStream(title);
      const input = randomWeight(engine, stream, 3 * H, I, wx ?? undefined);
      const recurrent = randomWeight(engine, stream, 3 * H, H, wh ?? undefined);
      const [x, h0, bias, recurrentBias] = [I * columns, H * batch, 3 * H, 3 * H].map(n => randomValues(stream, n));
      const [dy, dhLast] = [H * columns, H * batch].map(n => randomValues(stream, n));
      const tensors: Tensor[] = [
        tensor(spoilPadding(x, shape), [I, columns]),
        tensor(h0, [H, batch]),
        input.weight.values,
        recurrent.weight.values,
        tensor(bias, [3 * H]),
        tensor(recurrentBias, [3 * H]),
      ];
      const call = ([tx, th, tWx, tWh, tb, tr]: Tensor[]) => {
        const weights = [
          { ...input.weight, values: tWx },
          { ...recurrent.weight, values: tWh },
        ] as const;
        const options = { lengths, sequences };
        return sparseGru(tx as Tensor2D, th as Tensor2D, ...weights, tb as Tensor1D, tr as Tensor1D, options);
      };
      const { y, hLast } = call(tensors);
      // Gradients are linear in those of the outputs: each output is differentiated alone, and they are added.
      const parts = [grads((...args) => call(args).hLast)(tensors, tensor(dhLast, [H, batch]))];
      if (sequences) parts.push(grads((...args) => call(args).y!)(tensors, tensor(dy, [H, columns])));
      const [dx, dh0, dwx, dwh, dbias, drecurrentBias] = tensors.map((_, k) => addN(parts.map(each => each[k])));

      const operands = { x, h0, bias, recurrentBias, wx: input.reference, wh: recurrent.reference };
      const forward = referenceGruForward(shape, operands);
      const backward = referenceGruBackward(shape, operands, forward, { dy: sequences ? dy : undefined, dhLast });
      const results = [
        { what: 'y', actual: y?.dataSync() ?? [], expected: sequences ? forward.y : [] },
        { what: 'hLast', actual: hLast.dataSync(), expected: forward.hLast },
        { what: 'dx', actual: dx.dataSync(), expected: backward.dx },
        { what: 'dh0', actual: dh0.dataSync(), expected: backward.dh0 },
        { what: 'dwx', actual: input.toCanonical(dwx), expected: backward.dwx },
        { what: 'dwh', actual: recurrent.toCanonical(dwh), expected: backward.dwh },
        { what: 'dbias', actual: dbias.dataSync(), expected: backward.dbias },
        { what: 'drecurrentBias', actual: drecurrentBias.dataSync(), expected: backward.drecurrentBias },
      ];
      return results.map(result => ({ ...result, slack }));
    },
  };
}

export const opCases: OpCase[] = GRU_CASES.map(opCase);
