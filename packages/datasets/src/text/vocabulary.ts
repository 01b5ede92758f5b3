import { UNK } from './encode.ts';

/** Fills a batch up to its longest text. Its id is 0. */
export const PAD = '<pad>';

/** Id of `<pad>`: every vocabulary of a classification corpus begins with it and `<unk>`. */
export const PAD_ID = 0;
/** Id of `<unk>`. */
export const UNK_ID = 1;

/** Words as provisional ids, in the order of their first appearance. */
export class Interner {
  readonly words: string[] = [];
  private readonly ids = new Map<string, number>();

  id(word: string): number {
    const known = this.ids.get(word);
    if (known !== undefined) return known;
    // A copy: a token cut out of a text by a regular expression keeps the whole text in memory.
    const copy = Buffer.from(word).toString();
    this.ids.set(copy, this.words.length);
    return this.words.push(copy) - 1;
  }
}

/**
 * The vocabulary of training texts: `<pad>`, `<unk>`, then the words seen at least `minCount` times, most frequent
 * first, ties in the order of UTF-16 code units, cut off at `maxSize` entries. Whatever the validation and test parts
 * hold has no influence. A word of the text that is spelt `<pad>` or `<unk>` is an unknown word.
 *
 * @param words the words by provisional id
 * @param training provisional ids of the training texts
 * @returns the vocabulary, and for each provisional id its id in it
 */
export function buildVocabulary(
  words: readonly string[],
  training: Iterable<Int32Array>,
  minCount: number,
  maxSize: number,
): { vocabulary: string[]; ids: Int32Array } {
  const counts = new Float64Array(words.length);
  for (const text of training) for (const id of text) counts[id]++;
  const kept: number[] = [];
  for (let id = 0; id < words.length; id++) {
    if (counts[id] >= minCount && words[id] !== PAD && words[id] !== UNK) kept.push(id);
  }
  kept.sort((a, b) => counts[b] - counts[a] || (words[a] < words[b] ? -1 : 1));
  kept.length = Math.min(kept.length, maxSize - 2);
  const ids = new Int32Array(words.length).fill(UNK_ID);
  kept.forEach((id, rank) => {
    ids[id] = rank + 2;
  });
  return { vocabulary: [PAD, UNK, ...kept.map(id => words[id])], ids };
}
