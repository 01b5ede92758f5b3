import { isUtf8 } from 'node:buffer';
import { DataError } from '../errors.ts';

/**
 * Bytes as text; a byte-order mark is dropped. Throws a `DataError` (`encoding`) that names the first bad byte if the
 * bytes are not UTF-8: a replacement character would train the model on noise, silently.
 *
 * @param label what the bytes are, for the message
 */
export function decodeUtf8(bytes: Uint8Array, label: string): string {
  if (isUtf8(bytes)) return new TextDecoder().decode(bytes);
  const offset = firstInvalidByte(bytes);
  const line = bytes.subarray(0, offset).reduce((count, byte) => count + (byte === 10 ? 1 : 0), 1);
  throw new DataError('encoding', {
    expected: `UTF-8 text in ${label}`,
    came: `byte 0x${bytes[offset].toString(16).padStart(2, '0')} at offset ${offset} (line ${line})`,
    advice: 'convert the file, for example with `iconv -f latin1 -t utf-8`',
  });
}

/** Where the first character that is none begins: found by halving, as whether a prefix is sound can be decided exactly. */
function firstInvalidByte(bytes: Uint8Array): number {
  let valid = 0;
  let invalid = bytes.length + 1;
  while (invalid - valid > 1) {
    const middle = (valid + invalid) >> 1;
    if (isPrefixOfUtf8(bytes.subarray(0, middle))) valid = middle;
    else invalid = middle;
  }
  // What may still become valid text can end within a character; that one began a few bytes earlier.
  while (!isUtf8(bytes.subarray(0, valid))) valid--;
  return valid;
}

function isPrefixOfUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}
