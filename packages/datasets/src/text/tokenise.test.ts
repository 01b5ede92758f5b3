import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DOCUMENT_BREAK, proseLines, splitLines } from './tokenise.ts';

const prose = (text: string): string[] => [...proseLines(text)].map(line => line.join(' '));

describe('splitLines', () => {
  it('keeps blank lines, splits at any run of spaces, tabs and carriage returns', () => {
    expect([...splitLines(' the  cat \r\n\n \n\tsat')]).toEqual([['the', 'cat'], [], [], ['sat']]);
  });

  it('starts no further line after a newline at the very end', () => {
    expect([...splitLines('a\n')]).toEqual([['a']]);
    expect([...splitLines('\n')]).toEqual([[]]);
    expect([...splitLines('')]).toEqual([]);
  });

  it('leaves other white space inside its token: corpora are split at what their makers put in', () => {
    expect([...splitLines('a\u00a0b c')]).toEqual([['a\u00a0b', 'c']]);
  });

  it('property: lines of tokens come back as they were', () => {
    const token = fc.string({ minLength: 1 }).filter(text => !/[ \t\r\n]/.test(text));
    fc.assert(
      fc.property(fc.array(fc.array(token)), lines => {
        expect([...splitLines(lines.map(line => `${line.join(' ')}\n`).join(''))]).toEqual(lines);
      }),
    );
  });
});

describe('proseLines', () => {
  it.each([
    [
      'sentences end lines, letters become lower case',
      'Call me Ishmael. Some years ago',
      ['call me ishmael .', 'some years ago'],
    ],
    ['numbers become N', 'In 1851, $20,000,000! 4.5% on the 12th.', ['in N , $ N !', 'N % on the N th .']],
    ['clitics are tokens of their own', "It's the whale's; don't, we'll.", ["it 's the whale 's ; don 't , we 'll ."]],
    ['other apostrophes stay inside', "Six o'clock, ma'am. 'Tis so.", ["six o'clock , ma'am .", "' tis so ."]],
    ['hyphens and dashes are tokens', 'ago—never mind -- a jack-knife', ['ago — never mind — a jack - knife']],
    ['typographic quotes become plain', '“It’s,” he said', ['" it \'s , " he said']],
    ['named characters are resolved', 'the &quot;National&quot; &amp; so on', ['the " national " & so on']],
    ['closing quotes stay with their sentence', '"Stop!" "Why?" he said.', ['" stop ! "', '" why ? " he said .']],
    [
      'titles and initials end no sentence',
      'Mr. Starbuck saw John Q. Adams. I did.',
      ['mr . starbuck saw john q . adams .', 'i did .'],
    ],
    ['the pronoun I does', 'So do I. He did not.', ['so do i .', 'he did not .']],
    ['a lower-case letter continues a sentence', 'Ha! ha! said he.', ['ha ! ha ! said he .']],
    ['blank lines end lines, single newlines do not', 'ETYMOLOGY\n\nThe pale\nUsher', ['etymology', 'the pale usher']],
    ['letters beyond ASCII form words', 'Œuvres, ïle, καλος', ['œuvres , ïle , καλος']],
  ])('%s', (_, text, lines) => {
    expect(prose(text)).toEqual(lines);
  });

  it('property: no token is empty, holds white space, a digit or a capital other than N', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), text => {
        for (const line of proseLines(text)) {
          expect(line.length).toBeGreaterThan(0);
          for (const token of line) expect(token).toMatch(/^(?:N|[^\sA-Z0-9]+)$/);
        }
      }),
    );
  });

  it('property: documents do not influence each other', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'B', '.', '!', ' ', "'", '"', '-', '1', '\n', 'Mr') });
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(prose(a + DOCUMENT_BREAK + b)).toEqual([...prose(a), ...prose(b)]);
      }),
    );
  });
});
