/** Scripts that put no space between words: a character is a token there. */
const UNSPACED = '[\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}]';
const LETTER = `[\\p{L}--${UNSPACED}]`;

/** The same rules over one alphabet or another: `letter` begins a word, `inside` goes on with it. */
function tokenPattern(letter: string, inside: string, single: string): RegExp {
  const clitic = `'(?:s|d|m|t|ll|re|ve)(?!${letter})`;
  const word = `${letter}${inside}*(?:(?!${clitic})'${letter}${inside}*)*`;
  return new RegExp(`${word}|(?<=${inside})${clitic}|[0-9]+(?:[.,][0-9]+)*|${single}`, 'gv');
}

const TOKEN = tokenPattern(LETTER, `[${LETTER}\\p{M}]`, '[^\\s\\p{C}\\p{M}]');
// What TOKEN does to ASCII, several times faster: most reviews are nothing else.
const ASCII_TOKEN = tokenPattern('[a-z]', '[a-z]', '[!-\\/:-@\\[-`\\{-~]');
const ASCII = /^[\0-\x7f]*$/;

const TAG = /<\/?[a-z][a-z0-9]*(?:\s[^<>]*)?\/?>/gi;
const CHARACTER = /&(?:(quot|amp|lt|gt|apos|nbsp)|#(\d{1,7})|#x([0-9a-f]{1,6}));/gi;
const NAMED: Record<string, string> = { quot: '"', amp: '&', lt: '<', gt: '>', apos: "'", nbsp: ' ' };

/**
 * The tokens of a raw text (a review, a message, a tweet), in any language. The rules, in this order:
 *
 * 1. HTML: comments, `<style>` and `<script>` with what they hold, and every other tag (`<br />`) become a space; then
 *    `&quot; &amp; &lt; &gt; &apos; &nbsp;` and numbered characters are resolved.
 * 2. Unicode NFC, lower case; typographic quotes become `'` and `"`.
 * 3. A token is a run of letters with their marks (apostrophes inside: `o'clock`); one of the endings
 *    `'s 'd 'm 't 'll 're 've`; a number with its commas and points; or any other single visible character, so also each
 *    character of a script without spaces (Chinese, Japanese). Hyphenated words are three tokens.
 *
 * Numbers are kept, unlike in `proseLines`: `7/10` says something about a review.
 *
 * @example rawTokens("It's <b>great</b>:<br />10/10!")
 * // ['it', "'s", 'great', ':', '10', '/', '10', '!']
 */
export function rawTokens(text: string): string[] {
  const plain = resolveCharacters(withoutTags(text));
  if (ASCII.test(plain)) return plain.toLowerCase().match(ASCII_TOKEN) ?? [];
  const folded = plain.normalize('NFC').toLowerCase().normalize('NFC').replace(/[‘’]/g, "'").replace(/[“”]/g, '"');
  return folded.match(TOKEN) ?? [];
}

function withoutTags(text: string): string {
  if (!text.includes('<')) return text;
  let plain = withoutBlocks(text, /<!--/g, /-->/g);
  for (const name of ['style', 'script']) {
    plain = withoutBlocks(plain, new RegExp(`<${name}[\\s>]`, 'gi'), new RegExp(`</${name}\\s*>`, 'gi'));
  }
  return plain.replace(TAG, ' ');
}

/** Cuts out blocks from an opening to its closing. A block that is never closed stays: it may be no HTML at all. */
function withoutBlocks(text: string, open: RegExp, close: RegExp): string {
  let kept = '';
  let from = 0;
  for (;;) {
    open.lastIndex = from;
    const start = open.exec(text);
    if (start) close.lastIndex = open.lastIndex;
    if (!start || !close.exec(text)) return kept + text.slice(from);
    kept += `${text.slice(from, start.index)} `;
    from = close.lastIndex;
  }
}

function resolveCharacters(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(CHARACTER, (_, name?: string, decimal?: string, hex?: string) => {
    if (name) return NAMED[name.toLowerCase()];
    const code = decimal ? Number(decimal) : Number.parseInt(hex!, 16);
    const isSurrogate = code >= 0xd800 && code <= 0xdfff;
    return code > 0x10ffff || isSurrogate ? ' ' : String.fromCodePoint(code);
  });
}
