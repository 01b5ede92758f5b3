/** The three parts of a corpus. */
export interface Parts<T> {
  /** What the weights are trained on. */
  train: T;
  /** What epochs are compared on. */
  validation: T;
  /** What is looked at once, at the end. */
  test: T;
}

/** One published form of a file: archives of the same texts exist in several packings. */
export interface Build {
  bytes: number;
  /** SHA-256, lower-case hex. */
  sha256: string;
}

/** A file to be fetched. */
export interface SourceFile {
  /** Path below the data folder and below a mirror, with forward slashes. */
  path: string;
  /** Public home of the file. */
  url: string;
  /** Accepted forms; the first is what the public home serves. */
  builds: readonly [Build, ...Build[]];
}

interface Source {
  /** The name that commands and specs use. */
  name: string;
  title: string;
  description: string;
  licence: string;
  homepage: string;
  /** Files to be fetched; none for a corpus that comes with the package. */
  files: readonly SourceFile[];
}

/** A corpus for language modelling. */
export interface LanguageSource extends Source {
  task: 'language-model';
  /** Words seen fewer times than this in the training part become `<unk>`. */
  minCount: number;
  /** Words of the vocabulary, `<eos>` and `<unk>` included. */
  vocabularySize: number;
  /** Tokens per part, `<eos>` included. */
  tokenCounts: Parts<number>;
  /** SHA-256 of the text of each part. */
  contents: Parts<string>;
  /** The text of each part, given a reader of the (already verified) files. */
  read(open: (path: string) => Promise<Uint8Array>): Promise<Parts<Uint8Array>>;
  /** The lines of a text as tokens; `<eos>` is added after each by the encoder. */
  lines(text: string): Iterable<readonly string[]>;
}

/** The names of the parts, in the order in which everything goes through them. */
export const PARTS = ['train', 'validation', 'test'] as const;

/** Where a text comes from: named wherever it cannot be used. */
interface TextOrigin {
  part: keyof Parts<unknown>;
  /** The file, as messages name it. */
  file: string;
  /** Line of the file at which the text begins, from 1; 0 for a text that is a file of its own. */
  line: number;
}

/** One text of a classification corpus as its source hands it over. */
export type SourceText = TextOrigin &
  (
    | { kind: 'text'; label: string; tokens: readonly string[] }
    /** Left out on purpose, such as the reviews of three stars. */
    | { kind: 'leftOut' }
    /** Cannot be used. */
    | { kind: 'unusable'; reason: string }
  );

/** A corpus for text classification. */
export interface ClassificationSource extends Source {
  task: 'classification';
  /** Every class, in the order of the class numbers. */
  classes: readonly string[];
  /** Texts per part as distributed; where there is no validation part (0), it is split off the training part. */
  textCounts: Parts<number>;
  /** The texts in a fixed order, given a reader of the (already verified) files. */
  read(open: (path: string) => Promise<Uint8Array>): AsyncIterable<SourceText>;
}

export type CorpusSource = LanguageSource | ClassificationSource;
