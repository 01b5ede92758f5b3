import { createHash } from 'node:crypto';
import type { Parts, SourceText } from '../sources/types.ts';
import { Interner } from '../text/vocabulary.ts';

/** A text that could not be used. */
export interface UnusableText {
  /** The file it comes from, as the corpus or the settings name it. */
  file: string;
  /** Line at which it begins, from 1; 0 for a text that is a file of its own. */
  line: number;
  /** Why, in words. */
  reason: string;
}

/** A text that can be used. */
export interface UsableText {
  label: string;
  /** Its first tokens, as provisional ids (of `words`) until the vocabulary is built, then as ids of the vocabulary. */
  ids: Int32Array;
  /** Whether tokens beyond the cap were cut off. */
  truncated: boolean;
  /** SHA-256 of all its tokens: what makes two texts the same. */
  digest: string;
  file: string;
  line: number;
}

/** Ids allocated at once: 1 MiB of them. */
const ROOM = 2 ** 18;

/**
 * Unusable texts that a corpus lists one by one; beyond that they are counted only: a file of the wrong format must not
 * fill the memory.
 */
export const MAX_LISTED = 100_000;

/** Takes in the texts of a corpus one by one and keeps of each what training needs: no text is held as a string. */
export class TextCollector {
  readonly parts: Parts<UsableText[]> = { train: [], validation: [], test: [] };
  readonly unusable: UnusableText[] = [];
  unusableCount = 0;
  leftOut = 0;
  private readonly interner = new Interner();
  private readonly labels = new Map<string, string>();
  private room = new Int32Array(0);

  /** @param maxLength tokens that are kept of a text */
  constructor(private readonly maxLength: number) {}

  /** Every word so far, by provisional id. */
  get words(): readonly string[] {
    return this.interner.words;
  }

  add(text: SourceText): void {
    if (text.kind === 'leftOut') this.leftOut++;
    else if (text.kind === 'unusable') this.refuse(text, text.reason);
    else if (text.tokens.length === 0) this.refuse(text, 'no text');
    else this.parts[text.part].push(this.usable(text));
  }

  /** Counts a text as unusable, and lists it while there is room. */
  refuse({ file, line }: { file: string; line: number }, reason: string): void {
    this.unusableCount++;
    if (this.unusable.length < MAX_LISTED) {
      // A copy: a reason that quotes the text keeps all of it in memory.
      this.unusable.push({ file, line, reason: Buffer.from(reason).toString() });
    }
  }

  private usable({ label, tokens, file, line }: Extract<SourceText, { kind: 'text' }>): UsableText {
    const ids = this.allocate(Math.min(tokens.length, this.maxLength));
    for (let t = 0; t < ids.length; t++) ids[t] = this.interner.id(tokens[t]);
    return {
      // One string per label, not one per row.
      label: this.labels.get(label) ?? this.keep(label),
      ids,
      truncated: tokens.length > ids.length,
      digest: createHash('sha256').update(tokens.join(' ')).digest('base64'),
      file,
      line,
    };
  }

  /** Room for so many ids, cut from a large array: an array for each of a million texts would cost as much as the ids. */
  private allocate(length: number): Int32Array {
    if (length > this.room.length) this.room = new Int32Array(Math.max(ROOM, length));
    const ids = this.room.subarray(0, length);
    this.room = this.room.subarray(length);
    return ids;
  }

  private keep(label: string): string {
    this.labels.set(label, label);
    return label;
  }
}
