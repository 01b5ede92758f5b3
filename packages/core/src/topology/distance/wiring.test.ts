import { describe, expect, it } from 'vitest';
import { rng } from '../../base/philox.ts';
import type { LanguageModelSettings, TextClassifierSettings } from '../../models/settings.ts';
import { startEngine } from '../../testing/engines.ts';
import { learnableSource, tellingSource } from '../../testing/textSource.ts';
import { SHORT_TRAINING } from '../../testing/training.ts';
import { createLanguageModelTrainer, createTextClassifierTrainer } from '../../train/create.ts';
import type { Snapshot } from '../../train/types.ts';
import { METHODS } from '../methods.ts';
import { topologyDistance } from './distance.ts';
import { type Numbering, relabel } from './relabel.ts';
import { initialLanguageModelTopologies, initialTextClassifierTopologies, snapshotTopologies } from './topologies.ts';
import { type Wiring, wireLanguageModel, wireTextClassifier } from './wiring.ts';

const HIDDEN = 9;
const sizes = {
  vocabulary: 30,
  embedding: 7,
  hidden: HIDDEN,
  layers: 2,
  init: { recurrent: 0.9, embedding: 0.9, decoder: 0.9 },
  sparse: { embedding: true, recurrent: true, decoder: true },
};
const languageModel: LanguageModelSettings = {
  ...sizes,
  dropout: { kind: 'elementwise', input: 0, between: 0, output: 0, word: 0 },
};
const classifier: TextClassifierSettings = {
  ...sizes,
  classes: 3,
  dropout: { input: 0, between: 0, output: 0 },
};
const texts = () => learnableSource(30, 2, 6, 4);
const labelled = () => tellingSource(30, 3, 4, 4);

/** Other numbers for all units of the groups that are named, or of all. */
function shuffle({ groups }: Wiring, names = groups.map(({ name }) => name)): Numbering {
  const chosen = groups.filter(({ name }) => names.includes(name));
  return new Map(
    chosen.map(({ name, size }) => {
      const units = Int32Array.from({ length: size }, (_, k) => k);
      const stream = rng(3, 'shuffle', name);
      for (let k = size - 1; k > 0; k--) {
        const other = stream.integer(k + 1);
        [units[k], units[other]] = [units[other], units[k]];
      }
      return [name, units];
    }),
  );
}

/** A model with its units numbered otherwise: positions and values of its matrices, and the biases of its layers. */
function renumber(wiring: Wiring, { tensors, state }: Snapshot, numbering: Numbering): Snapshot {
  const moved = { ...tensors };
  for (const matrix of wiring.matrices) {
    const { name, rows, cols } = matrix;
    const indices = tensors[`${name}.indices`].data as Uint32Array;
    const values = tensors[`${name}.values`].data;
    const to = Array.from(indices, flat => {
      return relabel(matrix, { rows, cols, indices: Uint32Array.of(flat) }, numbering).indices[0];
    });
    const order = [...to.keys()].sort((i, j) => to[i] - to[j]);
    moved[`${name}.indices`] = { ...tensors[`${name}.indices`], data: Uint32Array.from(order, i => to[i]) };
    moved[`${name}.values`] = { ...tensors[`${name}.values`], data: Float32Array.from(order, i => values[i]) };
  }
  for (const [name, tensor] of Object.entries(tensors).filter(([each]) => /\.(b|recurrentB)ias$/.test(each))) {
    const layer = wiring.matrices.find(matrix => matrix.name.startsWith(name.replace(/[^.]*$/, '')));
    const units = layer?.rowGroup === undefined ? undefined : numbering.get(layer.rowGroup);
    if (units === undefined) continue;
    const data = tensor.data.slice() as Float32Array;
    tensor.data.forEach((value, at) => {
      const unit = at % units.length;
      data[at - unit + units[unit]] = value;
    });
    moved[name] = { ...tensor, data };
  }
  return { tensors: moved, state };
}

const models = {
  'two LSTM layers': { settings: languageModel },
  'two GRU layers': { settings: { ...languageModel, cell: 'gru' } },
  'an RHN of depth 3': { settings: { ...languageModel, cell: 'rhn', depth: 3, layers: 1 } },
  'a tied LSTM, whose last layer is numbered as the embedding': {
    settings: { ...languageModel, tied: true, embedding: HIDDEN },
  },
  'a classifier': { classes: classifier },
  'a bidirectional classifier, whose directions are numbered apart': {
    classes: { ...classifier, bidirectional: true },
  },
} as Record<string, { settings?: LanguageModelSettings; classes?: TextClassifierSettings }>;

describe('a model whose units are numbered otherwise', () => {
  it.each(Object.keys(models))('computes the same, and has the matched distance 0: %s', async name => {
    const { settings, classes } = models[name];
    const engine = await startEngine('cpu');
    const wiring = settings ? wireLanguageModel(settings) : wireTextClassifier(classes!);
    const trainer = settings
      ? createLanguageModelTrainer(settings, SHORT_TRAINING, texts(), engine)
      : createTextClassifierTrainer(classes!, SHORT_TRAINING, labelled(), engine);
    // Biases start at 0: a few steps tell the units apart there too.
    for (let step = 0; step < 3; step++) trainer.step();
    const evaluate = () => trainer.evaluate((settings ? texts() : labelled()) as never).loss;
    const model = structuredClone(trainer.model());
    const loss = evaluate();

    const renumbered = renumber(wiring, model, shuffle(wiring));
    trainer.loadModel(renumbered);
    expect(evaluate()).toBeCloseTo(loss, 5);
    const { raw, matched } = topologyDistance(
      wiring,
      snapshotTopologies(wiring, model),
      snapshotTopologies(wiring, renumbered),
    );
    expect(raw).toBeGreaterThan(0.5);
    expect(matched).toBe(0);

    // Each group stands for units that the model has: no group can be renumbered in one place alone.
    for (const { name: group } of wiring.groups) {
      const matrices = wiring.matrices.map((matrix, k) => {
        const touched = wiring.matrices.findIndex(each => each.rowGroup === group || each.colGroups.includes(group));
        return k === touched ? matrix : { ...matrix, rowGroup: undefined, colGroups: [] };
      });
      const broken = renumber({ ...wiring, matrices }, model, shuffle(wiring, [group]));
      trainer.loadModel(broken);
      expect(Math.abs(evaluate() - loss), group).toBeGreaterThan(1e-4);
    }
    trainer.dispose();
    await engine.dispose();
  });
});

describe('initial topologies', () => {
  it('are those of the trainer, for every method and both tasks', async () => {
    const engine = await startEngine('cpu');
    for (const [method, { dense, startsDense }] of METHODS) {
      const settings = { ...SHORT_TRAINING, method };
      const pairs = [
        [
          initialLanguageModelTopologies(languageModel, settings),
          wireLanguageModel(languageModel),
          createLanguageModelTrainer(languageModel, settings, texts(), engine),
        ],
        [
          initialTextClassifierTopologies(classifier, settings),
          wireTextClassifier(classifier),
          createTextClassifierTrainer(classifier, settings, labelled(), engine),
        ],
      ] as const;
      for (const [initial, wiring, trainer] of pairs) {
        if (dense || startsDense) expect(initial.size, method).toBe(0);
        else expect(initial, method).toEqual(snapshotTopologies(wiring, trainer.model()));
        trainer.dispose();
      }
    }
    await engine.dispose();
  });
});
