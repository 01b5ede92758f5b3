// Registers the gradients of all ops.
import './dropout/gradient.ts';
import './softmaxCrossEntropy/gradient.ts';
import './sparseEmbedding/gradient.ts';
import './sparseGru/gradient.ts';
import './sparseLstm/gradient.ts';
import './sparseMatMul/gradient.ts';
