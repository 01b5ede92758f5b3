// Trains a sparse LSTM on your own text:  node examples/own-text.ts my.txt   (without a file: the start of Moby Dick)
import { readFileSync } from 'node:fs';
import { createEngine, createLanguageModelTrainer } from '@sparse-rnn/core';
import { encodeText, LanguageModelBatches, loadLanguageCorpus, proseLines, splitLines } from '@sparse-rnn/datasets';

const [file] = process.argv.slice(2);
const lines = file ? [...proseLines(readFileSync(file, 'utf8'))] : await mobyDick(30_000);
const cut = Math.floor(0.9 * lines.length);
const parts = { train: lines.slice(0, cut), validation: lines.slice(cut), test: [[]] };
const { train, validation, vocabulary } = encodeText(parts, 3); // words seen less than 3 times are <unk>
console.log(`${train.length} tokens to train on, ${validation.length} to validate, ${vocabulary.length} words`);

const epochs = 5;
const engine = await createEngine();
const batches = new LanguageModelBatches(train, 20, 20); // 20 streams side by side, windows of 20 tokens
const trainer = createLanguageModelTrainer(
  {
    ...{ vocabulary: vocabulary.length, embedding: 96, hidden: 96, layers: 1 },
    dropout: { kind: 'elementwise', input: 0.1, between: 0, output: 0.1, word: 0 },
    init: { recurrent: 0.1, embedding: 0.1, decoder: 0.1 },
    sparse: { embedding: true, recurrent: true, decoder: true },
  },
  {
    ...{ method: 'set', density: 0.2, distribution: 'uniform', seed: 1, epochs, loss: 'mean', clip: 1, weightDecay: 0 },
    optimizer: { name: 'adam', momentum: 0.9, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
    ...{ learningRate: 0.005, decay: { factor: 1, after: 0 } },
    update: { steps: 0, rate: 0.3, schedule: 'cosine', endRate: 0.005, stop: 1, growStd: 0, gates: 'free' },
  },
  batches,
  engine,
);
console.log(`${trainer.parameters.total} numbers are trained, of ${trainer.parameters.dense} in the dense model`);
for (let epoch = 1; epoch <= epochs; epoch++) {
  for (let step = 0; step < batches.stepsPerEpoch; step++) trainer.step();
  const { loss } = trainer.evaluate(new LanguageModelBatches(validation, 4, 20));
  console.log(`epoch ${epoch}: validation perplexity ${Math.exp(loss).toFixed(1)}`);
}
trainer.dispose();
await engine.dispose();

/** The first words of a corpus that comes with the package, a sentence per line. */
async function mobyDick(count: number): Promise<string[][]> {
  const corpus = await loadLanguageCorpus('moby-dick');
  const words = Array.from(corpus.train.subarray(0, count), id => corpus.vocabulary[id]);
  return [...splitLines(words.join(' ').replaceAll(' <eos> ', '\n'))];
}
