import { isUtf8 } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DataError } from '../errors.ts';
import { decodeUtf8 } from './decode.ts';

describe('decodeUtf8', () => {
  it('decodes UTF-8 and drops a byte-order mark', () => {
    expect(decodeUtf8(Buffer.from('\ufeffSenjō 戦場'), 'a file')).toBe('Senjō 戦場');
  });

  it('names the file, the byte, its offset and its line', () => {
    const latin1 = Buffer.from('one\ntwo caf\xe9 three\n', 'latin1');
    expect(() => decodeUtf8(latin1, 'train.txt')).toThrow(
      'expected UTF-8 text in train.txt; got byte 0xe9 at offset 11 (line 2); convert the file',
    );
  });

  it('names a character that the end of the file cuts', () => {
    expect(() => decodeUtf8(Buffer.from('caf\u00e9').subarray(0, 4), 'x')).toThrow(/byte 0xc3 at offset 3/);
  });

  it('property: throws for exactly the bytes that a fatal TextDecoder refuses, at the first of them', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.uint8Array({ minLength: 1, maxLength: 6 }), (text, noise) => {
        const bytes = Buffer.concat([Buffer.from(text), noise]);
        let expected: string | undefined;
        try {
          expected = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
        } catch {}
        if (expected !== undefined) {
          expect(decodeUtf8(bytes, 'x')).toBe(expected);
          return;
        }
        const error = thrown(() => decodeUtf8(bytes, 'x'));
        expect(error).toBeInstanceOf(DataError);
        const offset = Number(/offset (\d+)/.exec((error as Error).message)?.[1]);
        expect(offset).toBeGreaterThanOrEqual(Buffer.byteLength(text));
        expect(isUtf8(bytes.subarray(0, offset))).toBe(true);
        for (let end = offset + 1; end <= bytes.length; end++) expect(isUtf8(bytes.subarray(0, end))).toBe(false);
      }),
    );
  });
});

function thrown(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return undefined;
}
