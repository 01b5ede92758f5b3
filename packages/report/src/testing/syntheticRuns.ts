import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DoneLine, EpochLine, PictureLine, RunLogLine, StartLine } from '@sparse-rnn/experiments/runlog';
import { classifierDataset, classifierDone, classifierEpoch, confusionOf } from './syntheticClassifier.ts';

/** Shape of a made-up run. Its numbers are invented: they stand in tests only. */
export interface SyntheticRun {
  method: string;
  density: number;
  /** Default 'language-model'. */
  task?: StartLine['task'];
  seed?: number;
  preset?: string;
  dataset?: string;
  /** Epochs in the log. Default 8. */
  epochs?: number;
  /** Default 'finished'. */
  end?: 'finished' | 'unfinished' | { failed: string };
  /** Window of the pictures; 0 for none. Default 24. */
  window?: number;
  spec?: Record<string, unknown>;
  /** Test perplexity of the finished run. Default: follows from method, density and seed. */
  testPerplexity?: number;
  threads?: number;
  /** Of a finished classifier; the test scores follow from it. Default: follows from method, density and seed. */
  confusion?: number[][];
  flops?: Partial<StartLine['flops']>;
  /** Test perplexity of the last epoch's model, evaluated after the run. Default: it was not. */
  lastTestPerplexity?: number;
  /** Engine of that evaluation. Default: its line does not say. */
  lastTestEngine?: string;
  /** First epoch evaluated with averaged weights, 0 for none. Default: the optimizer does not average. */
  averagedFrom?: number;
  /** FLOPs per token that the method of a finished run took. Default: the log has no FLOPs that were spent. */
  methodFlops?: number;
  /** FLOPs per token that a finished run took. Default: those of its start line, and `methodFlops`. */
  flopsSpent?: DoneLine['flopsSpent'];
  /** Computed and measured bytes of a finished run. Default: the log has none. */
  bytes?: DoneLine['bytes'];
}

const HIDDEN = 64;
const VOCABULARY = 1200;

interface Layer {
  name: string;
  rows: number;
  cols: number;
  gates: string[];
}

/** The layers of a run's model: of a smaller one where the method is the small dense one. */
function layersOf({ method, density, task }: SyntheticRun): Layer[] {
  const hidden = method === 'dense-small' ? Math.round(HIDDEN * density) : HIDDEN;
  return [
    { name: 'embedding', rows: VOCABULARY, cols: hidden, gates: ['embedding'] },
    { name: 'lstm0.input', rows: 4 * hidden, cols: hidden, gates: ['i', 'f', 'g', 'o'] },
    { name: 'lstm0.recurrent', rows: 4 * hidden, cols: hidden, gates: ['i', 'f', 'g', 'o'] },
    { name: 'decoder', rows: task === 'classification' ? 3 : VOCABULARY, cols: hidden, gates: ['decoder'] },
  ];
}

/** Density of a model after an epoch: that of gradual pruning falls to the one that was asked for, others keep theirs. */
function densityAt({ method, density }: SyntheticRun, epoch: number): number {
  return method === 'gmp' ? density + (1 - density) * Math.max(0, 1 - epoch / 4) ** 3 : density;
}

