import type { FlopCount, MatrixRole, UseFlops } from '../flops/count.ts';
import type { ByteCount } from '../memory/count.ts';
import type { OptimizerSettings } from '../optim/optimizer.ts';
import type { RuleNames } from '../topology/rules.ts';
import type { PruningSchedule } from '../topology/schedule/pruning.ts';

/** One window of a language-model stream; columns are (t, b), t outermost. */
export interface Window {
  /** Token ids fed to the model, `[T*B]`. */
  inputs: Int32Array;
  /** The tokens that follow them, `[T*B]`. */
  targets: Int32Array;
  /** True for the first window of an epoch: the recurrent state starts at zero there. */
  newEpoch: boolean;
}

/** Where batches come from: endless for training, one epoch for evaluation. */
export interface BatchSource {
  /** Batches in one epoch. */
  readonly stepsPerEpoch: number;
  /** Position in the stream, to be restored exactly by `seek`. */
  position(): { epoch: number; step: number };
  /** Goes to a position that `position` told, so that the next batch is what it would have been there. */
  seek(position: { epoch: number; step: number }): void;
}

/** Windows of a text, for a language model. */
export interface WindowSource extends BatchSource {
  /** Columns B and time steps T of every window. */
  readonly batch: number;
  /** Time steps T of every window. */
  readonly window: number;
  /** The next window; after an epoch's last one the next epoch begins. */
  next(): Window;
}

/** One batch of labelled texts; columns are (t, b), t outermost. */
export interface TextBatch {
  /** Token ids, `[T*B]`; 0 where a text has ended. */
  ids: Int32Array;
  /** Length of each text, `[B]`, never increasing. */
  lengths: Int32Array;
  /** Class of each text, `[B]`. */
  labels: Int32Array;
}

/** Batches of labelled texts, for a classifier. B and T may differ from batch to batch. */
export interface TextSource extends BatchSource {
  /** The next batch; after an epoch's last one the next epoch begins. */
  next(): TextBatch;
}

/** How a model is trained: method, density, optimizer, schedules. */
export interface TrainingSettings {
  /** Name of a registered method: dense, static, set ... */
  method: string;
  /** Share of nonzeros over all sparse matrices, in (0, 1]. */
  density: number;
  /** How the density is shared by the sparse matrices: the same in each, or Erdos-Renyi. */
  distribution: 'uniform' | 'er';
  /** Of all random choices of the training: topology, weights, dropout, growth. A whole number from 0. */
  seed: number;
  /** Its name and its constants. */
  optimizer: OptimizerSettings;
  /** Learning rate of the first epoch, from 0. */
  learningRate: number;
  /** The rate is multiplied by `factor`, from 0, for every epoch after epoch `after`, from 0; factor 1 keeps it. */
  decay: { factor: number; after: number };
  /** Largest Euclidean norm of all gradients together; 0 switches clipping off. */
  clip: number;
  /** What each gradient gets of its weight, `g + weightDecay * w`; 0 switches it off. */
  weightDecay: number;
  /** What is differentiated: the mean loss per token, or its sum over the window's time steps (Zaremba et al. 2014). */
  loss: 'mean' | 'sum-over-time';
  /** Epochs of the whole training, at least 1: schedules go by them. */
  epochs: number;
  /**
   * Topology updates: between two epochs, after the evaluation of the first, or between two steps after every `steps` of
   * them if `steps` is above 0. Never after the last step.
   */
  update: {
    /** An update after every so many gradient steps, a whole number; 0: after every epoch. */
    steps: number;
    /** Removal rate p at the start, in [0, 1]: the share of the weights that an update removes. */
    rate: number;
    /** How p goes on: the same always, or along a cosine down to `endRate` at the stop point. */
    schedule: 'constant' | 'cosine';
    /** p at the end of a cosine schedule, in [0, rate]. */
    endRate: number;
    /** No update after this share of all steps, in [0, 1]. */
    stop: number;
    /** Standard deviation of grown weights, from 0; 0 starts them at 0. */
    growStd: number;
    /** Whether the gates of a stacked matrix compete for the freed budget or keep their counts. */
    gates: 'free' | 'keep';
    /** Whether a position just dropped may grow again in the same update, as any other. Default false. */
    regrow?: boolean;
    /** Positions that growth by gradient scores at a time, at least 1: memory against passes. Default: the model's nonzeros, from 2^20 to 2^22. */
    scoreBlock?: number;
  };
  /** Rules in the place of the method's own, for ablations. */
  rules?: Partial<RuleNames>;
  /** When a method that starts dense prunes (gmp). Default: after every epoch up to the middle of the training. */
  prune?: PruningSchedule;
}

/** A weight matrix of the model. */
export interface MatrixInfo {
  name: string;
  /** What it is used for; a tied matrix is an embedding. */
  role: MatrixRole;
  rows: number;
  cols: number;
  /** Names of the row blocks that are gates; the matrix's own name where there is one block. */
  gates: string[];
  nnz: number;
  /** Whether it is stored as its nonzeros. If not, nnz is rows * cols. */
  sparse: boolean;
}

/** How a matrix's topology stands now. */
export interface MatrixState {
  name: string;
  nnz: number;
  /** Nonzeros of each gate. */
  gates: number[];
  /** Share of all positions that were active at some time. */
  explored: number;
  /** Share of the initial positions that are active now. */
  initialKept: number;
}

