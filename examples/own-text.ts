// Trains a sparse LSTM on your own text:  node examples/own-text.ts my.txt   (without a file: the start of Moby Dick)
import { readFileSync } from 'node:fs';
import { createEngine, createLanguageModelTrainer, LANGUAGE_MODEL_DEFAULTS, trainingDefaults } from '@sparse-rnn/core';
import { encodeText, LanguageModelBatches, loadLanguageCorpus, proseLines, splitLines } from '@sparse-rnn/datasets';

const [file] = process.argv.slice(2);
const lines = file ? [...proseLines(readFileSync(file, 'utf8'))] : await mobyDick(30_000);
const cut = Math.floor(0.9 * lines.length);
const parts = { train: lines.slice(0, cut), validation: lines.slice(cut), test: [[]] };
const { train, validation, vocabulary } = encodeText(parts, 3); // words seen less than 3 times are <unk>
console.log(`${train.length} tokens to train on, ${validation.length} to validate, ${vocabulary.length} words`);
const engine = await createEngine();
const batches = new LanguageModelBatches(train, 20, 20); // 20 streams side by side, windows of 20 tokens
const model = { ...LANGUAGE_MODEL_DEFAULTS, vocabulary: vocabulary.length };
const training = { ...trainingDefaults('set'), density: 0.2 };
const trainer = createLanguageModelTrainer(model, training, batches, engine);
console.log(`${trainer.parameters.total} numbers are trained, of ${trainer.parameters.dense} in the dense model`);
for (let epoch = 1; epoch <= training.epochs; epoch++) {
  for (let step = 0; step < batches.stepsPerEpoch; step++) trainer.step();
  const { loss } = trainer.evaluate(new LanguageModelBatches(validation, 4, 20));
  trainer.endEpoch(loss); // methods that average their weights begin by it
  console.log(`epoch ${epoch}: validation perplexity ${Math.exp(loss).toFixed(1)}`);
}
await engine.dispose();

async function mobyDick(count: number): Promise<string[][]> {
  const corpus = await loadLanguageCorpus('moby-dick');
  const words = Array.from(corpus.train.subarray(0, count), id => corpus.vocabulary[id]);
  return [...splitLines(words.join(' ').replaceAll(' <eos> ', '\n'))];
}
