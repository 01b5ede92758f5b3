import { availableParallelism, cpus, totalmem } from 'node:os';
import { createEngine, createProductBench } from '@sparse-rnn/core';
import { kernelCases, type StepCase, stepCases } from './cases.ts';
import { type PeerHello, type PeerRequest, TorchPeer } from './peer.ts';
import { type StepProcess, startStepProcess } from './stepProcess.ts';

export interface BenchOptions {
  /** Small sizes, in seconds: to see that everything works. */
  quick?: boolean;
  /** Thread counts, default [1, 2] as far as the machine has cores. */
  threads?: number[];
  /** Only cases whose name contains this text. */
  filter?: string;
  /** Run PyTorch beside ours where its environment exists. Default true. */
  peers?: boolean;
  /** Called with every finished row. */
  onRow?: (row: BenchRow) => void;
}

/** One line of the result. Times are minima over interleaved repeats. */
export interface BenchRow {
  case: string;
  /** `tensorflow` rows are masked-dense: every weight is computed. */
  engine: 'simd' | 'tensorflow';
  /** Set in the rows of `tensorflow`: dropout is left out there, to TensorFlow's advantage. Ours and PyTorch's have it. */
  withoutDropout?: true;
  density: number;
  threads: number;
  ms: number;
  /** Floating-point operations of nonzeros alone, per second. */
  gflops: number;
  /** Time of our own dense kernels over this one's. */
  timesFasterThanOwnDense?: number;
  /** PyTorch's time for the same task (a training step: its dense step) and that over ours. */
  torchMs?: number;
  timesFasterThanTorch?: number;
  /** The same by torch.compile, where PyTorch has no fused layer. */
  torchCompiledMs?: number;
  timesFasterThanTorchCompiled?: number;
  /** Times of TensorFlow's dense and masked-dense (density .33) step, both without dropout, over this one's with it. */
  timesFasterThanTensorflow?: number;
  timesFasterThanTensorflowMasked?: number;
  /** Our time with one thread over this one's. */
  timesFasterThanOneThread?: number;
  /** High-water mark of the process that ran the step. */
  peakRssBytes?: number;
  bytesPerNonzero?: number;
}

export interface BenchResult {
  machine: { cpu: string; cores: number; memoryBytes: number };
  versions: Record<string, string>;
  /** Why PyTorch did not run; absent if it did. The same of the engine tensorflow. */
  peerMissing?: string;
  tensorflowMissing?: string;
  quick: boolean;
  rows: BenchRow[];
}

/** Checks, then times every case: first the kernels, then whole training steps, ours and PyTorch's in turn. */
export async function runBench(options: BenchOptions = {}): Promise<BenchResult> {
  const cores = availableParallelism();
  const threads = options.threads ?? [1, 2].filter(count => count <= cores);
  const peer = options.peers === false ? { missing: 'not asked for' } : await TorchPeer.start();
  const tensorflowMissing = options.peers === false ? 'not asked for' : await whyNoTensorflow();
  const rows: BenchRow[] = [];
  const add = (row: BenchRow) => {
    rows.push(withRatios(row, rows));
    options.onRow?.(rows[rows.length - 1]);
  };
  try {
    for (const count of threads) await benchKernels(count, peer, options, add);
    const cases = stepCases(options.quick ?? false).filter(({ settings }) => {
      return settings.engine !== 'tensorflow' || tensorflowMissing === undefined;
    });
    const steps = Object.values(Object.groupBy(cases, ({ name }) => name));
    for (const count of threads) for (const cases of steps) await benchSteps(cases!, count, peer, options, add);
  } finally {
    if (peer instanceof TorchPeer) await peer.stop();
  }
  const hello: Partial<PeerHello> = peer instanceof TorchPeer ? peer.hello : {};
  return {
    machine: { cpu: cpus()[0]?.model ?? 'unknown', cores, memoryBytes: totalmem() },
    versions: { node: process.version, v8: process.versions.v8, ...hello.versions },
    peerMissing: peer instanceof TorchPeer ? undefined : peer.missing,
    tensorflowMissing,
    quick: options.quick ?? false,
    rows,
  };
}

