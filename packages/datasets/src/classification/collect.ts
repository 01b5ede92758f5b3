import { createHash } from 'node:crypto';
import type { Parts, SourceText } from '../sources/types.ts';
import { Interner } from '../text/vocabulary.ts';

/** A text that could not be used. */
export interface UnusableText {
  /** The file it comes from, as the corpus or the settings name it. */
  file: string;
  /** Line at which it begins, from 1; 0 for a text that is a file of its own. */
  line: number;
  reason: string;
}

/** A text that can be used. */
export interface UsableText {
  label: string;
  /** Its first tokens, as ids of `words`. */
  ids: Int32Array;
  /** Whether tokens beyond the cap were cut off. */
  truncated: boolean;
  /** SHA-256 of all its tokens: what makes two texts the same. */
  digest: string;
  file: string;
  line: number;
}

/** Listed one by one; beyond that, texts are counted only. */
const LISTED = 100;

/** Takes in the texts of a corpus one by one and keeps of each what training needs: no text is held as a string. */
export class TextCollector {
  readonly parts: Parts<UsableText[]> = { train: [], validation: [], test: [] };
  readonly unusable: UnusableText[] = [];
  unusableCount = 0;
  leftOut = 0;
  private readonly interner = new Interner();
  private readonly labels = new Map<string, string>();

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
    if (this.unusable.length < LISTED) this.unusable.push({ file, line, reason });
  }

  private usable({ label, tokens, file, line }: Extract<SourceText, { kind: 'text' }>): UsableText {
    const ids = new Int32Array(Math.min(tokens.length, this.maxLength));
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

  private keep(label: string): string {
    this.labels.set(label, label);
    return label;
  }
}
