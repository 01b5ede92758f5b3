import { z } from 'zod';

/** A number in a range; both ends are written the way mathematics does, so that the message can say it. */
function real(range: string, inside: (value: number) => boolean) {
  return z.number(`a number ${range}`).refine(inside, `a number ${range}`);
}

function whole(min: number, max: number) {
  const what = `a whole number from ${min} to ${max}`;
  return z.int(what).min(min, what).max(max, what);
}

function oneOf<const T extends readonly string[]>(...names: T) {
  return z.enum(names, `one of ${names.join(', ')}`);
}

const dropout = real('in [0, 1)', value => value >= 0 && value < 1);
const halfWidth = real('in (0, 10]', value => value > 0 && value <= 10);
const share = real('in [0, 1]', value => value >= 0 && value <= 1);
const below1 = real('in [0, 1)', value => value >= 0 && value < 1);
const inner = real('in (0, 1)', value => value > 0 && value < 1);
const flag = z.boolean('true or false');
const text = z.string('a text').min(1, 'a text of at least one character');

/**
 * A key that came after the first runs. Its neutral value is what those runs did: a stored spec may lack the key, and a
 * spec with the neutral value has the hash that it had before (see `canonicalJson`).
 */
function later<T extends z.ZodType>(schema: T, neutral: z.infer<T>) {
  return schema.default(neutral as never).meta({ neutral });
}

/**
 * Everything that decides a run's result, as flat keys. Two runs with the same spec compute the same numbers; engine
 * threads, folders and progress are therefore no part of it. Messages of the rules complete the sentence `expected ...`.
 */
