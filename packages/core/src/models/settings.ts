/** Dropout rates in [0, 1) of a language model. */
export interface LanguageModelDropout {
  /** One decision per element, or one per feature and column shared by all time steps of a window. */
  kind: 'elementwise' | 'locked';
  /** On the embeddings. */
  input: number;
  /** Between recurrent layers. */
  between: number;
  /** Before the decoder. */
  output: number;
  /** Of whole words: all columns of a dropped word become 0. */
  word: number;
  /** On the recurrent input of cells that take a mask (RHN), one mask per window. Default 0. */
  state?: number;
}

/** Which matrices of a model a sparse method makes sparse. */
export interface SparseMatrices {
  /** The embedding `[V, E]`. */
  embedding: boolean;
  /** Gate matrices of the recurrent layers that multiply a layer's input. Default: as `recurrent`. */
  input?: boolean;
  /** Gate matrices of the recurrent layers. */
  recurrent: boolean;
  /** The decoder `[V, H]`, or a classifier's linear layer. */
  decoder: boolean;
}

/** What the recurrent layers of any model are made of. */
export interface RecurrentSettings {
  /** Name of a registered cell. Default `lstm`. */
  cell?: string;
  /** Hidden units H of every layer, at least 1. */
  hidden: number;
  /** Recurrent layers on top of each other, at least 1. */
  layers: number;
  /** Depth L of the recurrence within a time step, at least 1, for cells that have one (RHN). Default 1. */
  depth?: number;
  /** Initial bias of gates that carry the state on (the transform gate of an RHN). Default 0. */
  transformBias?: number;
}

/** What a language model is made of. */
export interface LanguageModelSettings extends RecurrentSettings {
  /** Words V, at least 1. */
  vocabulary: number;
  /** Embedding size E, at least 1. */
  embedding: number;
  /** One matrix for embedding and decoder (Press & Wolf 2017): E must equal H. Default false. */
  tied?: boolean;
  /** Rates in training; evaluation has no dropout. */
  dropout: LanguageModelDropout;
  /**
   * Half-widths r of U(-r, r), from 0, for the weights of the recurrent layers (default 1 / sqrt(H)), the embedding and the
   * decoder.
   */
  init: { recurrent?: number; embedding: number; decoder: number };
  /** Which matrices a sparse method makes sparse. A tied matrix follows `embedding`. */
  sparse: SparseMatrices;
}

/** What a text classifier is made of. */
export interface TextClassifierSettings extends RecurrentSettings {
  /** Words V, `<pad>` included. */
  vocabulary: number;
  /** Embedding size E, at least 1. */
  embedding: number;
  /** Number of classes, at least 2. */
  classes: number;
  /** A second layer of the same sizes reads every text from its end; the two last states are stacked. Default false. */
  bidirectional?: boolean;
  /** `softmax` over the classes, or for two classes one `sigmoid` unit. Default softmax. */
  output?: 'softmax' | 'sigmoid';
  /** Dropout rates in [0, 1): on the embeddings, between layers, before the linear layer. Elementwise. */
  dropout: { input: number; between: number; output: number };
  /** Half-widths r of U(-r, r), as for a language model; `decoder` is the linear layer. */
  init: { recurrent?: number; embedding: number; decoder: number };
  /** Which matrices a sparse method makes sparse. */
  sparse: SparseMatrices;
}
