/** Separates documents in a text that `proseLines` reads: a form feed, which no corpus contains. */
export const DOCUMENT_BREAK = '\f';

/**
 * Lines of a corpus that is already tokenised: split at newlines, tokens at spaces, tabs and carriage returns.
 * A blank line is an empty line, not skipped; a newline at the very end starts no further line.
 */
export function* splitLines(text: string): Generator<string[]> {
  let start = 0;
  while (start < text.length) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    yield text.slice(start, end).match(/[^ \t\r]+/g) ?? [];
    start = end + 1;
  }
}

const NAMED_CHARACTERS: Record<string, string> = { '&quot;': '"', '&amp;': '&', '&lt;': '<', '&gt;': '>' };

// A full stop after these ends no sentence; nor does one after a single capital, an initial, but for "I".
const ABBREVIATION =
  /(?:^|[^\p{L}])(?:Mr|Mrs|Ms|Dr|Messrs|St|Capt|Gen|Col|Lt|Lieut|Maj|Adm|Gov|Sen|Rep|Hon|Rev|Prof|Jr|Sr|No|Nos|vs|viz|cf|[A-HJ-Z])\.$/u;

const SENTENCE_END = /[.!?]["')\]]*\s+(?=["'([]*[\p{Lu}\d])|\n\s*\n\s*/gu;

// Lower-case Latin, Greek and Hebrew by their blocks: twice as fast as \p{L}, and all that the embedded texts hold.
const LETTER = 'a-zß-öø-ɏͰ-Ͽ\\u0590-\\u05ff';
const CLITIC = `'(?:s|d|m|t|ll|re|ve)(?![${LETTER}])`;
const TOKEN = new RegExp(
  `[${LETTER}]+(?:(?!${CLITIC})'[${LETTER}]+)*|(?<=[${LETTER}])${CLITIC}|\\d+(?:[.,]\\d+)*|[^\\s\\d${LETTER}]`,
  'gu',
);

/**
 * Running English text as lines of tokens, one sentence per line. The rules, in this order:
 *
 * 1. Typographic quotes become `'` and `"`, every dash longer than a hyphen becomes `—`, the four named characters
 *    `&quot; &amp; &lt; &gt;` are resolved.
 * 2. A line ends after `.`, `!` or `?` (and closing quotes or brackets) before white space and a capital or digit, but
 *    not after a title or an initial (`Mr.`, `J.`); at a blank line; and at the end of a document.
 * 3. Letters become lower case. A token is a run of letters (Latin, Greek, Hebrew; with apostrophes
 *    inside: `o'clock`); one of the endings
 *    `'s 'd 'm 't 'll 're 've`; a number with its commas and points, written `N` as in Mikolov's corpus; or any other
 *    single character that is not white space. Hyphenated words are three tokens.
 *
 * @example [...proseLines("Call me Ishmael. It's 1851.")]
 * // [['call', 'me', 'ishmael', '.'], ['it', "'s", 'N', '.']]
 */
export function* proseLines(text: string): Generator<string[]> {
  const plain = text
    .replace(/[‘’]/g, "'")
    .replace(/[“”]/g, '"')
    .replace(/‑/g, '-')
    .replace(/[–—―]|--+/g, '—')
    .replace(/&(?:quot|amp|lt|gt);/g, name => NAMED_CHARACTERS[name]);
  for (const document of plain.split(DOCUMENT_BREAK)) {
    for (const sentence of sentences(document)) {
      const tokens = sentence.toLowerCase().match(TOKEN);
      if (!tokens) continue;
      for (let i = 0; i < tokens.length; i++) if (isDigit(tokens[i])) tokens[i] = 'N';
      yield tokens;
    }
  }
}

function* sentences(document: string): Generator<string> {
  let start = 0;
  for (const match of document.matchAll(SENTENCE_END)) {
    const end = match.index + match[0].length;
    // Titles are short: looking at the last few characters is enough.
    const isTitle =
      match[0][0] === '.' && ABBREVIATION.test(document.slice(Math.max(start, match.index - 8), match.index + 1));
    if (isTitle) continue;
    yield document.slice(start, end);
    start = end;
  }
  yield document.slice(start);
}

function isDigit(token: string): boolean {
  const code = token.charCodeAt(0);
  return code >= 48 && code <= 57;
}
