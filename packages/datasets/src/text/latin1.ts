/** What Windows-1252 puts where ISO 8859-1 has control characters, 0x80 to 0x9f; the five it leaves free stay. */
const WINDOWS_1252 =
  '\u20ac\x81\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\x8d\u017d\x8f' +
  '\x90\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\x9d\u017e\u0178';

/**
 * Bytes as Latin-1 text. Bytes that are control characters in ISO 8859-1 are read as Windows-1252, which is what files
 * that call themselves Latin-1 mean by them. Any bytes are such a text.
 */
export function decodeLatin1(bytes: Uint8Array): string {
  return asWindows1252(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1'));
}

/** ISO 8859-1 text, decoded byte by byte, as Windows-1252. */
export function asWindows1252(text: string): string {
  return text.replace(/[\x80-\x9f]/g, character => WINDOWS_1252[character.charCodeAt(0) - 0x80]);
}
