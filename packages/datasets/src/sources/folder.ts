import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { DataError } from '../errors.ts';
import { storageError } from '../fetch/check.ts';
import type { Parts } from './types.ts';

const FILES: Parts<RegExp> = {
  train: /^(?:.+\.)?train\.(?:txt|tokens)$/,
  validation: /^(?:.+\.)?valid(?:ation)?\.(?:txt|tokens)$/,
  test: /^(?:.+\.)?test\.(?:txt|tokens)$/,
};

/**
 * The three files of your own corpus: in one folder, one name each that ends in `train.txt`, `valid.txt` (or
 * `validation.txt`) and `test.txt`, or in `.tokens` for `.txt`. UTF-8, one line per sentence or paragraph, tokens
 * separated by white space; words that the training file lacks become `<unk>`.
 *
 * @throws DataError `missing` if the folder or one of the files is not there, `usage` if a part has two files, `empty`
 * for a file without a byte
 */
export async function readTextFolder(path: string): Promise<Parts<Uint8Array>> {
  const folder = resolve(path);
  const names = await readdir(folder).catch((error: unknown) => {
    throw new DataError(
      'missing',
      {
        expected: `a folder with train.txt, valid.txt and test.txt at '${path}'`,
        came: `no readable folder at ${folder}`,
        advice: 'correct the path after folder:',
      },
      { cause: error },
    );
  });
  return {
    train: await readPart(folder, names, 'train'),
    validation: await readPart(folder, names, 'validation'),
    test: await readPart(folder, names, 'test'),
  };
}

async function readPart(folder: string, names: string[], part: keyof Parts<unknown>): Promise<Uint8Array> {
  const found = names.filter(name => FILES[part].test(name));
  const short = part === 'validation' ? 'valid' : part;
  if (found.length !== 1) {
    throw new DataError(found.length === 0 ? 'missing' : 'usage', {
      expected: `one file ${short}.txt or *.${short}.txt in ${folder}`,
      came: found.length === 0 ? 'none' : found.sort().join(', '),
      advice: found.length === 0 ? 'add it' : 'keep one of them',
    });
  }
  const path = join(folder, found[0]);
  const bytes = await readFile(path).catch((error: unknown) => {
    throw storageError(`to read ${path}`, error);
  });
  if (bytes.length > 0) return bytes;
  throw new DataError('empty', {
    expected: `text in ${path}`,
    came: 'an empty file',
    advice: 'give it at least one line',
  });
}
