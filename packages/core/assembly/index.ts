// Every kernel has the signature (args, thread, threads): args is the address of 4-byte argument words, and the kernel
// computes the share of the result that belongs to `thread`. Kernels are numbered here; src/engines/simd/kernels.ts
// holds the same list by name, and a test compares the two.
import { fill } from './elementwise';

export { workerLoop, runJob } from './pool';

export function runKernel(kernel: i32, args: usize, thread: i32, threads: i32): void {
  switch (kernel) {
    case 0:
      fill(args, thread, threads);
      break;
    default:
      unreachable();
  }
}