/** Lines of a whole log that the schema accepts. */
export function syntheticLines(run: SyntheticRun): RunLogLine[] {
  const random = mulberry32(
    1 + (run.seed ?? 1) * 7919 + Math.round(run.density * 1000) + 31 * (run.method.codePointAt(0) ?? 0),
  );
  const start = startLine(run);
  const epochs = run.epochs ?? 8;
  const moves = !['dense', 'dense-small', 'static', 'gmp', 'snip'].includes(run.method);
  const goal = run.testPerplexity ?? 110 + (moves ? 2 : run.method === 'dense' ? 4 : 9) + 2 * random();
  const classifier = run.task === 'classification';
  const accuracy = 0.82 + (moves ? 0.04 : run.method === 'dense' ? 0.03 : 0) + 0.04 * random();
  const lines: RunLogLine[] = [start, ...pictureLines(run, epochs, moves, random)];
  let best = Number.POSITIVE_INFINITY;
  let bestEpoch = 0;
  const logged: EpochLine[] = [];
  for (let epoch = 1; epoch <= epochs; epoch++) {
    const scale = classifier ? 1 + goal / 500 : goal;
    const validation = scale * (1.03 + (classifier ? 0.4 : 2.2) * Math.exp(-epoch / 2) + 0.004 * random());
    const training = scale * (0.85 + (classifier ? 0.7 : 3.4) * Math.exp(-epoch / 1.9));
    if (validation < best) {
      best = validation;
      bestEpoch = epoch;
    }
    const line: EpochLine = {
      type: 'epoch',
      epoch,
      step: epoch * 250,
      learningRate: epoch < 5 ? 1 : 0.5 ** (epoch - 4),
      trainLoss: Math.log(training),
      trainPerplexity: training,
      validationLoss: Math.log(validation),
      validationPerplexity: validation,
      tokensPerSecond: Math.round(9000 / (0.2 + run.density) + 40 * random()),
      stepMs: 20 + 90 * run.density + random(),
      trainSeconds: 12 + 20 * run.density,
      evaluationSeconds: 1,
      peakRssBytes: Math.round(180e6 + 240e6 * run.density),
      peakHeapBytes: Math.round(40e6 + 200e6 * run.density),
      ...(run.averagedFrom !== undefined && { averaged: run.averagedFrom > 0 && epoch >= run.averagedFrom }),
      matrices: start.matrices.map(matrix => {
        const nnz = run.method === 'gmp' ? Math.round(matrix.rows * matrix.cols * densityAt(run, epoch)) : matrix.nnz;
        const drift = moves ? Math.round(0.06 * (matrix.nnz / matrix.gates.length) * Math.sin(epoch / 3)) : 0;
        const gate = Math.round(nnz / matrix.gates.length);
        const first = [gate - drift, gate + drift, gate + 2 * drift];
        const gates = matrix.gates.length === 1 ? [nnz] : [...first, nnz - first.reduce((a, b) => a + b)];
        return {
          name: matrix.name,
          nnz,
          gates,
          explored: moves ? 1 - (1 - matrix.density) * Math.exp(-epoch * 0.25 * matrix.density) : matrix.density,
          initialKept: moves ? 0.2 + 0.8 * Math.exp(-epoch / 4) : nnz / matrix.nnz,
        };
      }),
      best: bestEpoch === epoch,
      ...(classifier && classifierEpoch(accuracy - 0.3 * Math.exp(-epoch / 1.5) + 0.01 * random())),
    };
    logged.push(line);
    lines.push(line);
  }
  const end = run.end ?? 'finished';
  if (end === 'finished') {
    const found = logged[bestEpoch - 1]?.validationAccuracy ?? 0;
    const scores = classifier && classifierDone(run.confusion ?? confusionOf(accuracy), found);
    lines.push({
      ...doneLine(logged, bestEpoch, best, classifier ? best : goal),
      ...scores,
      ...flopsSpent(run),
      ...(run.bytes && { bytes: run.bytes }),
    });
    if (run.lastTestPerplexity !== undefined) lines.push(lastEvaluation(run, epochs, run.lastTestPerplexity));
  } else if (end !== 'unfinished') {
    lines.push({ type: 'failed', time: '2025-03-04T11:00:00Z', step: epochs * 250 + 17, reason: end.failed });
  }
  return lines;
}

