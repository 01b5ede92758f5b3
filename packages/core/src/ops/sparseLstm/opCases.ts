import { addN, grads, type Tensor, type Tensor1D, type Tensor2D, tensor } from '@tensorflow/tfjs-core';
import { caseStream, type OpCase, randomValues, randomWeight } from '../../testing/cases.ts';
import { type RecurrentCase, spoilPadding } from '../recurrentCases.ts';
import { LSTM_CASES } from './cases.ts';
import { sparseLstm } from './op.ts';
import { referenceLstmBackward, referenceLstmForward } from './reference.ts';

/** The case list as a TensorFlow.js op: outputs, and the gradients of all operands from those of the outputs. */
function opCase({ name, shape, wx, wh, sequences }: RecurrentCase): OpCase {
  const { inputs: I, hidden: H, steps, batch, lengths } = shape;
  const columns = steps * batch;
  const title = `sparseLstm ${name}`;
  return {
    title,
    run(engine) {
      const stream = caseStream(title);
      const input = randomWeight(engine, stream, 4 * H, I, wx ?? undefined);
      const recurrent = randomWeight(engine, stream, 4 * H, H, wh ?? undefined);
      const [x, h0, c0, bias] = [I * columns, H * batch, H * batch, 4 * H].map(n => randomValues(stream, n));
      const [dy, dhLast, dcLast] = [H * columns, H * batch, H * batch].map(n => randomValues(stream, n));
      const tensors: Tensor[] = [
        tensor(spoilPadding(x, shape), [I, columns]),
        tensor(h0, [H, batch]),
        tensor(c0, [H, batch]),
        input.weight.values,
        recurrent.weight.values,
        tensor(bias, [4 * H]),
      ];
      const call = ([tx, th, tc, tWx, tWh, tb]: Tensor[]) => {
        const weights = [
          { ...input.weight, values: tWx },
          { ...recurrent.weight, values: tWh },
        ] as const;
        const options = { lengths, sequences };
        return sparseLstm(tx as Tensor2D, th as Tensor2D, tc as Tensor2D, ...weights, tb as Tensor1D, options);
      };
      const { y, hLast, cLast } = call(tensors);
      // Gradients are linear in those of the outputs: each output is differentiated alone, and they are added.
      const parts = [
        grads((...args) => call(args).hLast)(tensors, tensor(dhLast, [H, batch])),
        grads((...args) => call(args).cLast)(tensors, tensor(dcLast, [H, batch])),
      ];
      if (sequences) parts.push(grads((...args) => call(args).y!)(tensors, tensor(dy, [H, columns])));
      const [dx, dh0, dc0, dwx, dwh, dbias] = tensors.map((_, k) => addN(parts.map(gradients => gradients[k])));

      const operands = { x, h0, c0, bias, wx: input.reference, wh: recurrent.reference };
      const forward = referenceLstmForward(shape, operands);
      const given = { dy: sequences ? dy : undefined, dhLast, dcLast };
      const backward = referenceLstmBackward(shape, operands, forward, given);
      return [
        { what: 'y', actual: y?.dataSync() ?? [], expected: sequences ? forward.y : [] },
        { what: 'hLast', actual: hLast.dataSync(), expected: forward.hLast },
        { what: 'cLast', actual: cLast.dataSync(), expected: forward.cLast },
        { what: 'dx', actual: dx.dataSync(), expected: backward.dx },
        { what: 'dh0', actual: dh0.dataSync(), expected: backward.dh0 },
        { what: 'dc0', actual: dc0.dataSync(), expected: backward.dc0 },
        { what: 'dwx', actual: input.toCanonical(dwx), expected: backward.dwx },
        { what: 'dwh', actual: recurrent.toCanonical(dwh), expected: backward.dwh },
        { what: 'dbias', actual: dbias.dataSync(), expected: backward.dbias },
      ];
    },
  };
}

export const opCases: OpCase[] = LSTM_CASES.map(opCase);
