import { DataError } from './errors.ts';
import { sha256 } from './fetch/check.ts';
import type { DataLocation } from './fetch/locate.ts';
import { openVerified } from './fetch/open.ts';
import { fetchAdvice } from './fetch/verify.ts';
import { readTextFolder } from './sources/folder.ts';
import { findLanguageSource } from './sources/registry.ts';
import { type LanguageSource, PARTS, type Parts } from './sources/types.ts';
import { decodeUtf8 } from './text/decode.ts';
import { encodeText } from './text/encode.ts';
import { splitLines } from './text/tokenise.ts';

/** A corpus ready for a language model: token ids, and the words they stand for. */
export interface LanguageCorpus extends Parts<Int32Array> {
  name: string;
  /** Title for lists and reports. */
  title: string;
  /** One sentence. */
  description: string;
  /** Terms under which the text is published. */
  licence: string;
  /** `vocabulary[id]` is the word; most frequent first. Holds `<eos>`. */
  vocabulary: readonly string[];
  /** Tokens per part, `<eos>` included. */
  tokenCounts: Parts<number>;
  /** Identifies the text: SHA-256 over the SHA-256 of the three parts' texts. Lower-case hex. */
  sha256: string;
}

/**
 * Loads a corpus for language modelling: an embedded one (`moby-dick`, `sotu`), a fetched one (`ptb`, `wikitext-2`), or
 * your own text (`folder:PATH`, see `readTextFolder`). Files are looked for in the data folder, then in a mirror folder,
 * and verified by checksum each time; nothing is downloaded.
 *
 * Ids follow training frequency: 0 is the most frequent word. Every line ends in `<eos>`.
 *
 * @throws DataError `usage` for an unknown name; `missing`, `empty`, `cut`, `checksum`, `encoding` or `archive` for the
 * files; each says what to do
 *
 * @example
 * const corpus = await loadLanguageCorpus('moby-dick');
 * const words = Array.from(corpus.train.subarray(0, 10), id => corpus.vocabulary[id]);
 */
export async function loadLanguageCorpus(name: string, location: DataLocation = {}): Promise<LanguageCorpus> {
  if (name.startsWith('folder:')) return loadFolder(name);
  const source = findLanguageSource(name);
  const bytes = await source.read(path => openVerified(source, path, location));
  const hashes = hashParts(bytes);
  for (const part of PARTS) {
    if (hashes[part] === source.contents[part]) continue;
    throw new DataError('checksum', {
      expected: `the ${part} text of ${name} to have SHA-256 ${source.contents[part]}`,
      came: hashes[part],
      advice: source.files.length > 0 ? fetchAdvice(name) : 'reinstall the packages from the lock file',
    });
  }
  return assemble(source, bytes, hashes, source.lines, source.minCount);
}

async function loadFolder(name: string): Promise<LanguageCorpus> {
  const bytes = await readTextFolder(name.slice('folder:'.length));
  const about = { name, title: name, description: 'your own text, one `<eos>` per line', licence: 'your own' };
  return assemble(about, bytes, hashParts(bytes), splitLines, 1);
}

function hashParts(bytes: Parts<Uint8Array>): Parts<string> {
  return { train: sha256(bytes.train), validation: sha256(bytes.validation), test: sha256(bytes.test) };
}

function assemble(
  about: Pick<LanguageCorpus, 'name' | 'title' | 'description' | 'licence'>,
  bytes: Parts<Uint8Array>,
  hashes: Parts<string>,
  lines: LanguageSource['lines'],
  minCount: number,
): LanguageCorpus {
  const read = (part: keyof Parts<unknown>): Iterable<readonly string[]> =>
    lines(decodeUtf8(bytes[part], `the ${part} part of ${about.name}`));
  const encoded = encodeText({ train: read('train'), validation: read('validation'), test: read('test') }, minCount);
  const { name, title, description, licence } = about;
  const { train, validation, test } = encoded;
  return {
    name,
    title,
    description,
    licence,
    ...encoded,
    tokenCounts: { train: train.length, validation: validation.length, test: test.length },
    sha256: sha256(PARTS.map(part => `${hashes[part]}  ${part}\n`).join('')),
  };
}
