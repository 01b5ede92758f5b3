import type { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import { type KernelConfig, type KernelFunc, registerKernel } from '@tensorflow/tfjs-core';
import { COUNTER_DROPOUT, type DropoutOptions, WORD_DROPOUT } from '../../ops/dropout/contract.ts';
import { dropout } from '../../ops/dropout/reference.ts';
import { REVERSE_SEQUENCES, type ReverseAttributes } from '../../ops/reverseSequences/contract.ts';
import { reverseSequences } from '../../ops/reverseSequences/reference.ts';
import {
  checkTargets,
  SOFTMAX_CROSS_ENTROPY,
  SOFTMAX_CROSS_ENTROPY_GRAD,
} from '../../ops/softmaxCrossEntropy/contract.ts';
import { softmaxCrossEntropy, softmaxCrossEntropyGrad } from '../../ops/softmaxCrossEntropy/reference.ts';
import { checkIds, WEIGHT_EMBEDDING, WEIGHT_EMBEDDING_GRAD_VALUES } from '../../ops/sparseEmbedding/contract.ts';
import { embedding, embeddingGradValues } from '../../ops/sparseEmbedding/reference.ts';
import { LSTM_LAYER, LSTM_LAYER_GRAD, type LstmAttributes } from '../../ops/sparseLstm/op.ts';
import { referenceLstmBackward, referenceLstmForward } from '../../ops/sparseLstm/reference.ts';
import {
  WEIGHT_MAT_MUL,
  WEIGHT_MAT_MUL_GRAD_INPUT,
  WEIGHT_MAT_MUL_GRAD_VALUES,
} from '../../ops/sparseMatMul/contract.ts';
import { ROW_SUMS } from '../../ops/sparseMatMul/gradient.ts';
import { matMul, matMulGradInput, matMulGradValues, rowSums } from '../../ops/sparseMatMul/reference.ts';
import { gruKernels } from './gru.ts';
import { type Inputs, Io, type Kernel, type WeightAttributes } from './io.ts';
import { rhnKernels } from './rhn.ts';

const kernels: Record<string, Kernel> = {
  ...gruKernels,
  ...rhnKernels,
  [WEIGHT_MAT_MUL](io, attrs: WeightAttributes, inputs) {
    const columns = io.columns('x');
    const bias = inputs.bias === undefined ? undefined : io.read('bias');
    return io.write(matMul(io.weight('values', attrs), io.read('x'), columns, bias), [attrs.rows, columns]);
  },
  [WEIGHT_MAT_MUL_GRAD_INPUT](io, attrs: WeightAttributes) {
    const columns = io.columns('dy');
    return io.write(matMulGradInput(io.weight('values', attrs), io.read('dy'), columns), [attrs.cols, columns]);
  },
  [WEIGHT_MAT_MUL_GRAD_VALUES](io, attrs: WeightAttributes) {
    const gradient = matMulGradValues(io.pattern(attrs), io.read('dy'), io.read('x'), io.columns('dy'));
    return io.write(gradient, io.valuesShape(attrs));
  },
  [ROW_SUMS](io, _attrs, inputs) {
    const [rows, columns] = inputs.x.shape;
    return io.write(rowSums(io.read('x'), rows, columns), [rows]);
  },
  [WEIGHT_EMBEDDING](io, attrs: WeightAttributes) {
    const ids = io.read('ids');
    checkIds(ids, attrs.rows);
    return io.write(embedding(io.weight('values', attrs), ids), [attrs.cols, ids.length]);
  },
  [WEIGHT_EMBEDDING_GRAD_VALUES](io, attrs: WeightAttributes) {
    const gradient = embeddingGradValues(io.pattern(attrs), io.read('dx'), io.read('ids'));
    return io.write(gradient, io.valuesShape(attrs));
  },
  [SOFTMAX_CROSS_ENTROPY](io, _attrs, inputs) {
    const targets = io.read('targets');
    checkTargets(targets, inputs.logits.shape[0]);
    const { loss, logSumExp } = softmaxCrossEntropy(io.read('logits'), inputs.logits.shape[0], targets);
    return [io.write(Float64Array.of(loss), []), io.write(logSumExp, [targets.length])];
  },
  [SOFTMAX_CROSS_ENTROPY_GRAD](io, _attrs, inputs) {
    const [vocabulary, columns] = inputs.logits.shape;
    const scale = io.read('dy')[0] / columns;
    const [logits, targets, logSumExp] = ['logits', 'targets', 'logSumExp'].map(name => io.read(name));
    const gradient = softmaxCrossEntropyGrad(logits, vocabulary, targets, logSumExp, scale);
    return io.write(gradient, [vocabulary, columns]);
  },
  [COUNTER_DROPOUT](io, attrs: DropoutOptions, inputs) {
    const [features, columns] = inputs.x.shape;
    return io.write(dropout(io.read('x'), features, columns, attrs), [features, columns]);
  },
  [WORD_DROPOUT](io, attrs: DropoutOptions, inputs) {
    const [features, columns] = inputs.x.shape;
    return io.write(dropout(io.read('x'), features, columns, attrs, io.read('ids')), [features, columns]);
  },
  [REVERSE_SEQUENCES](io, { lengths }: ReverseAttributes, inputs) {
    const [features, columns] = inputs.x.shape;
    return io.write(reverseSequences(io.read('x'), features, columns, lengths), [features, columns]);
  },
  [LSTM_LAYER](io, attrs: LstmAttributes) {
    const { hidden, batch, steps } = attrs.shape;
    const { y, hLast, cLast, gates, cells } = referenceLstmForward(attrs.shape, lstmOperands(io, attrs));
    const saved = new Float64Array([...gates, ...cells, ...y]);
    return [
      io.write(hLast, [hidden, batch]),
      io.write(cLast, [hidden, batch]),
      io.write(saved, [6 * hidden, steps * batch]),
      ...(attrs.sequences ? [io.write(y, [hidden, steps * batch])] : []),
    ];
  },
  [LSTM_LAYER_GRAD](io, attrs: LstmAttributes, { dy }) {
    const { inputs, hidden, batch, steps } = attrs.shape;
    const saved = Float64Array.from(io.read('saved'));
    const size = hidden * steps * batch;
    const forward = {
      gates: saved.subarray(0, 4 * size),
      cells: saved.subarray(4 * size, 5 * size),
      y: saved.subarray(5 * size),
    };
    const gradients = referenceLstmBackward(attrs.shape, lstmOperands(io, attrs), forward, {
      dy: dy && io.read('dy'),
      dhLast: io.read('dhLast'),
      dcLast: io.read('dcLast'),
    });
    return [
      io.write(gradients.dx, [inputs, steps * batch]),
      io.write(gradients.dh0, [hidden, batch]),
      io.write(gradients.dc0, [hidden, batch]),
      io.write(gradients.dwx, io.valuesShape(attrs.wx)),
      io.write(gradients.dwh, io.valuesShape(attrs.wh)),
      io.write(gradients.dbias, [4 * hidden]),
    ];
  },
};

function lstmOperands(io: Io, attrs: LstmAttributes) {
  const [x, h0, c0, bias] = ['x', 'h0', 'c0', 'bias'].map(name => io.read(name));
  return { x, h0, c0, bias, wx: io.weight('wx', attrs.wx), wh: io.weight('wh', attrs.wh) };
}

/** Registers the float64 references as kernels of TensorFlow.js' cpu backend. */
export function registerCpuKernels(): void {
  for (const [kernelName, kernel] of Object.entries(kernels)) {
    const kernelFunc: KernelFunc = ({ inputs, backend, attrs }) => {
      return kernel(new Io(backend as MathBackendCPU, inputs as Inputs), attrs as never, inputs as Inputs);
    };
    registerKernel({ kernelName, backendName: 'cpu', kernelFunc } satisfies KernelConfig);
  }
}
