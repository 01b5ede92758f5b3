import type { StudyRuns } from '../sweep/study.ts';

/**
 * What the exhibits start from at each scale. All language models descend by plain gradient steps from a high learning rate
 * with clipping, as the study's recipes do, so that methods which bring an optimizer of their own differ in that alone.
 */

/** Seconds: an eightieth of Moby Dick, eight units. Shows that everything works, and nothing else. */
export const QUICK_BOOK = {
  preset: 'ptb-lstm-256',
  settings: {
    data: 'moby-dick',
    dataShare: 0.0125,
    hidden: 8,
    embedding: 8,
    layers: 1,
    batch: 10,
    evaluationBatch: 10,
    window: 20,
    epochs: 3,
    density: 0.3,
    // Averaging can then begin within three epochs.
    nonMonotone: 0,
  },
  seeds: [1],
} satisfies StudyRuns;

/** The same with an RHN of depth 2. */
export const QUICK_RHN = {
  ...QUICK_BOOK,
  settings: { ...QUICK_BOOK.settings, cell: 'rhn', depth: 2, transformBias: -2 },
} satisfies StudyRuns;

/** Ham or spam from the first twelve words. */
export const QUICK_TEXTS = {
  preset: 'spam-lstm',
  settings: { hidden: 8, embedding: 8, maxLength: 12, maxVocabulary: 2000, epochs: 2, density: 0.3 },
  seeds: [1, 2],
} satisfies StudyRuns;

/**
 * Three tenths of Penn Treebank on a desk: 128 units, a fifth of the weights, five epochs of 398 steps. The decoder's 10,000
 * words take most of the time, so that units are cheap and words are not. One layer: two sparse ones of this size predict no
 * more than how frequent words are for as long as this. Four topology updates per epoch make up for the hundred epochs of
 * the study, which updates after each.
 */
export const DESK_PTB = {
  preset: 'ptb-lstm-256',
  settings: {
    dataShare: 0.3,
    hidden: 128,
    embedding: 128,
    layers: 1,
    density: 0.2,
    epochs: 5,
    updateSteps: 100,
    decayFactor: 0.5,
    decayAfter: 3,
    nonMonotone: 1,
  },
  seeds: [1, 2, 3],
} satisfies StudyRuns;

/**
 * The RHN at desk size: 128 units, depth 4, embedding and decoder tied, half of the weights as in the study. As much text and as
 * many updates as DESK_PTB, so that both tables can be read side by side; a step takes twice as long, so one seed.
 */
export const DESK_RHN = {
  preset: 'ptb-rhn',
  settings: {
    dataShare: 0.3,
    hidden: 128,
    embedding: 128,
    depth: 4,
    dropoutInput: 0.2,
    dropoutOutput: 0.2,
    dropoutState: 0.1,
    dropoutWord: 0.05,
    epochs: 4,
    updateSteps: 100,
    decayFactor: 0.5,
    decayAfter: 2,
    nonMonotone: 1,
  },
  seeds: [1],
} satisfies StudyRuns;

/**
 * A fifth of WikiText-2 with all its 33,278 words, which take the time: one layer of 64 units, three epochs of 596 steps, as many
 * tokens as in DESK_PTB; one seed.
 */
export const DESK_WIKITEXT = {
  preset: 'wt2-lstm',
  settings: {
    dataShare: 0.2,
    hidden: 64,
    embedding: 64,
    layers: 1,
    dropoutInput: 0.1,
    dropoutOutput: 0.1,
    learningRate: 20,
    density: 0.2,
    epochs: 3,
    updateSteps: 149,
    decayFactor: 0.5,
    decayAfter: 2,
    removalRate: 0.5,
  },
  seeds: [1],
} satisfies StudyRuns;

/**
 * Moby Dick, for ablations and figures: 128 units and five epochs of 308 steps, which take a sparse model a minute. A tenth
 * of the weights, and twenty updates, so that where the weights are can make a difference.
 */
export const DESK_BOOK = {
  preset: 'ptb-lstm-256',
  settings: {
    data: 'moby-dick',
    hidden: 128,
    embedding: 128,
    layers: 1,
    density: 0.1,
    epochs: 5,
    updateSteps: 75,
    decayFactor: 0.5,
    decayAfter: 3,
    nonMonotone: 1,
  },
  seeds: [1],
} satisfies StudyRuns;

/** One pass over a quarter of Moby Dick with 2x512 units: large enough for times to tell of kernels, some 80 steps. */
export const DESK_STEPS = {
  preset: 'ptb-lstm-256',
  settings: { data: 'moby-dick', dataShare: 0.25, hidden: 512, embedding: 512, layers: 2, density: 0.1, epochs: 1 },
  seeds: [1],
} satisfies StudyRuns;

/** The study's sizes. */
export const PAPER_SEEDS = [1, 2, 3];
export const PAPER_PTB = { preset: 'ptb-lstm', seeds: PAPER_SEEDS } satisfies StudyRuns;
export const PAPER_RHN = { preset: 'ptb-rhn', seeds: PAPER_SEEDS } satisfies StudyRuns;
export const PAPER_WIKITEXT = { preset: 'wt2-lstm', seeds: PAPER_SEEDS } satisfies StudyRuns;

/** Words for `Scaled.setting` that several exhibits share. */
export const IN_WORDS = {
  quickBook:
    'LSTM of 8 units on an eightieth of Moby Dick, 3 epochs, density .3. Far too little to compare methods by.',
  quickRhn: 'RHN of 8 units and depth 2 on an eightieth of Moby Dick, 3 epochs, density .3. Too little to compare by.',
  quickTexts: 'LSTM of 8 units on the first 12 words of SpamAssassin messages, 2 epochs. Too little to compare by.',
  deskPtb:
    'LSTM of 128 units on the first three tenths of each part of Penn Treebank, 5 epochs, density .2 where nothing else is said, updates every 100 steps.',
  deskRhn:
    'RHN of 128 units and depth 4, tied, on the first three tenths of each part of Penn Treebank, 4 epochs, density .472, updates every 100 steps.',
  deskWikitext:
    'LSTM of 64 units, tied, on the first fifth of each part of WikiText-2, 3 epochs, density .2, updates every 149 steps.',
  deskBook:
    'LSTM of 128 units on Moby Dick, 5 epochs, density .1 and updates every 75 steps where nothing else is said.',
  averaged:
    'SNT-ASGD averages the epochs after averageBy at a constant rate: the validation loss falls to the end, so that its trigger would not fire.',
  deskSteps: 'LSTM of 2x512 units on a quarter of Moby Dick, one epoch of some 80 steps, density .1.',
  paperPtb:
    'LSTM of 2x1500 units on Penn Treebank, 100 epochs, density .33 where nothing else is said (preset ptb-lstm).',
  paperRhn: 'RHN of 830 units and depth 10, tied, on Penn Treebank, 500 epochs, density .472 (preset ptb-rhn).',
  paperWikitext: 'LSTM of 2x1500 units, tied, on WikiText-2, 40 epochs, density .33 (preset wt2-lstm).',
};