/** Writes a run folder and returns it. */
export function writeRun(root: string, run: SyntheticRun): string {
  const lines = syntheticLines(run);
  const folder = join(root, `${run.preset?.replace(/[^a-z0-9-]/gi, '') ?? 'demo'}-${runHash(run)}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'log.jsonl'), lines.map(line => `${JSON.stringify(line)}\n`).join(''));
  return folder;
}

function startLine(run: SyntheticRun): StartLine {
  const sparse = run.density < 1 && run.method !== 'dense-small';
  const layers = layersOf(run);
  const matrices = layers.map(layer => {
    const nnz = Math.round(layer.rows * layer.cols * (sparse ? densityAt(run, 0) : 1));
    return { ...layer, nnz, density: nnz / (layer.rows * layer.cols), sparse };
  });
  const nnz = matrices.reduce((total, matrix) => total + matrix.nnz, 0);
  const positions = layers.reduce((total, layer) => total + layer.rows * layer.cols, 0);
  const biases = layers[1].rows + layers[3].rows;
  const products = nnz - matrices[0].nnz;
  const denseProducts = positions - layers[0].rows * layers[0].cols;
  return {
    type: 'start',
    schema: 1,
    time: '2025-03-04T10:00:00Z',
    run: runHash(run),
    task: run.task ?? 'language-model',
    preset: run.preset ?? 'demo',
    method: run.method,
    density: run.density,
    seed: run.seed ?? 1,
    spec: {
      preset: run.preset ?? 'demo',
      method: run.method,
      density: run.density,
      seed: run.seed ?? 1,
      hidden: HIDDEN,
      epochs: 8,
      removalRate: 0.3,
      ...run.spec,
    },
    engine: { name: 'simd', threads: run.threads ?? 2, reason: 'no WebGPU adapter' },
    machine: { cpu: 'Made-up CPU', cores: 2, memoryBytes: 8e9, os: 'linux' },
    versions: { node: '24.0.0', 'sparse-rnn': '0.0.0' },
    commit: '0123456789abcdef',
    dataset: {
      name: run.dataset ?? 'sotu',
      sha256: `${run.dataset ?? 'sotu'}-checksum`,
      vocabulary: VOCABULARY,
      tokens: { train: 350_000, validation: 40_000, test: 41_000 },
      ...(run.task === 'classification' && classifierDataset()),
    },
    parameters: { total: nnz + biases, dense: positions + biases, nnz },
    flops: {
      forward: 2 * products,
      training: 6 * products,
      denseForward: 2 * denseProducts,
      denseTraining: 6 * denseProducts,
      ...run.flops,
    },
    matrices,
  };
}

function lastEvaluation({ lastTestEngine: engine }: SyntheticRun, epoch: number, perplexity: number): RunLogLine {
  const evaluated = { type: 'evaluation', time: '2025-03-04T13:00:00Z', model: 'last', part: 'test' } as const;
  return { ...evaluated, epoch, loss: Math.log(perplexity), perplexity, ...(engine !== undefined && { engine }) };
}

function flopsSpent(run: SyntheticRun): Partial<DoneLine> {
  if (run.flopsSpent !== undefined) return { flopsSpent: run.flopsSpent };
  if (run.methodFlops === undefined) return {};
  const { training, forward } = startLine(run).flops;
  return { flopsSpent: { training, forward, method: run.methodFlops } };
}

function doneLine(epochs: readonly EpochLine[], bestEpoch: number, best: number, test: number): DoneLine {
  return {
    type: 'done',
    time: '2025-03-04T12:00:00Z',
    epochs: epochs.length,
    step: epochs.length * 250,
    bestEpoch,
    bestValidationLoss: Math.log(best),
    bestValidationPerplexity: best,
    testLoss: Math.log(test),
    testPerplexity: test,
    wallSeconds: epochs.reduce((total, line) => total + line.trainSeconds + line.evaluationSeconds, 3),
    peakRssBytes: Math.max(0, ...epochs.map(line => line.peakRssBytes)),
    weightsSha256: 'ab'.repeat(32),
  };
}

function pictureLines(run: SyntheticRun, epochs: number, moves: boolean, random: () => number): PictureLine[] {
  const window = run.window ?? 24;
  if (window === 0 || run.density === 1 || run.method === 'dense-small') return [];
  let active = new Set(
    Array.from({ length: window * window }, (_, position) => position).filter(() => random() < densityAt(run, 0)),
  );
  const lines: PictureLine[] = [];
  for (let epoch = 0; epoch <= epochs; epoch++) {
    if (epoch > 0 && moves) {
      const kept = [...active].filter(() => random() > 0.25);
      const next = new Set(kept);
      while (next.size < active.size) next.add(Math.floor(random() * window * window));
      active = next;
    }
    if (run.method === 'gmp') active = new Set([...active].slice(0, Math.round(window ** 2 * densityAt(run, epoch))));
    const positions = [...active].sort((a, b) => a - b);
    lines.push({ type: 'picture', epoch, matrix: 'lstm0.recurrent', rows: window, cols: window, active: positions });
  }
  return lines;
}

/** Twelve hexadecimal digits that differ between different runs. */
function runHash(run: SyntheticRun): string {
  let hash = 0xcbf29ce484222325n;
  for (const character of JSON.stringify(run)) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(character.codePointAt(0) ?? 0)) * 0x100000001b3n);
  }
  return hash.toString(16).padStart(16, '0').slice(0, 12);
}

/** Small seeded generator, so that the same run has the same log everywhere. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
