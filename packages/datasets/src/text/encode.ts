import { DataError } from '../errors.ts';
import type { Parts } from '../sources/types.ts';

/** Ends every line. */
export const EOS = '<eos>';
/** Stands for every word outside the vocabulary. */
export const UNK = '<unk>';

/** A corpus as numbers: `vocabulary[train[i]]` is the i-th word. */
export interface EncodedText extends Parts<Int32Array> {
  /** Words by id, most frequent first. */
  vocabulary: string[];
}

/**
 * Builds a vocabulary from the training lines and encodes all three parts with it.
 *
 * The vocabulary holds the training words seen at least `minCount` times and `<eos>`, most frequent first, ties in the
 * order of UTF-16 code units. `<unk>` is in it if the training text contains it or a word has to be replaced, in any
 * part. `<eos>` follows every line, the empty ones included.
 *
 * @param minCount least occurrences in the training part; 1 keeps every word
 * @throws DataError (`empty`) if a part has no line
 */
export function encodeText(lines: Parts<Iterable<readonly string[]>>, minCount = 1): EncodedText {
  if (!Number.isSafeInteger(minCount) || minCount < 1) {
    throw new DataError('usage', {
      expected: 'minCount, a whole number of at least 1',
      came: String(minCount),
      advice: 'use 1 to keep every word',
    });
  }
  const provisional = new Provisional();
  const firstIds = encodePart('training', lines.train, word => provisional.id(word));
  const { words, counts } = provisional;

  const kept = words.map((_, id) => id).filter(id => counts[id] >= minCount || words[id] === EOS || words[id] === UNK);
  if (kept.length < words.length && !words.includes(UNK)) {
    const replaced = counts.reduce((sum, count, id) => (count < minCount && words[id] !== EOS ? sum + count : sum), 0);
    kept.push(words.push(UNK) - 1);
    counts.push(replaced);
  }
  kept.sort((a, b) => counts[b] - counts[a] || (words[a] < words[b] ? -1 : 1));

  const vocabulary = kept.map(id => words[id]);
  const ids = new Map(vocabulary.map((word, id) => [word, id]));
  const idOf = (word: string): number => {
    const id = ids.get(word) ?? ids.get(UNK);
    if (id !== undefined) return id;
    // No rare word in training, an unknown one later: the model will not have seen `<unk>`, but the token has to exist.
    ids.set(UNK, vocabulary.push(UNK) - 1);
    return vocabulary.length - 1;
  };
  const finalIds = Int32Array.from(words, idOf);
  return {
    train: firstIds.map(id => finalIds[id]),
    validation: encodePart('validation', lines.validation, idOf),
    test: encodePart('test', lines.test, idOf),
    vocabulary,
  };
}

/** Ids in order of first appearance, for the one pass over the training text that also counts. */
class Provisional {
  readonly words: string[] = [];
  readonly counts: number[] = [];
  private readonly ids = new Map<string, number>();

  id(word: string): number {
    const known = this.ids.get(word);
    if (known !== undefined) {
      this.counts[known]++;
      return known;
    }
    const id = this.words.push(word) - 1;
    this.counts.push(1);
    this.ids.set(word, id);
    return id;
  }
}

function encodePart(part: string, lines: Iterable<readonly string[]>, idOf: (word: string) => number): Int32Array {
  let tokens = new Int32Array(1 << 16);
  let length = 0;
  for (const line of lines) {
    if (length + line.length + 1 > tokens.length) {
      const grown = new Int32Array(2 * tokens.length + line.length + 1);
      grown.set(tokens);
      tokens = grown;
    }
    for (const word of line) tokens[length++] = idOf(word);
    tokens[length++] = idOf(EOS);
  }
  if (length === 0) {
    throw new DataError('empty', {
      expected: `text in the ${part} part`,
      came: 'no line',
      advice: 'give it at least one line',
    });
  }
  return tokens.slice(0, length);
}