/** What one topology update did. */
export interface TopologyUpdate {
  /** Removal rate p of this update; of a pruning, the share of the weights that went. */
  rate: number;
  /** Every sparse matrix as it stands afterwards, and how many weights it lost and grew. */
  matrices: (MatrixState & { dropped: number; grown: number })[];
}

/** What one training step did. */
export interface StepResult {
  /** Mean loss per prediction in nats: per token of a language model, per text of a classifier. */
  loss: number;
  /** Norm of all gradients before clipping. */
  gradientNorm: number;
  /** Predictions that the loss is the mean of. */
  predictions: number;
  /** Tokens read, padding left out. */
  tokens: number;
  /** Set if a topology update came before this step. */
  topology?: TopologyUpdate;
}

/** A named array of a snapshot, as safetensors stores it. */
export interface SnapshotTensor {
  /** As safetensors names it. */
  dtype: 'F32' | 'I32' | 'U32' | 'U8';
  /** Sizes, outermost first; their product is the length of `data`. */
  shape: number[];
  /** Row-major, of the type that `dtype` says. */
  data: Float32Array | Int32Array | Uint32Array | Uint8Array;
}

/** Everything that a trainer needs to go on bit-exactly: arrays, and small state as JSON. */
export interface Snapshot {
  /** By name: `lstm0.wx.values`, `lstm0.wx.indices`. */
  tensors: Record<string, SnapshotTensor>;
  /** Counters and positions, plain JSON. */
  state: Record<string, unknown>;
}

/** Result of one pass over a source. */
export interface Evaluation {
  /** Mean loss per prediction in nats. */
  loss: number;
  /** Predictions that the loss is the mean of. */
  predictions: number;
  /** Classifiers only: how many texts of each class (row) were given each class (column). */
  confusion?: number[][];
}

/** A model in training. One object, one thread of control; `dispose` frees its memory. */
export interface Trainer<Source extends BatchSource = WindowSource> {
  /** All weight matrices as they are now. */
  readonly matrices: readonly MatrixInfo[];
  /**
   * Trained numbers now, and with every matrix dense; `nnz` are the weights alone. `wanted`: how many a smaller dense model
   * (dense-small) was to have, where no sizes come within 0.5% of it.
   */
  readonly parameters: { total: number; dense: number; nnz: number; wanted?: number };
  /** FLOPs per token of the model as it is now. */
  readonly flops: FlopCount;
  /** The same for each use of a matrix: `flops` is the sum. */
  flopsByUse(): UseFlops[];
  /**
   * FLOPs that the training has taken so far, by the counting rule: of the gradient steps, whose matrices may have changed
   * their counts on the way, and what the method took beside them. Tokens: that many were read. What is used once per
   * sequence, the linear layer of a classifier, is left out.
   */
  readonly spent: { tokens: number; training: number; method: number };
  /** Steps taken since the start of the run. */
  readonly steps: number;
  /** Learning rate of the given epoch, 1 for the first. */
  learningRate(epoch: number): number;
  /** The topology update if one is due, then one gradient step on the next training batch. */
  step(): StepResult;
  /**
   * Mean loss over one epoch of a source, without dropout; of the averaged weights where the optimizer averages. Calls
   * `tick` now and then. The source stands afterwards where it stood, so that it may be the one of the training.
   */
  evaluate(source: Source, tick?: (done: number, of: number) => void): Evaluation;
  /** To be called at every epoch's end with its validation loss, before the next step: averaging may begin. */
  endEpoch(validationLoss: number): void;
  /** Whether averages stand in for the weights in `evaluate` and `model`: under NT-ASGD and SNT-ASGD, once triggered. */
  readonly averages: boolean;
  /** All weight matrices' nonzeros now, and how far each has moved from its first topology. */
  matrixStates(): MatrixState[];
  /** False while a method that prunes has not come to its density: such a model is not what is asked for. */
  readonly settled: boolean;
  /** Active positions of a matrix in the window of its first `size` rows and columns. */
  picture(matrix: string, size: number): { rows: number; cols: number; active: number[] };
  /** Weights (averaged ones where the optimizer averages) and topology only: what evaluation needs. */
  model(): Snapshot;
  /**
   * Takes such a model, of the same sizes; it is what `evaluate` and `model` see until `restore`. To be evaluated, not
   * trained: `step`, `endEpoch` and `snapshot` throw until then.
   *
   * @throws InputError if it does not fit; everything is then as it was.
   */
  loadModel(snapshot: Snapshot): void;
  /** Weights, topology, optimizer, recurrent state, position in the data, counters, explored sets. */
  snapshot(): Snapshot;
  /**
   * Goes on bit for bit where the snapshot was taken.
   *
   * @throws InputError if it is of a model of other sizes, or of a training with another method, density or optimizer; model
   *   and data are then as they were.
   */
  restore(snapshot: Snapshot): void;
  /**
   * Bytes on the engine's heap now and at most, and bytes per nonzero in the last step (values, indices, copies, gradient,
   * optimizer); 0 before the first. `computed`: what `countBytes` says of the largest batch so far, for the model as it is,
   * or was before a method pruned it; on the simd engine, for cells that it knows, after the first step.
   */
  memory(): { heapBytes: number; peakHeapBytes: number; bytesPerNonzero: number; computed?: ByteCount };
  /** Frees weights, optimizer and recurrent state; the engine stays. Nothing else may be called afterwards. */
  dispose(): void;
}