/** What keeps the engine tensorflow from starting; undefined where nothing does. */
async function whyNoTensorflow(): Promise<string | undefined> {
  try {
    await (await createEngine({ engine: 'tensorflow' })).dispose();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** TensorFlow's rows come first, then the dense one, so that the others find what to compare with. */
function withRatios(row: BenchRow, before: BenchRow[]): BenchRow {
  const same = before.filter(each => each.case === row.case);
  const own = same.filter(({ engine }) => engine === row.engine);
  const dense = own.find(each => each.density === 1 && each.threads === row.threads);
  const single = own.find(each => each.density === row.density && each.threads === 1);
  const tensorflow = same.filter(({ engine, threads }) => engine === 'tensorflow' && threads === row.threads);
  const timesFaster = (other: BenchRow | undefined) => (row.engine === 'simd' && other ? other.ms / row.ms : undefined);
  return {
    ...row,
    timesFasterThanTensorflow: timesFaster(tensorflow.find(({ density }) => density === 1)),
    timesFasterThanTensorflowMasked: timesFaster(tensorflow.find(({ density }) => density < 1)),
    timesFasterThanOwnDense: dense && dense.ms / row.ms,
    timesFasterThanTorch: row.torchMs && row.torchMs / row.ms,
    timesFasterThanTorchCompiled: row.torchCompiledMs && row.torchCompiledMs / row.ms,
    timesFasterThanOneThread: row.threads > 1 && single ? single.ms / row.ms : undefined,
  };
}

/** The least of some times, or nothing. */
class Minimum {
  value: number | undefined;

  add(...times: number[]): void {
    this.value = Math.min(this.value ?? Number.POSITIVE_INFINITY, ...times);
  }
}

const KERNEL_ROUNDS = 3;

async function benchKernels(
  threads: number,
  peer: TorchPeer | { missing: string },
  { quick = false, filter = '' }: BenchOptions,
  add: (row: BenchRow) => void,
): Promise<void> {
  const cases = kernelCases(quick).filter(({ name }) => name.includes(filter));
  if (cases.length === 0) return;
  const engine = await createEngine({ engine: 'simd', threads });
  for (const { name, operation, sizes, peer: request } of cases.sort((a, b) => b.sizes.density - a.sizes.density)) {
    const bench = createProductBench(engine, sizes);
    // Enough repeats for a sixth of a second, and for the optimizing compiler to take over.
    const estimate = (bench.flops / 20e9) * 1000;
    const repeats = Math.min(200, Math.max(3, Math.ceil(160 / Math.max(estimate, 0.05))));
    let ms = Number.POSITIVE_INFINITY;
    const torch = new Minimum();
    for (let round = 0; round < KERNEL_ROUNDS; round++) {
      engine.busy(true);
      for (let repeat = 0; repeat < repeats; repeat++) {
        const start = performance.now();
        bench[operation]();
        ms = Math.min(ms, performance.now() - start);
      }
      engine.busy(false);
      if (request && peer instanceof TorchPeer) {
        const result = await peer.request({ ...request, threads, repeats } as PeerRequest);
        torch.add(...result.ms);
      }
    }
    if (peer instanceof TorchPeer) await peer.release();
    add({
      case: name,
      engine: 'simd',
      density: sizes.density,
      threads,
      ms,
      gflops: bench.flops / ms / 1e6,
      torchMs: torch.value,
    });
    bench.dispose();
  }
  await engine.dispose();
}

const STEP_ROUNDS = 6;

/** All densities and PyTorch take one step in turn, each in a process of its own, so that its peak memory is its own. */
async function benchSteps(
  all: StepCase[],
  threads: number,
  peer: TorchPeer | { missing: string },
  { filter = '' }: BenchOptions,
  add: (row: BenchRow) => void,
): Promise<void> {
  const cases = all.filter(({ name }) => name.includes(filter));
  if (cases.length === 0) return;
  const torch = new Minimum();
  const compiled = new Minimum();
  const running: { step: StepCase; process: StepProcess; ms: number; rss: number; bytes: number }[] = [];
  try {
    for (const step of cases) {
      const process = await startStepProcess({ ...step.settings, threads });
      running.push({ step, process, ms: Number.POSITIVE_INFINITY, rss: 0, bytes: 0 });
    }
    for (let round = 0; round < STEP_ROUNDS; round++) {
      for (const each of running) {
        const { ms, loss, peakRssBytes, bytesPerNonzero } = await each.process.step();
        if (!Number.isFinite(loss)) throw new Error(`${each.step.name}: the loss is ${loss}; the step is not timed.`);
        // The first steps run in the baseline compiler.
        if (round > 1) each.ms = Math.min(each.ms, ms);
        each.rss = peakRssBytes;
        each.bytes = bytesPerNonzero;
      }
      if (peer instanceof TorchPeer) {
        for (const [request, minimum] of [
          [cases[0].peer, torch] as const,
          [cases[0].compiledPeer, compiled] as const,
        ]) {
          if (request) minimum.add(...(await peer.request({ ...request, threads, repeats: 1 } as PeerRequest)).ms);
        }
      }
    }
  } finally {
    for (const { process } of running) process.stop();
    if (peer instanceof TorchPeer) await peer.release();
  }
  const rank = ({ step: { settings } }: (typeof running)[number]) =>
    settings.density + (settings.engine === 'tensorflow' ? 1 : 0);
  for (const { step, process, ms, rss, bytes } of running.sort((a, b) => rank(b) - rank(a))) {
    add({
      case: step.name,
      engine: step.settings.engine ?? 'simd',
      withoutDropout: step.withoutDropout,
      density: step.settings.density,
      threads,
      ms,
      gflops: process.ready.flops / ms / 1e6,
      torchMs: torch.value,
      torchCompiledMs: compiled.value,
      peakRssBytes: rss,
      bytesPerNonzero: bytes,
    });
  }
}
