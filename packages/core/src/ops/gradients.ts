// Registers the gradients of all ops.
import './dropout/gradient.ts';
import './softmaxCrossEntropy/gradient.ts';
import './sparseEmbedding/gradient.ts';
import './sparseLstm/gradient.ts';
import './sparseMatMul/gradient.ts';
import './sparseRhn/gradient.ts';
