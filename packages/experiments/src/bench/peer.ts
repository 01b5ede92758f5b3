/**
 * PyTorch as a peer of our benchmarks: a child process that speaks one JSON object per line
 * (`bench/peers/torch_peer.py`), so that its repeats can be interleaved with ours in one run.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { packageFile } from '../packageFile.ts';

/** Sizes of the language model's training step; what is left out takes the paper's value. */
export interface PeerLstmSizes {
  /** Hidden units per layer, H; 1500. */
  hidden?: number;
  /** Embedding width, E; 1500. */
  embedding?: number;
  /** Vocabulary, V; 10,000. */
  vocabulary?: number;
  /** LSTM layers; 2. */
  layers?: number;
  /** Sequences in a batch, B; 20. */
  batch?: number;
  /** Time steps of a window, T; 35. */
  steps?: number;
  /** Dropout on the input, between layers and on the output, in [0, 1); 0.65. */
  dropout?: number;
  /** Learning rate of SGD; 20. */
  learningRate?: number;
  /** Largest gradient norm; 0.25. */
  clip?: number;
  /** Weight decay of SGD; 1.2e-6. */
  weightDecay?: number;
  /** PyTorch's fused SGD, its fastest on a CPU; true. With false: `torch.optim.SGD`'s default. */
  fused?: boolean;
}

/** Sizes of the highway network's training step; what is left out takes the paper's value. */
export interface PeerRhnSizes {
  /** Hidden units, H, and width of the tied embedding; 830. */
  hidden?: number;
  /** Depth of the recurrence within a time step, L; 10. */
  depth?: number;
  /** Vocabulary, V; 10,000. */
  vocabulary?: number;
  /** Sequences in a batch, B; 20. */
  batch?: number;
  /** Time steps of a window, T; 35. */
  steps?: number;
}

/** Sizes of the text classifier's training step. */
export interface PeerClassifierSizes {
  /** Hidden units, H; 256. */
  hidden?: number;
  /** Embedding width, E; 256. */
  embedding?: number;
  /** Vocabulary, V; 20,000. */
  vocabulary?: number;
  /** Texts in a batch, B; 64. */
  batch?: number;
  /** Length of every text, T; 400. */
  steps?: number;
}

/** Sizes of a product `Y [rows, columns] = W [rows, cols] X [cols, columns]`. */
export interface PeerProductSizes {
  /** Rows of W; 6000, the four gates of 1500 units. */
  rows?: number;
  /** Columns of W; 1500. */
  cols?: number;
  /** Columns of X: 20 is one time step, 700 a window; 20, for `csr-sampled` 700. */
  columns?: number;
}

/** What PyTorch can be asked to time. Densities are in (0, 1]; 0.33 if left out. */
export type PeerCase =
  | ({ case: 'lstm-step' } & PeerLstmSizes)
  | ({ case: 'lstm-step-masked'; density?: number } & PeerLstmSizes)
  | ({ case: 'rhn-step' | 'rhn-step-compiled' } & PeerRhnSizes)
  | ({ case: 'classifier-step' } & PeerClassifierSizes)
  | ({ case: 'csr-product' | 'csr-sampled'; density?: number } & PeerProductSizes)
  | ({ case: 'dense-product' } & PeerProductSizes);

/** A case, and how to time it. */
export type PeerRequest = PeerCase & {
  /** Threads that PyTorch may use; 1. */
  threads?: number;
  /** Timed repeats; 5. */
  repeats?: number;
  /** Untimed repeats before them; 1. A case seen for the first time is also built and checked. */
  warmup?: number;
};

/** PyTorch's times for one request. */
export interface PeerResult {
  case: PeerCase['case'];
  threads: number;
  /** Wall time of every repeat, in milliseconds. */
  ms: number[];
  /** Floating-point operations of one repeat: nonzeros only in the csr cases, every weight in a training step. */
  flops: number;
  /** `flops` over the fastest repeat, in 1e9 per second. */
  gflops: number;
  /** What was verified before the first timing: loss before and after, or the largest error against float64. */
  check: Record<string, number>;
  /** High-water mark of the peer's whole life, in bytes: start one peer per case to compare memory. */
  peakRssBytes: number;
}

/** The first line of the peer: what it runs on. */
export interface PeerHello {
  peer: 'pytorch';
  versions: { torch: string; numpy: string; python: string };
  blas: string;
  onednn: boolean;
  /** Instruction set that PyTorch chose, e.g. `AVX512`. */
  cpu: string;
  threads: number;
  cores: number;
  /** Resident memory after importing PyTorch, before any case, in bytes. */
  importRssBytes: number;
}

/** Why there is no peer, and the command that makes one. */
export interface PeerMissing {
  missing: string;
}

/** Options of {@link TorchPeer.start}. */
export interface TorchPeerOptions {
  /** Folder with `torch_peer.py` and `.venv`; the repository's `bench/peers`. */
  folder?: string;
  /** Longest wait for the process's first line, in milliseconds; 120,000: a cold disk has 1 GB to read. */
  startTimeoutMs?: number;
}

