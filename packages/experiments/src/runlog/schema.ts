import { z } from 'zod';

/** Version of the run log's lines. Raised when a reader of the old lines would misread the new ones. */
export const RUN_LOG_SCHEMA = 1;

const count = z.number().int().nonnegative();
const share = z.number().min(0).max(1);
const parts = z.object({ train: count, validation: count, test: count });

/** One weight matrix as the model starts with it. */
export const matrixSchema = z.object({
  name: z.string(),
  rows: count,
  cols: count,
  /** Blocks of rows that are gates, in order (`i f g o`); one entry named like the matrix where it has none. */
  gates: z.array(z.string()),
  nnz: count,
  density: share,
  /** False where the matrix is stored dense. */
  sparse: z.boolean(),
});

/** First line of every log. */
export const startSchema = z.object({
  type: z.literal('start'),
  schema: z.literal(RUN_LOG_SCHEMA),
  time: z.iso.datetime(),
  /** Hash of the frozen spec: the run folder's name. */
  run: z.string(),
  preset: z.string(),
  /** Logs of the first version have none: they are of language models. */
  task: z.enum(['language-model', 'classification']).default('language-model'),
  method: z.string(),
  /** Density asked for; 1 for dense. */
  density: share,
  /** Whether the method begins with every connection and prunes; older logs do not say. */
  startsDense: z.boolean().optional(),
  seed: count,
  spec: z.record(z.string(), z.unknown()),
  engine: z.object({
    name: z.string(),
    threads: count,
    /** Runs side by side on this machine, which slow each other down. Absent where the run was not one of several. */
    jobs: count.optional(),
    reason: z.string(),
  }),
  machine: z.object({ cpu: z.string(), cores: count, memoryBytes: count, os: z.string() }),
  versions: z.record(z.string(), z.string()),
  /** Git commit of the code, or 'unknown' outside a checkout. */
  commit: z.string(),
  dataset: z.object({
    name: z.string(),
    /** SHA-256 over the source files. */
    sha256: z.string(),
    vocabulary: count,
    /** Tokens of each part. */
    tokens: parts,
    /** Classification only: names of the classes, and texts of each class in each part. */
    classes: z.array(z.string()).optional(),
    texts: z.object({ train: z.array(count), validation: z.array(count), test: z.array(count) }).optional(),
    /** Classification only: what could not be used, and what is in two parts. */
    notes: z
      .object({
        /** Texts that could not be used: their number, and the first of them. Line 0: a file of its own. */
        unusable: count,
        unusableTexts: z.array(z.object({ file: z.string(), line: count, reason: z.string() })),
        /** Texts left out on purpose. */
        leftOut: count,
        duplicates: z.object({ withinTrain: count, trainValidation: count, trainTest: count, validationTest: count }),
        /** Texts cut to the length cap. */
        truncated: parts,
        /** Share of the tokens that are `<unk>`. */
        unknownShare: z.object({ train: share, validation: share, test: share }),
        /** How the parts came about. */
        split: z.string(),
      })
      .optional(),
  }),
  parameters: z.object({
    /** Trained numbers: nonzeros of the weight matrices and all biases. */
    total: count,
    /** The same model with every matrix dense. */
    dense: count,
    nnz: count,
    /** What dense-small was to have, where no size comes within 0.5% of it. */
    wanted: count.optional(),
  }),
  /** FLOPs per token: 2 per nonzero in matrix products, embedding look-up excluded. */
  flops: z.object({
    forward: count,
    training: count,
    denseForward: count,
    denseTraining: count,
    /** Forward FLOPs per text, beside those of its tokens: the linear layer of a classifier. */
    perSequence: count.optional(),
  }),
  matrices: z.array(matrixSchema),
});

/** One topology update. */
export const topologySchema = z.object({
  type: z.literal('topology'),
  epoch: z.number().nonnegative(),
  step: count,
  /** Removal rate p of this update. */
  rate: share,
  matrices: z.array(
    z.object({
      name: z.string(),
      nnz: count,
      /** Nonzeros per gate after the update, in the order of the start line. */
      gates: z.array(count),
      dropped: count,
      grown: count,
      /** Share of all positions that have been active at some time (in-time over-parameterisation). */
      explored: share,
      /** Share of the initial positions that are active now. */
      initialKept: share,
    }),
  ),
});

/** End of one epoch: training, then evaluation on the validation part. */
export const epochSchema = z.object({
  type: z.literal('epoch'),
  /** 1 for the first. */
  epoch: count,
  /** Training steps done since the start of the run. */
  step: count,
  learningRate: z.number().nonnegative(),
  /** Mean loss per token in nats. */
  trainLoss: z.number(),
  trainPerplexity: z.number(),
  validationLoss: z.number(),
  validationPerplexity: z.number(),
  /** Classification only, as `testAccuracy` and `testMacroF1`. */
  validationAccuracy: share.optional(),
  validationMacroF1: share.optional(),
  tokensPerSecond: z.number().nonnegative(),
  /** Median of the steps' wall times in milliseconds. */
  stepMs: z.number().nonnegative(),
  /** Wall seconds of training / of evaluation in this epoch. */
  trainSeconds: z.number().nonnegative(),
  evaluationSeconds: z.number().nonnegative(),
  peakRssBytes: count,
  /** High-water mark of the engine's own heap; 0 where the engine has none. */
  peakHeapBytes: count,
  matrices: z.array(
    z.object({ name: z.string(), nnz: count, gates: z.array(count), explored: share, initialKept: share }),
  ),
  /** Only of optimizers that average: whether the model that was evaluated is the average, or averaging has not begun. */
  averaged: z.boolean().optional(),
  /** True where this epoch's model is the best so far by validation loss. */
  best: z.boolean(),
});

