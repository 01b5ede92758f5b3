import { describe, expect, it } from 'vitest';
import { emailText } from './email.ts';
import { decodeLatin1 } from './latin1.ts';

const lines = (...all: string[]): string => all.join('\n');

describe('emailText', () => {
  it('keeps subject and body, and no other header', () => {
    const message = lines(
      'From joe Thu Aug 22',
      'Received: from x',
      '\tby y',
      'Subject: two',
      ' lines',
      '',
      'a',
      '',
      'b',
    );
    expect(emailText(message)).toBe('two lines\na\n\nb');
  });

  it.each([
    ['quoted-printable', 'caf=C3=A9 na=EFve so=\nft  =\n break =20', 'café naïve soft break  '],
    ['base64', Buffer.from('café').toString('base64'), 'café'],
    ['BASE64', Buffer.from('caf\xe9', 'latin1').toString('base64'), 'café'],
    ['8bit', 'a=20b', 'a=20b'],
  ])('decodes %s', (encoding, body, text) => {
    expect(emailText(lines(`Content-Transfer-Encoding: ${encoding}`, '', body))).toBe(`\n${text}`);
  });

  it('reads the text parts of a multipart message, nested ones too, and leaves attachments out', () => {
    const message = lines(
      'Subject: =?iso-8859-1?Q?caf=E9_au?= =?UTF-8?B?bGFpdA==?=',
      'Content-Type: multipart/mixed; boundary="X-1"',
      '',
      'for old readers',
      '--X-1',
      'Content-Type: multipart/alternative;',
      '  boundary=inner',
      '',
      '--inner',
      '',
      'plain',
      '--inner',
      'Content-Type: text/html',
      '',
      '<b>html</b>',
      '--inner--',
      '--X-1',
      'Content-Type: image/png',
      'Content-Transfer-Encoding: base64',
      '',
      'AAAA',
      '--X-1',
      'Content-Type: message/rfc822',
      '',
      'Subject: inside',
      '',
      'forwarded',
      '--X-1--',
      'after the end',
    );
    expect(emailText(message).split('\n')).toEqual(['café au lait', 'plain', '<b>html</b>', '', 'inside', 'forwarded']);
  });

  it('takes what is no sound message as it is', () => {
    expect(emailText('')).toBe('\n');
    expect(emailText('\nno header')).toBe('\nno header');
    expect(emailText('Subject: alone')).toBe('alone\n');
    expect(emailText(lines('Content-Type: multipart/mixed', '', 'no boundary'))).toBe('\nno boundary');
    const deep = 'Content-Type: message/rfc822\n\n'.repeat(100) + 'text';
    expect(emailText(deep)).toContain('text');
  });
});

describe('decodeLatin1', () => {
  it('reads ISO 8859-1, and control characters as Windows-1252', () => {
    expect(decodeLatin1(Uint8Array.of(0x63, 0xe9, 0x80, 0x93, 0x94, 0x81, 0x0a))).toBe('cé€“”\x81\n');
    const high = Uint8Array.from({ length: 96 }, (_, i) => 0xa0 + i);
    expect([...decodeLatin1(high)].map(character => character.charCodeAt(0))).toEqual([...high]);
  });
});
