// The worker pool. One instance of this module runs in every thread, all on one shared memory. A job is a kernel cut into
// shares, one per thread that the engine was made with; a share computes the same numbers whoever runs it. Threads claim
// shares one by one, the main thread too: where another process has the core of a worker, the main thread runs the
// worker's share instead of waiting for it. Control words:
//   0 generation: bumped by the main thread to wake the workers for a job
//   4 done: shares of the current job that are finished
//   8 kernel: index of the job's kernel (index.ts)      12 args: address of its argument words
//  16 shares: shares of the job                         36 next: the first share that nobody has claimed
//  20 mode: 1 spin while waiting for the next job, 0 sleep at once
//  24 sleepers: workers inside memory.atomic.wait32
//  28 error: set by a worker whose kernel trapped        32 stop: 1 asks the workers to leave
//  40 wide: 1 if 20 vectors of 128 bits fit the registers (dense/gemm.ts)
import { runKernel } from './index';

export const GENERATION: usize = 0;
export const DONE: usize = 4;
export const KERNEL: usize = 8;
export const ARGS: usize = 12;
export const SHARES: usize = 16;
export const MODE: usize = 20;
export const SLEEPERS: usize = 24;
export const ERROR: usize = 28;
export const STOP: usize = 32;
export const NEXT: usize = 36;
export const WIDE: usize = 40;

/**
 * Spins before a thread goes to sleep, a few milliseconds. Kernels follow each other faster than that; where another
 * process has the core, sleeping is what gives it back.
 */
const SPINS: i32 = 2000000;
/** Nanoseconds of one sleep of the main thread, and the number of sleeps after which a worker is given up: two minutes. */
const NAP: i64 = 1000000;
const NAPS: i32 = 120000;

/** Claims and runs shares of the current job until none is left. */
function runShares(): void {
  while (true) {
    // The words of a job change only while every share is claimed, so what is read after a claim belongs to it.
    const share = atomic.add<i32>(NEXT, 1);
    const shares = load<i32>(SHARES);
    if (share >= shares) return;
    runKernel(load<i32>(KERNEL), <usize>load<u32>(ARGS), share, shares);
    atomic.add<i32>(DONE, 1);
  }
}

/** Body of a worker: waits for jobs until STOP. `seen` is the last generation it must not run. */
export function workerLoop(seen: i32): void {
  while (true) {
    let spins = 0;
    while (atomic.load<i32>(GENERATION) == seen) {
      spins++;
      if (atomic.load<i32>(MODE) == 0 || spins > SPINS) {
        atomic.add<i32>(SLEEPERS, 1);
        atomic.wait<i32>(GENERATION, seen, -1);
        atomic.sub<i32>(SLEEPERS, 1);
        spins = 0;
      }
    }
    seen = atomic.load<i32>(GENERATION);
    if (atomic.load<i32>(STOP) != 0) return;
    runShares();
  }
}

/** Runs one kernel in `shares` shares and returns when all are finished; 1 if a worker failed or did not answer. */
export function runJob(kernel: i32, args: usize, shares: i32): i32 {
  if (shares == 1) {
    runKernel(kernel, args, 0, 1);
    return 0;
  }
  store<i32>(KERNEL, kernel);
  store<u32>(ARGS, <u32>args);
  store<i32>(SHARES, shares);
  atomic.store<i32>(DONE, 0);
  // From here on shares can be claimed.
  atomic.store<i32>(NEXT, 0);
  atomic.add<i32>(GENERATION, 1);
  if (atomic.load<i32>(SLEEPERS) != 0) atomic.notify(GENERATION, -1);
  runShares();
  let spins = 0;
  let naps = 0;
  while (true) {
    const done = atomic.load<i32>(DONE);
    if (done == shares) return 0;
    if (atomic.load<i32>(ERROR) != 0) return 1;
    if (++spins > SPINS) {
      // A worker does not wake us; the time limit does.
      atomic.wait<i32>(DONE, done, NAP);
      if (++naps > NAPS) return 1;
    }
  }
}
