import { DataError } from '../errors.ts';
import { imdb } from './imdb.ts';
import { mobyDick } from './mobyDick.ts';
import { ptb } from './ptb.ts';
import { sotu } from './sotu.ts';
import { spamAssassin } from './spamAssassin.ts';
import { sst2 } from './sst2.ts';
import { trec6, trec50 } from './trec.ts';
import type { ClassificationSource, CorpusSource, LanguageSource, Parts } from './types.ts';
import { wikitext2 } from './wikitext2.ts';

const sources: readonly CorpusSource[] = [mobyDick, sotu, spamAssassin, ptb, wikitext2, imdb, trec6, trec50, sst2];

/** Further names for files: the two forms of TREC share theirs. */
const aliases: Readonly<Record<string, CorpusSource>> = { trec: { ...trec6, name: 'trec' } };

/** What there is to know about a corpus without touching its files. */
export interface CorpusInfo {
  name: string;
  /** Title for lists and reports. */
  title: string;
  /** What a model learns from it. */
  task: CorpusSource['task'];
  /** One sentence. */
  description: string;
  /** Terms under which the texts are published. */
  licence: string;
  /** URL of whoever publishes it. */
  homepage: string;
  /** True if the text comes with the package: nothing to fetch. */
  embedded: boolean;
  /** Files to fetch, with the size that the public home serves. */
  files: readonly { path: string; url: string; bytes: number }[];
  /** Bytes to fetch, all files together. */
  bytes: number;
  /** Language models only: words of the vocabulary, `<eos>` and `<unk>` included. */
  vocabularySize?: number;
  /** Language models only: tokens per part, `<eos>` included. */
  tokenCounts?: Parts<number>;
  /** Classification only: the classes, in the order of their numbers. */
  classes?: readonly string[];
  /** Classification only: texts per part as distributed. Where validation is 0, it is split off the training part. */
  textCounts?: Parts<number>;
}

/**
 * Every corpus this package knows, embedded ones first. Touches no file and no network.
 *
 * @example
 * for (const { name, embedded } of listCorpora()) console.log(name, embedded ? 'embedded' : 'to be fetched');
 */
export function listCorpora(): CorpusInfo[] {
  return sources.map(source => {
    const files = source.files.map(({ path, url, builds }) => ({ path, url, bytes: builds[0].bytes }));
    const info: CorpusInfo = {
      name: source.name,
      title: source.title,
      task: source.task,
      description: source.description,
      licence: source.licence,
      homepage: source.homepage,
      embedded: files.length === 0,
      files,
      bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    };
    if (source.task === 'language-model') {
      info.vocabularySize = source.vocabularySize;
      info.tokenCounts = { ...source.tokenCounts };
    } else {
      info.classes = [...source.classes];
      info.textCounts = { ...source.textCounts };
    }
    return info;
  });
}

/**
 * The source of that name, for fetching and verifying; `trec` names the files of `trec-6` and `trec-50`. Throws a
 * `DataError` (`usage`) that lists the names there are.
 */
export function findSource(name: string): CorpusSource {
  const source = sources.find(candidate => candidate.name === name);
  if (source) return source;
  if (Object.hasOwn(aliases, name)) return aliases[name];
  throw new DataError('usage', {
    expected: `a corpus: ${sources.map(candidate => candidate.name).join(', ')}`,
    came: `'${name}'`,
    advice: `use one of these names${suggestion(name)}, or 'folder:PATH' or 'csv:PATH' for your own text`,
  });
}

/** The language-model source of that name. Throws a `DataError` (`usage`) for any other. */
export function findLanguageSource(name: string): LanguageSource {
  const source = findSource(name);
  if (source.task === 'language-model') return source;
  throw wrongTask('language-model', `'${name}', a corpus for text classification`);
}

/** The classification source of that name. Throws a `DataError` (`usage`) for any other. */
export function findClassificationSource(name: string): ClassificationSource {
  const source = findSource(name);
  if (Object.hasOwn(aliases, name)) throw wrongTask('classification', `'${name}', which leaves open which classes`);
  if (source.task === 'classification') return source;
  throw wrongTask('classification', `'${name}', a corpus for language modelling`);
}

function wrongTask(task: CorpusSource['task'], came: string): DataError {
  const names = sources.filter(candidate => candidate.task === task).map(candidate => candidate.name);
  return new DataError('usage', {
    expected: `a corpus for ${task === 'classification' ? 'text classification' : 'language modelling'}: ${names.join(', ')}`,
    came,
    advice: 'use one of these names',
  });
}

/** Reduced to letters and digits, people's spellings of a name are mostly the same: PTB, wikitext2, Moby_Dick. */
function suggestion(name: string): string {
  const key = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]/g, '');
  const near = sources.find(source => {
    const [a, b] = [key(name), key(source.name)];
    return a.length > 1 && (a.startsWith(b) || b.startsWith(a));
  });
  return near ? ` (did you mean '${near.name}'?)` : '';
}
