import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rawTokens } from './rawTokens.ts';

describe('rawTokens', () => {
  it.each([
    ['words, case, punctuation', 'It was GREAT, really (not)!', 'it was great , really ( not ) !'],
    ['numbers, kept', '10/10, 1,000.50 in 1999.', '10 / 10 , 1,000.50 in 1999 .'],
    ['apostrophes', "don't o'clock 'tis it's they've 'quoted'", "don 't o'clock ' tis it 's they 've ' quoted '"],
    ['typographic quotes', 'it’s “fine”', 'it \'s " fine "'],
    ['hyphens and other single characters', 'well-made $5 a_b #tag @you', 'well - made $ 5 a _ b # tag @ you'],
    ['HTML breaks and tags', 'one<br /><br />two <a href="x>y">z</a> <P>b</P>', 'one two y " > z b'],
    ['HTML blocks', 'a<!-- b <i>c</i> -->d<style type="x">p{}</style>e<SCRIPT>f()</script >g', 'a d e g'],
    ['blocks that are not closed', 'a <style>b <!-- c', 'a b < ! - - c'],
    ['no tags', 'x < y > z, <3, <joe@x.com>', 'x < y > z , < 3 , < joe @ x . com >'],
    [
      'characters by name and number',
      '&quot;a&amp;b&quot;&nbsp;&#233;&#xe9; &lt;i&gt; &#xd800;&#9999999;',
      '" a & b " éé < i >',
    ],
    ['other alphabets', 'Привет, мир! ΣΟΦΟΣ naïve', 'привет , мир ! σοφος naïve'],
    ['scripts without spaces', '你好 world', '你 好 world'],
    ['combining marks', 'Cafe\u0301 हिन्दी', 'café हिन्दी'],
    ['emoji; no invisible characters', 'ok 👍\ufe0f\u200d\u0000\u00ad!', 'ok 👍 !'],
    ['nothing', ' \n\t<br>', ''],
  ])('%s', (_, text, tokens) => {
    expect(rawTokens(text).join(' ')).toBe(tokens);
  });

  it('property: the pattern for ASCII does what the one for all alphabets does', () => {
    const ascii = fc.string({ unit: 'binary-ascii' as const, maxLength: 40 });
    const likely = fc.array(
      fc.constantFrom("'", "'s", 'a', 'don', 't', 'S', '1', '.5', ',', ' ', '-', '<', '>', '&', '_'),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          ascii,
          likely.map(parts => parts.join('')),
        ),
        text => {
          expect([...rawTokens(text), 'é']).toEqual(rawTokens(`${text} \n é`));
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('property: tokens hold no white space, nothing else visible is lost, and the same text gives the same tokens', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), text => {
        const clean = text.replace(/[<&\p{M}\p{C}]/gu, '');
        const tokens = rawTokens(clean);
        expect(tokens.some(token => token === '' || /\s/.test(token))).toBe(false);
        expect(rawTokens(clean)).toEqual(tokens);
        expect(rawTokens(tokens.join(' ')).join('')).toBe(tokens.join(''));
      }),
    );
  });

  it('takes time in proportion to the text, whatever it holds', () => {
    const start = performance.now();
    for (const unit of ['<style>', '<!--', '<a ', "a'", '&', '&#', '1,']) rawTokens(unit.repeat(200_000));
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});
