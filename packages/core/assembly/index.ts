// Every kernel has the signature (args, thread, threads): args is the address of 4-byte argument words, and the kernel
// computes the share of the result that belongs to `thread`. Kernels are numbered here; src/engines/simd/kernels.ts
// holds the same list by name, and a test compares the two.
import { activate, fill, rowSums } from './elementwise';
import { copyColumns } from './copyColumns';
import { denseProduct, denseProductTransposed, denseOuterProduct } from './dense/gemmWide';
import { denseProductNarrow, denseProductTransposedNarrow } from './dense/gemmNarrow';
import { gruBackwardStep } from './recurrent/gruBackward';
import { gruForwardStep } from './recurrent/gruForward';
import { lstmBackwardStep, lstmBiasGradient } from './recurrent/lstmBackward';
import { lstmForwardStep } from './recurrent/lstmForward';
import { densePanels } from './recurrent/columnWeight';
import { lstmBackwardColumns, lstmSumColumns } from './recurrent/lstmColumnsBackward';
import { lstmForwardColumns } from './recurrent/lstmColumnsForward';
import { rhnBackwardStep } from './recurrent/rhnBackward';
import { rhnAddMasked, rhnForwardStep } from './recurrent/rhnForward';
import { softmaxForward, softmaxBackward } from './softmax';
import { dropoutElementwise, dropoutLocked, dropoutWords, maskColumns } from './dropout';
import { embeddingGather, embeddingScatter } from './embedding';
import { sumSquares, sgdStep, momentumStep, adamStep, asgdStep, sparseAsgdStep } from './optimizer';
import { rewireStep, walkDraws } from './rewire';
import { panelEmbeddingGather, panelEmbeddingScatter } from './panelEmbedding';
import { panelGather } from './sparseGather';
import { panelSampledProduct } from './sparseGradient';
import { panelProduct } from './sparseProduct';
import { packTiles, unpackTiles } from './tiles';

export { workerLoop, runJob } from './pool';

export function runKernel(kernel: i32, args: usize, thread: i32, threads: i32): void {
  switch (kernel) {
    case 0:
      fill(args, thread, threads);
      break;
    case 10:
      packTiles(args, thread, threads);
      break;
    case 11:
      unpackTiles(args, thread, threads);
      break;
    case 12:
      panelProduct(args, thread, threads);
      break;
    case 13:
      panelSampledProduct(args, thread, threads);
      break;
    case 14:
      panelGather(args, thread, threads);
      break;
    case 16:
      panelEmbeddingGather(args, thread, threads);
      break;
    case 17:
      panelEmbeddingScatter(args, thread, threads);
      break;
    case 30:
      denseProduct(args, thread, threads);
      break;
    case 31:
      denseProductTransposed(args, thread, threads);
      break;
    case 32:
      denseOuterProduct(args, thread, threads);
      break;
    case 33:
      denseProductNarrow(args, thread, threads);
      break;
    case 34:
      denseProductTransposedNarrow(args, thread, threads);
      break;
    case 61:
      lstmForwardStep(args, thread, threads);
      break;
    case 62:
      lstmBackwardStep(args, thread, threads);
      break;
    case 63:
      lstmBiasGradient(args, thread, threads);
      break;
    case 64:
      lstmForwardColumns(args, thread, threads);
      break;
    case 65:
      lstmBackwardColumns(args, thread, threads);
      break;
    case 66:
      lstmSumColumns(args, thread, threads);
      break;
    case 67:
      densePanels(args, thread, threads);
      break;
    case 70:
      gruForwardStep(args, thread, threads);
      break;
    case 71:
      gruBackwardStep(args, thread, threads);
      break;
    case 74:
      copyColumns(args, thread, threads);
      break;
    case 35:
      activate(args, thread, threads);
      break;
    case 39:
      rowSums(args, thread, threads);
      break;
    case 40:
      softmaxForward(args, thread, threads);
      break;
    case 41:
      softmaxBackward(args, thread, threads);
      break;
    case 42:
      dropoutElementwise(args, thread, threads);
      break;
    case 43:
      dropoutLocked(args, thread, threads);
      break;
    case 44:
      dropoutWords(args, thread, threads);
      break;
    case 45:
      maskColumns(args, thread, threads);
      break;
    case 46:
      embeddingGather(args, thread, threads);
      break;
    case 47:
      embeddingScatter(args, thread, threads);
      break;
    case 48:
      sumSquares(args, thread, threads);
      break;
    case 49:
      sgdStep(args, thread, threads);
      break;
    case 50:
      momentumStep(args, thread, threads);
      break;
    case 51:
      adamStep(args, thread, threads);
      break;
    case 52:
      asgdStep(args, thread, threads);
      break;
    case 53:
      sparseAsgdStep(args, thread, threads);
      break;
    case 54:
      rewireStep(args, thread, threads);
      break;
    case 55:
      walkDraws(args, thread, threads);
      break;
    case 80:
      rhnForwardStep(args, thread, threads);
      break;
    case 81:
      rhnBackwardStep(args, thread, threads);
      break;
    case 82:
      rhnAddMasked(args, thread, threads);
      break;
    default:
      unreachable();
  }
}
