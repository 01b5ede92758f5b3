// Takes a number of training steps of recipes at paper size and checks what must hold from the first steps on: no warning,
// a loss that falls, memory that stays flat. Writes one JSON line per recipe. Needs Penn Treebank (SPARSE_RNN_DATA or
// `sparse-rnn data fetch ptb`) and a build (`npm run build`).
//
//   node bench/recipes.mjs [--steps 200] [--threads 2] [--out bench/results/recipes.jsonl] [preset ...]
import { appendFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { cellNames, methodNames } from '../packages/core/dist/index.js';
import { listCorpora } from '../packages/datasets/dist/index.js';
import {
  commit,
  createSpec,
  methodSettings,
  openWorkbench,
  peakRssBytes,
  versions,
} from '../packages/experiments/dist/internal.js';

const { values, positionals } = parseArgs({
  options: { steps: { type: 'string' }, threads: { type: 'string' }, out: { type: 'string' } },
  allowPositionals: true,
});
const steps = Number(values.steps ?? 200);
const threads = Number(values.threads ?? availableParallelism());
const presets = positionals.length > 0 ? positionals : ['ptb-lstm', 'ptb-rhn'];
const names = task => listCorpora().flatMap(corpus => (corpus.task === task ? [corpus.name] : []));
const corpora = { 'language-model': names('language-model'), classification: names('classification') };
const known = { methods: methodNames(), methodSettings, cells: cellNames(), corpora };

const warnings = [];
process.on('warning', ({ message }) => warnings.push(message));
for (const level of ['warn', 'error']) {
  const original = console[level];
  console[level] = (...args) => {
    warnings.push(args.join(' '));
    original(...args);
  };
}

const mean = numbers => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
let failed = false;
for (const preset of presets) {
  const spec = createSpec(preset, {}, known);
  const bench = await openWorkbench(spec, { engine: 'simd', threads });
  const losses = [];
  const times = [];
  const memory = {};
  bench.engine.busy(true);
  for (let step = 1; step <= steps; step++) {
    const begin = performance.now();
    losses.push(bench.trainer.step().loss);
    times.push(performance.now() - begin);
    // The first steps make what is kept for good.
    if (step === 10 || step === steps) {
      memory[step] = { rssBytes: process.memoryUsage().rss, peakRssBytes: peakRssBytes(), ...bench.trainer.memory() };
    }
    if (step % 10 === 0) console.log(`${preset} step ${step}/${steps}, loss ${mean(losses.slice(-10)).toFixed(4)}`);
  }
  bench.engine.busy(false);
  const tenth = Math.max(1, Math.floor(steps / 10));
  const checks = {
    noWarning: warnings.length === 0,
    lossFinite: losses.every(Number.isFinite),
    lossFalls: mean(losses.slice(-tenth)) < mean(losses.slice(0, tenth)),
    heapFlat: memory[steps].peakHeapBytes === memory[10].peakHeapBytes,
    rssFlat: memory[steps].peakRssBytes <= 1.05 * memory[10].peakRssBytes,
  };
  const { method, density, seed } = spec;
  const result = {
    preset,
    method,
    density,
    seed,
    steps,
    threads: bench.engine.threads,
    cpu: cpus()[0]?.model.trim(),
    versions: versions(),
    commit: commit(),
    parameters: bench.trainer.parameters.total,
    firstLoss: losses[0],
    lossOfFirstTenth: mean(losses.slice(0, tenth)),
    lossOfLastTenth: mean(losses.slice(-tenth)),
    stepMsMin: Math.min(...times),
    stepMsMedian: times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)],
    memory,
    warnings,
    checks,
  };
  await bench.dispose();
  console.log(JSON.stringify(result));
  if (values.out) appendFileSync(values.out, `${JSON.stringify(result)}\n`);
  failed ||= Object.values(checks).includes(false);
}
process.exit(failed ? 1 : 0);