interface Pending {
  resolve(reply: Record<string, unknown>): void;
  reject(error: Error): void;
}

const repository = packageFile('../../');
const setUp = 'make it with: node bench/peers/setup.mjs';
const stderrKept = 4000;

/**
 * A running PyTorch process. Requests are served one at a time, in order.
 *
 * @example
 * const peer = await TorchPeer.start();
 * if ('missing' in peer) console.log(peer.missing);
 * else {
 *   const { ms } = await peer.request({ case: 'csr-product', density: 0.1, columns: 20, threads: 2 });
 *   await peer.stop();
 * }
 */
export class TorchPeer {
  /** Versions and machine, as the peer reported them when it started. */
  hello!: PeerHello;
  private readonly pending: Pending[] = [];
  private readonly exited: Promise<void>;
  private stderr = '';
  private ended = '';

  private constructor(private readonly child: ChildProcessWithoutNullStreams) {
    createInterface({ input: child.stdout }).on('line', line => this.receive(line));
    child.stderr.setEncoding('utf8').on('data', text => {
      this.stderr = (this.stderr + text).slice(-stderrKept);
    });
    // A write to a process that just died fails here; its exit is reported below.
    child.stdin.on('error', () => {});
    this.exited = new Promise(resolve => {
      child.once('error', error => this.end(`could not start: ${error.message}`, resolve));
      child.once('close', (code, signal) => this.end(`ended (${signal ?? `exit code ${code}`})`, resolve));
    });
  }

  /** Starts the peer, or says what is missing and how to get it; never throws for a machine without PyTorch. */
  static async start(options: TorchPeerOptions = {}): Promise<TorchPeer | PeerMissing> {
    const folder = options.folder ?? join(repository, 'bench', 'peers');
    const python = join(folder, '.venv', 'bin', 'python');
    if (!existsSync(python)) return { missing: `no PyTorch: ${relative(repository, python)} is not there; ${setUp}` };
    // Set on some hosts for OpenBLAS; neither the peer nor a library it loads should see them.
    const { OPENBLAS_CORETYPE: _core, OPENBLAS_L2_SIZE: _l2, ...env } = process.env;
    const peer = new TorchPeer(
      spawn(python, [join(folder, 'torch_peer.py')], { env: { ...env, PYTHONDONTWRITEBYTECODE: '1' } }),
    );
    const limit = options.startTimeoutMs ?? 120_000;
    const timer = setTimeout(() => {
      peer.ended = `no first line within ${limit} ms`;
      peer.child.kill('SIGKILL');
    }, limit);
    try {
      peer.hello = (await peer.reply()) as unknown as PeerHello;
      return peer;
    } catch (error) {
      await peer.exited;
      return { missing: `PyTorch does not start: ${peer.ended || (error as Error).message}; ${setUp}` };
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * Times one case. The peer keeps what it built, so asking again with other `threads` or `repeats` costs the repeats.
   *
   * @throws if the peer refuses the request, if a check fails, or if the process ends.
   */
  async request(request: PeerRequest): Promise<PeerResult> {
    return (await this.send(request)) as unknown as PeerResult;
  }

  /** Drops what earlier requests built; the peak memory stays the process's. */
  async release(): Promise<void> {
    await this.send({ case: 'release' });
  }

  /** Ends the process; open requests are rejected. Safe to call twice. */
  async stop(): Promise<void> {
    this.child.stdin.end();
    // A repeat that is running would be waited for.
    const timer = setTimeout(() => this.child.kill('SIGKILL'), this.pending.length ? 0 : 2000);
    await this.exited;
    clearTimeout(timer);
  }

  private async send(message: object): Promise<Record<string, unknown>> {
    const reply = this.reply();
    if (!this.ended) this.child.stdin.write(`${JSON.stringify(message)}\n`);
    const answer = await reply;
    if (typeof answer.error === 'string') throw new Error(`PyTorch peer: ${answer.error}`);
    return answer;
  }

  private reply(): Promise<Record<string, unknown>> {
    return new Promise((resolve, reject) => {
      if (this.ended) reject(new Error(this.ended));
      else this.pending.push({ resolve, reject });
    });
  }

  private receive(line: string): void {
    const waiting = this.pending.shift();
    if (!waiting) return;
    try {
      waiting.resolve(JSON.parse(line));
    } catch {
      waiting.reject(new Error(`PyTorch peer: expected a line of JSON, got ${JSON.stringify(line.slice(0, 200))}`));
    }
  }

  private end(how: string, done: () => void): void {
    const last = this.stderr.trim().split('\n').at(-1);
    this.ended ||= `the process ${how}${last ? `: ${last}` : ''}`;
    for (const { reject } of this.pending.splice(0)) reject(new Error(`PyTorch peer: ${this.ended}`));
    done();
  }
}
