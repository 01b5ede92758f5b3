import { settleClasses } from './classification/classes.ts';
import { TextCollector } from './classification/collect.ts';
import { assembleTexts, type TextCorpus } from './classification/corpus.ts';
import { checkTextSettings, type TextSettings } from './classification/settings.ts';
import { csvTexts } from './csv/read.ts';
import { DataError } from './errors.ts';
import type { DataLocation } from './fetch/locate.ts';
import { openVerified } from './fetch/open.ts';
import { findClassificationSource } from './sources/registry.ts';
import { type ClassificationSource, PARTS, type Parts } from './sources/types.ts';

/**
 * Loads a corpus for text classification: an embedded one (`spam-assassin`), a fetched one (`imdb`, `trec-6`, `trec-50`,
 * `sst2`), or your own CSV file (`csv:PATH`, columns and classes in `settings.csv`). Files are looked for in the data
 * folder, then in a mirror folder, and verified by checksum each time; nothing is downloaded.
 *
 * The vocabulary comes from the training part alone, after the split and the cut to `maxLength`. Texts that cannot be
 * used are counted and listed in `notes`, and so are duplicates, the balance of the classes and what was cut.
 *
 * @throws DataError `usage` for an unknown name or a setting out of range; `missing`, `empty`, `cut`, `checksum`,
 * `encoding` or `archive` for the files, `checksum` also where a named corpus has more or fewer texts than it should; `table` for a CSV file that is broken or holds no usable row
 *
 * @example
 * const corpus = await loadTextCorpus('csv:reviews.csv', {
 *   ...TEXT_DEFAULTS,
 *   csv: { text: 'text', label: 'stars', classes: { negative: [1, 2], positive: [4, 5] }, leaveOut: [3] },
 * });
 */
export async function loadTextCorpus(
  name: string,
  settings: TextSettings,
  location: DataLocation = {},
): Promise<TextCorpus> {
  checkTextSettings(settings);
  if (name.startsWith('csv:')) return loadCsv(name, settings);
  const source = findClassificationSource(name);
  if (settings.csv !== undefined) throw csvSettings('no csv settings, as these are for csv:PATH alone', name);
  const collected = new TextCollector(settings.maxLength);
  const read: Parts<number> = { train: 0, validation: 0, test: 0 };
  for await (const text of source.read(path => openVerified(source, path, location))) {
    read[text.part]++;
    collected.add(text);
  }
  checkCounts(source, read);
  const plan = { validation: source.textCounts.validation === 0, test: false };
  return assembleTexts(source, collected, source.classes, plan, settings);
}

/** Texts, usable or not, that a corpus is known to have: a reader that loses some would otherwise go unseen. */
function checkCounts({ name, textCounts }: ClassificationSource, read: Parts<number>): void {
  for (const part of PARTS) {
    if (read[part] === textCounts[part]) continue;
    throw new DataError('checksum', {
      expected: `${textCounts[part].toLocaleString('en-US')} texts in the ${part} part of ${name}`,
      came: read[part].toLocaleString('en-US'),
      advice: 'the verified files were not read as they are: update sparse-rnn, or report it',
    });
  }
}

async function loadCsv(name: string, settings: TextSettings): Promise<TextCorpus> {
  const { csv } = settings;
  if (csv === undefined) throw csvSettings('settings.csv, with the columns of text and label', 'none');
  const path = name.slice('csv:'.length);
  if (path === '') throw csvSettings('the path of a file after csv:', name);
  const collected = new TextCollector(settings.maxLength);
  for await (const text of csvTexts(path, csv, 'train')) collected.add(text);
  if (csv.testFile !== undefined) for await (const text of csvTexts(csv.testFile, csv, 'test')) collected.add(text);
  const classes = settleClasses(path, collected, csv.classes && Object.keys(csv.classes));
  const about = { name, title: name, description: 'your own CSV file, one text per row', licence: 'your own' };
  return assembleTexts(about, collected, classes, { validation: true, test: csv.testFile === undefined }, settings);
}

function csvSettings(expected: string, came: string): DataError {
  return new DataError('usage', { expected, came, advice: 'correct the settings' });
}
