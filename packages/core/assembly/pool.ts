// The worker pool. One instance of this module runs in every thread, all on one shared memory. Control words:
//   0 generation: bumped by the main thread to publish a job
//   4 done: number of workers that finished the current job
//   8 kernel: index of the job's kernel (index.ts)      12 args: address of its argument words
//  16 threads: threads that take part, the main one included
//  20 mode: 1 spin while waiting for the next job, 0 sleep at once
//  24 sleepers: workers inside memory.atomic.wait32
//  28 error: set by a worker whose kernel trapped        32 stop: 1 asks the workers to leave
import { runKernel } from './index';

export const GENERATION: usize = 0;
export const DONE: usize = 4;
export const KERNEL: usize = 8;
export const ARGS: usize = 12;
export const THREADS: usize = 16;
export const MODE: usize = 20;
export const SLEEPERS: usize = 24;
export const ERROR: usize = 28;
export const STOP: usize = 32;

/**
 * Spins before a thread goes to sleep, a few milliseconds. Kernels follow each other faster than that; where another
 * process has the core, sleeping is what gives it back.
 */
const SPINS: i32 = 2000000;
/** Nanoseconds of one sleep of the main thread, and the number of sleeps after which a worker is given up: two minutes. */
const NAP: i64 = 1000000;
const NAPS: i32 = 120000;

/** Body of a worker: waits for jobs until STOP. `thread` is 1-based, `seen` the last generation it must not run. */
export function workerLoop(thread: i32, seen: i32): void {
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
    const threads = load<i32>(THREADS);
    if (thread < threads) {
      runKernel(load<i32>(KERNEL), <usize>load<u32>(ARGS), thread, threads);
      atomic.add<i32>(DONE, 1);
    }
  }
}

/** Runs one kernel on `threads` threads and returns when all have finished; 1 if a worker failed or did not answer. */
export function runJob(kernel: i32, args: usize, threads: i32): i32 {
  if (threads == 1) {
    runKernel(kernel, args, 0, 1);
    return 0;
  }
  store<i32>(KERNEL, kernel);
  store<u32>(ARGS, <u32>args);
  store<i32>(THREADS, threads);
  atomic.store<i32>(DONE, 0);
  atomic.add<i32>(GENERATION, 1);
  if (atomic.load<i32>(SLEEPERS) != 0) atomic.notify(GENERATION, -1);
  runKernel(kernel, args, 0, threads);
  let spins = 0;
  let naps = 0;
  while (true) {
    const done = atomic.load<i32>(DONE);
    if (done == threads - 1) return 0;
    if (atomic.load<i32>(ERROR) != 0) return 1;
    if (++spins > SPINS) {
      // A worker does not wake us; the time limit does.
      atomic.wait<i32>(DONE, done, NAP);
      if (++naps > NAPS) return 1;
    }
  }
}
