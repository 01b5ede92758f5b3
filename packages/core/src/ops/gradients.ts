// Registers the gradients of all ops.
import './tensorflowGradients.ts';
import './dropout/gradient.ts';
import './reverseSequences/gradient.ts';
import './softmaxCrossEntropy/gradient.ts';
import './sparseEmbedding/gradient.ts';
import './sparseGru/gradient.ts';
import './sparseLstm/gradient.ts';
import './sparseMatMul/gradient.ts';
import './sparseRhn/gradient.ts';
