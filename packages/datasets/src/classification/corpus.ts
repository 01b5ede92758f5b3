import { DataError } from '../errors.ts';
import { sha256 } from '../fetch/check.ts';
import { PARTS, type Parts } from '../sources/types.ts';
import { buildVocabulary, UNK_ID } from '../text/vocabulary.ts';
import type { TextCollector, UnusableText, UsableText } from './collect.ts';
import type { TextSettings } from './settings.ts';
import { stratifiedChoice } from './split.ts';

/** The texts of one part as numbers. */
export interface TextPart {
  /** Token ids of each text, at least one and at most `maxLength`. */
  readonly texts: readonly Int32Array[];
  /** Class number of each text, `[N]`. */
  readonly labels: Int32Array;
}

/** What happened to the texts on their way into the corpus. */
export interface CorpusNotes {
  /** The texts that could not be used, in the order of the files: the first 100,000 that were found. */
  unusable: readonly UnusableText[];
  /** The number of all texts that could not be used, listed or not. */
  unusableCount: number;
  /** Texts left out on purpose (`csv.leaveOut`). */
  leftOut: number;
  /**
   * Texts whose tokens all occur in the same order in another text: training texts that repeat an earlier one, and
   * validation and test texts that are in another part as well.
   */
  duplicates: { withinTrain: number; trainValidation: number; trainTest: number; validationTest: number };
  /** Texts per class. */
  balance: Parts<number[]>;
  /** Texts that were cut to `maxLength`. */
  truncated: Parts<number>;
  /** Share of the tokens that are `<unk>`, 0 to 1. */
  unknownShare: Parts<number>;
  /** How the parts came about, in words. */
  split: string;
}

/** A corpus ready for a text classifier: token ids, classes, and what they stand for. */
export interface TextCorpus extends Parts<TextPart> {
  name: string;
  /** Title for lists and reports. */
  title: string;
  /** One sentence. */
  description: string;
  /** Terms under which the texts are published. */
  licence: string;
  /** `classes[label]` is the name of the class. */
  classes: readonly string[];
  /** `vocabulary[id]` is the word: `<pad>` (id 0), `<unk>` (id 1), then the training words, most frequent first. */
  vocabulary: readonly string[];
  /** Identifies texts, labels and split, before any cut-off: SHA-256 over the label and the tokens of each text. */
  sha256: string;
  /** What happened to the texts on the way here. */
  notes: CorpusNotes;
}

/** Which parts have to be split off the training part. */
export interface SplitPlan {
  validation: boolean;
  test: boolean;
}

/** Splits, numbers and describes the texts that were collected. Throws a `DataError` (`usage`) if a part stays empty. */
export function assembleTexts(
  about: Pick<TextCorpus, 'name' | 'title' | 'description' | 'licence'>,
  collected: TextCollector,
  classes: readonly string[],
  plan: SplitPlan,
  settings: TextSettings,
): TextCorpus {
  const numbers = new Map(classes.map((name, k) => [name, k]));
  const labelsOf = (texts: readonly UsableText[]): Int32Array => Int32Array.from(texts, t => numbers.get(t.label)!);
  const parts = { ...collected.parts };
  for (const part of ['test', 'validation'] as const) {
    if (!plan[part]) continue;
    const share = part === 'test' ? settings.testShare : settings.validationShare;
    const chosen = new Set(stratifiedChoice(labelsOf(parts.train), classes.length, share, settings.splitSeed, part));
    const all = parts.train;
    parts[part] = all.filter((_, i) => chosen.has(i));
    parts.train = all.filter((_, i) => !chosen.has(i));
  }
  for (const part of PARTS) if (parts[part].length === 0) throw emptyPart(about.name, part, parts.train.length);

  const { vocabulary, ids } = buildVocabulary(
    collected.words,
    parts.train.map(text => text.ids),
    settings.minCount,
    settings.maxVocabulary,
  );
  const each = <T>(make: (texts: readonly UsableText[], part: keyof Parts<unknown>) => T): Parts<T> => ({
    train: make(parts.train, 'train'),
    validation: make(parts.validation, 'validation'),
    test: make(parts.test, 'test'),
  });
  for (const part of PARTS) {
    // In place: a large corpus does not have to fit twice.
    for (const text of parts[part]) for (let t = 0; t < text.ids.length; t++) text.ids[t] = ids[text.ids[t]];
  }
  const encoded = each(texts => ({ texts: texts.map(text => text.ids), labels: labelsOf(texts) }));
  return {
    name: about.name,
    title: about.title,
    description: about.description,
    licence: about.licence,
    classes,
    vocabulary,
    ...encoded,
    sha256: identify(parts, classes),
    notes: {
      unusable: inOrder(collected.unusable),
      unusableCount: collected.unusableCount,
      leftOut: collected.leftOut,
      duplicates: countDuplicates(parts),
      balance: each((_, part) => {
        const counts = new Array<number>(classes.length).fill(0);
        for (const label of encoded[part].labels) counts[label]++;
        return counts;
      }),
      truncated: each(texts => texts.filter(({ truncated }) => truncated).length),
      unknownShare: each((_, part) => unknownShare(encoded[part])),
      split: describeSplit(plan, settings),
    },
  };
}

function identify(parts: Parts<readonly UsableText[]>, classes: readonly string[]): string {
  const lines = PARTS.flatMap(part => parts[part].map(({ label, digest }) => `${digest} ${part} ${label}\n`));
  return sha256(JSON.stringify(classes) + '\n' + lines.join(''));
}

/** By line within each file: what cannot be split is found after all else. */
function inOrder(unusable: readonly UnusableText[]): UnusableText[] {
  const files = new Map<string, number>();
  for (const { file } of unusable) if (!files.has(file)) files.set(file, files.size);
  return unusable.toSorted((a, b) => files.get(a.file)! - files.get(b.file)! || a.line - b.line);
}

function countDuplicates({ train, validation, test }: Parts<readonly UsableText[]>): CorpusNotes['duplicates'] {
  const digests = (texts: readonly UsableText[]): Set<string> => new Set(texts.map(({ digest }) => digest));
  const shared = (texts: readonly UsableText[], others: Set<string>): number =>
    texts.filter(({ digest }) => others.has(digest)).length;
  const trained = digests(train);
  return {
    withinTrain: train.length - trained.size,
    trainValidation: shared(validation, trained),
    trainTest: shared(test, trained),
    validationTest: shared(test, digests(validation)),
  };
}

function unknownShare({ texts }: TextPart): number {
  let tokens = 0;
  let unknown = 0;
  for (const text of texts) {
    tokens += text.length;
    for (const id of text) if (id === UNK_ID) unknown++;
  }
  return unknown / tokens;
}

function describeSplit(plan: SplitPlan, { testShare, validationShare, splitSeed }: TextSettings): string {
  const split = (part: string, share: number, of: string): string =>
    `${part}: ${Number((100 * share).toFixed(2))}% of ${of}, stratified by class, seed ${splitSeed}`;
  const test = plan.test ? split('test', testShare, 'all texts') : 'test: as distributed';
  const rest = plan.test ? 'the rest' : 'the training texts';
  const validation = plan.validation ? split('validation', validationShare, rest) : 'validation: as distributed';
  return `${test}; ${validation}`;
}

function emptyPart(name: string, part: keyof Parts<unknown>, training: number): DataError {
  return new DataError('usage', {
    expected: `at least one text in the ${part} part of ${name}`,
    came: `none; ${training} in the training part`,
    advice: part === 'train' ? 'lower the shares, or add texts' : `raise ${part}Share, or add texts`,
  });
}