export const specSchema = z.strictObject({
  /** Name of the preset that the spec started from. */
  preset: z.string('the name of a preset'),
  /** Predicting the next word, or giving texts a class each. */
  task: later(oneOf('language-model', 'classification'), 'language-model'),
  /** Corpus, as `sparse-rnn data list` names it, `folder:PATH` for your own text, or `csv:PATH` for your own labelled texts. */
  data: z.string('the name of a corpus').min(1, 'the name of a corpus'),
  /** Language models: share of every part of the corpus that is used, from its start; for trials. The vocabulary stays. */
  dataShare: later(
    real('in (0, 1]', value => value > 0 && value <= 1),
    1,
  ),
  /** Classification: words seen fewer times than this in the training part become `<unk>`. */
  minCount: later(whole(1, 1e6), 2),
  /** Classification: words of the vocabulary at most, `<pad>` and `<unk>` included. */
  maxVocabulary: later(whole(3, 1e7), 20_000),
  /** Classification: tokens of a text that are kept, from its start. */
  maxLength: later(whole(1, 65_536), 400),
  /** Classification: share of the training texts that become validation, where the corpus has no validation part. */
  validationShare: later(inner, 0.1),
  /** Classification: share of all texts of a `csv:` file that become test, where no test file is given. */
  testShare: later(inner, 0.1),
  /** Classification: seed of both splits. It stays when the run's seed changes, so that runs differ in training alone. */
  splitSeed: later(whole(0, 2 ** 32 - 1), 1),
  /** Column of the text in a `csv:` file, by name or by number from 1; several, joined in this order: `title,text`. */
  csvText: later(text, 'text'),
  /** Column of the label, by name or number. */
  csvLabel: later(text, 'label'),
  /** Whether the first row names the columns; auto: if a column is given by name. */
  csvHeader: later(oneOf('auto', 'yes', 'no'), 'auto'),
  /** One character, or tab; auto: guessed. */
  csvDelimiter: later(text, 'auto'),
  /** Whether `"` quotes fields. */
  csvQuotes: later(flag, true),
  csvEncoding: later(oneOf('auto', 'utf-8', 'latin1'), 'auto'),
  /** Labels of each class: `negative=1,2;positive=4,5`; auto: every label is a class. */
  csvClasses: later(text, 'auto'),
  /** Labels whose rows are left out on purpose: `3`. */
  csvLeaveOut: later(z.string('labels with commas between'), ''),
  /** A file of the test part. */
  csvTest: later(z.string('the path of a file'), ''),
  /** Training method, by its registered name: dense, static, set, rigl ... */
  method: z.string('the name of a method').min(1, 'the name of a method'),
  /** Share of nonzeros over all sparse matrices; 1 for dense. */
  density: real('in (0, 1]', value => value > 0 && value <= 1),
  /** How the density is shared by the matrices: the same in each, or Erdos-Renyi. */
  distribution: oneOf('uniform', 'er'),
  seed: whole(0, 2 ** 32 - 1),

  /** Recurrent cell: lstm, gru, rhn ... */
  cell: later(z.string('the name of a cell').min(1, 'the name of a cell'), 'lstm'),
  /** Depth L of the recurrence within a time step, for cells that have one (rhn). */
  depth: later(whole(1, 256), 1),
  /** Initial bias of gates that carry the state on (the transform gate of an rhn). */
  transformBias: later(
    real('in [-10, 10]', value => value >= -10 && value <= 10),
    0,
  ),
  /** One matrix for embedding and decoder; needs embedding = hidden. */
  tied: later(flag, false),
  /** Classification: a second layer of the same sizes reads every text from its end. */
  bidirectional: later(flag, false),
  /** Classification: softmax over the classes, or one sigmoid unit for two. */
  output: later(oneOf('softmax', 'sigmoid'), 'softmax'),
  /** Hidden units H of every layer. */
  hidden: whole(1, 65_536),
  /** Embedding size E. */
  embedding: whole(1, 65_536),
  layers: whole(1, 64),

  /** Columns B of a training window. */
  batch: whole(1, 65_536),
  /** Columns B in validation and test. */
  evaluationBatch: whole(1, 65_536),
  /** Time steps T of every window. */
  window: whole(1, 65_536),
  epochs: whole(1, 100_000),

  dropoutKind: oneOf('elementwise', 'locked'),
  dropoutInput: dropout,
  dropoutBetween: dropout,
  dropoutOutput: dropout,
  dropoutWord: dropout,
  /** On the recurrent input of cells that take a mask (rhn), one mask per window. */
  dropoutState: later(dropout, 0),

  /** Half-widths r of U(-r, r). */
  initRecurrent: halfWidth,
  initEmbedding: halfWidth,
  initDecoder: halfWidth,

  /** Which matrices a sparse method makes sparse. */
  sparseEmbedding: flag,
  sparseRecurrent: flag,
  /** Where sparseRecurrent: which gate matrices of a layer, those of its input, those of its state, or both. */
  sparseGates: later(oneOf('both', 'input', 'recurrent'), 'both'),
  sparseDecoder: flag,

  optimizer: oneOf('sgd', 'momentum', 'adam', 'nt-asgd', 'snt-asgd'),
  /** Epochs without a better validation loss that the averaging of nt-asgd and snt-asgd forgives. */
  nonMonotone: later(whole(0, 100_000), 5),
  /** Epoch after which they average at the latest, for runs that end before; 0: none. */
  averageBy: later(whole(0, 100_000), 0),
  learningRate: real('in (0, 1000]', value => value > 0 && value <= 1000),
  momentum: below1,
  beta1: below1,
  beta2: below1,
  epsilon: real('in (0, 1]', value => value > 0 && value <= 1),
  /** The rate is multiplied by `decayFactor` for every epoch after epoch `decayAfter`. */
  decayFactor: real('in (0, 1]', value => value > 0 && value <= 1),
  decayAfter: whole(0, 100_000),
  /** Largest norm of all gradients together; 0 switches clipping off. */
  clip: real('in [0, 1e6]', value => value >= 0 && value <= 1e6),
  weightDecay: real('in [0, 1]', value => value >= 0 && value <= 1),
  loss: oneOf('mean', 'sum-over-time'),

  /** Rules in the place of the method's own, for ablations: a registered name, or method. */
  drop: later(text, 'method'),
  redistribute: later(text, 'method'),
  grow: later(text, 'method'),
  /** Whether a position just dropped may grow again in the same update. */
  regrow: later(flag, false),
  /** Methods that prune along a schedule (gmp): steps between two prunings (0: every epoch), and the shares of the training
   * at which it begins and at which the density is reached. */
  pruneSteps: later(whole(0, 1e9), 0),
  pruneBegin: later(share, 0),
  pruneEnd: later(share, 0.5),

  /** Steps from one topology update to the next; 0 for one update between two epochs. */
  updateSteps: whole(0, 1e9),
  /** Removal rate p: share of the nonzeros that an update moves. */
  removalRate: share,
  rateSchedule: oneOf('constant', 'cosine'),
  /** p at the end of a cosine schedule. */
  endRate: share,
  /** No update after this share of all epochs. */
  updateStop: share,
  /** Standard deviation of grown weights; 0 starts them at 0. */
  growStd: real('in [0, 10]', value => value >= 0 && value <= 10),
  /** Whether the gates of a stacked matrix compete for the freed budget (free) or keep their counts (keep; elsewhere: none). */
  gates: oneOf('free', 'keep'),
});

/** A complete, validated run spec. */
export type RunSpec = z.infer<typeof specSchema>;

/** Settings as a preset or a user gives them; `auto` for an initial range means 1/sqrt(hidden). */
export type SpecSettings = Partial<Omit<RunSpec, 'initRecurrent'> & { initRecurrent: number | 'auto' }>;

/** Names of all keys, in the order of the schema. */
export const SPEC_KEYS = Object.keys(specSchema.shape) as (keyof RunSpec)[];

/** Neutral values of the keys that came later. */
export const NEUTRAL: Readonly<Partial<RunSpec>> = Object.fromEntries(
  Object.entries(specSchema.shape).flatMap(([key, schema]) => {
    const neutral = (schema as z.ZodType).meta()?.['neutral'];
    return neutral === undefined ? [] : [[key, neutral]];
  }),
);
