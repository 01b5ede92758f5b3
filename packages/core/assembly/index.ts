// Every kernel has the signature (args, thread, threads): args is the address of 4-byte argument words, and the kernel
// computes the share of the result that belongs to `thread`. Kernels are numbered here; src/engines/simd/kernels.ts
// holds the same list by name, and a test compares the two.
import { fill } from './elementwise';
import { denseProduct, denseProductTransposed, denseOuterProduct } from './gemmWide';
import { denseProductNarrow, denseProductTransposedNarrow } from './gemmNarrow';
import { lstmBackwardStep, lstmBiasGradient } from './lstmBackward';
import { lstmBias, lstmForwardStep } from './lstmForward';

export { workerLoop, runJob } from './pool';

export function runKernel(kernel: i32, args: usize, thread: i32, threads: i32): void {
  switch (kernel) {
    case 0:
      fill(args, thread, threads);
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
    case 60:
      lstmBias(args, thread, threads);
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
    default:
      unreachable();
  }
}