/** The topology of one matrix in a square window of positions, for the picture in the report. */
export const pictureSchema = z.object({
  type: z.literal('picture'),
  epoch: count,
  matrix: z.string(),
  /** The window: rows 0 .. size-1 and columns 0 .. size-1 of the matrix. */
  rows: count,
  cols: count,
  /** Active positions in the window, ascending `row * cols + col`. */
  active: z.array(count),
});

/** The process came back and goes on from its checkpoint. */
export const resumeSchema = z.object({
  type: z.literal('resume'),
  time: z.iso.datetime(),
  step: count,
  threads: count,
  /** As in the start line. */
  jobs: count.optional(),
});

/** Last line of a run that finished: the best model on the test part. */
export const doneSchema = z.object({
  type: z.literal('done'),
  time: z.iso.datetime(),
  epochs: count,
  step: count,
  bestEpoch: count,
  bestValidationLoss: z.number(),
  bestValidationPerplexity: z.number(),
  testLoss: z.number(),
  testPerplexity: z.number(),
  /** Classification only: share of texts that were given their class, at the best epoch and on the test part. */
  bestValidationAccuracy: share.optional(),
  testAccuracy: share.optional(),
  /** Mean over the classes of F1; 0 for a class without a hit. */
  testMacroF1: share.optional(),
  /** Texts of each class (row) that were given each class (column). */
  testConfusion: z.array(z.array(count)).optional(),
  /** Wall seconds over all processes of this run. */
  wallSeconds: z.number().nonnegative(),
  peakRssBytes: count,
  /**
   * FLOPs per token that the whole training took, by the counting rule: its gradient steps, whose matrices may have changed
   * their counts on the way, and what the method took beside them; and of one forward pass of the final model.
   */
  flopsSpent: z.object({ training: z.number(), method: z.number(), forward: z.number() }).optional(),
  /**
   * Bytes of one training step, computed from shapes and counts, beside what the last process measured: the high-water mark
   * of the engine's heap, to which topology updates and evaluation add theirs, and the largest resident set. Absent for
   * engines and cells whose bytes are not computed.
   */
  bytes: z
    .object({
      computed: z.object({
        /** Of all weight matrices. */
        weights: z.object({ values: count, indices: count, copies: count, gradients: count, slots: count }),
        /** Values, gradients and slots. */
        biases: count,
        /** Kept from the forward to the backward pass. */
        activations: count,
        logits: count,
        /** The most that is in use at a time. */
        peak: count,
      }),
      heapPeak: count,
      rssPeak: count,
    })
    .optional(),
  /** Hash of weights and topology at the end. */
  weightsSha256: z.string(),
});

/** A model of the finished run, evaluated afterwards: `sparse-rnn evaluate`. */
export const evaluationSchema = z.object({
  type: z.literal('evaluation'),
  time: z.iso.datetime(),
  /** The model of the best epoch, or the one that training ended with. */
  model: z.enum(['best', 'last']),
  epoch: count,
  part: z.enum(['validation', 'test']),
  loss: z.number(),
  perplexity: z.number(),
  /** Classification only. */
  accuracy: share.optional(),
  macroF1: share.optional(),
  /** What it was evaluated on and by: the engine's name and the git commit of the code; older logs do not say. */
  engine: z.string().optional(),
  commit: z.string().optional(),
});

/** The run cannot go on (loss is not finite, disk full ...). */
export const failedSchema = z.object({
  type: z.literal('failed'),
  time: z.iso.datetime(),
  step: count,
  reason: z.string(),
});

/** One line of a run log, told apart by `type`. */
export const lineSchema = z.discriminatedUnion('type', [
  startSchema,
  topologySchema,
  epochSchema,
  pictureSchema,
  resumeSchema,
  doneSchema,
  evaluationSchema,
  failedSchema,
]);

/** Any line of a run log. */
export type RunLogLine = z.infer<typeof lineSchema>;
/** A model of a finished run, evaluated afterwards. */
export type EvaluationLine = z.infer<typeof evaluationSchema>;
/** The first line: the run's spec, data, model and machine. */
export type StartLine = z.infer<typeof startSchema>;
/** What one topology update did. */
export type TopologyLine = z.infer<typeof topologySchema>;
/** How an epoch went. */
export type EpochLine = z.infer<typeof epochSchema>;
/** A corner of a matrix as it was at one step. */
export type PictureLine = z.infer<typeof pictureSchema>;
/** The last line of a run that came to its end. */
export type DoneLine = z.infer<typeof doneSchema>;
/** The last line of a run that could not go on. */
export type FailedLine = z.infer<typeof failedSchema>;
