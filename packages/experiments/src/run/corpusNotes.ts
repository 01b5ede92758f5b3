import { basename } from 'node:path';
import { MAX_LISTED, type TextCorpus } from '@sparse-rnn/datasets';
import { count } from '../commands/format.ts';
import type { StartLine } from '../runlog/schema.ts';
import { withoutFolders } from '../specs/places.ts';

const PARTS = ['train', 'validation', 'test'] as const;
/** Unusable texts that are shown on the console, and that the log keeps; the file beside it has all. */
const SHOWN = 10;
const LOGGED = 100;
/** The list of unusable texts in a run folder. */
const UNUSABLE_FILE = 'unusable-texts.csv';

/** What the log keeps of a corpus of texts. */
export function describeTexts(corpus: TextCorpus): StartLine['dataset'] {
  const { name, sha256, classes, notes } = corpus;
  const tokens = (part: (typeof PARTS)[number]) => corpus[part].texts.reduce((sum, text) => sum + text.length, 0);
  return {
    name: withoutFolders(name),
    sha256,
    vocabulary: corpus.vocabulary.length,
    tokens: { train: tokens('train'), validation: tokens('validation'), test: tokens('test') },
    classes: [...classes],
    texts: notes.balance,
    notes: {
      unusable: notes.unusableCount,
      // Where a file lies is the machine's, not the run's.
      unusableTexts: notes.unusable
        .slice(0, LOGGED)
        .map(({ file, line, reason }) => ({ file: basename(file), line, reason })),
      leftOut: notes.leftOut,
      duplicates: notes.duplicates,
      truncated: notes.truncated,
      unknownShare: notes.unknownShare,
      split: notes.split,
    },
  };
}

/**
 * The file of the texts that could not be used, as the run folder gets it: a CSV file (RFC 4180) of file, line (0 for a
 * text that is a file of its own) and reason. None (null) where all texts could be used.
 */
export function listUnusable({ notes }: TextCorpus): Record<string, string | null> {
  if (notes.unusable.length === 0) return { [UNUSABLE_FILE]: null };
  const rows = notes.unusable.map(({ file, line, reason }) => [basename(file), String(line), reason]);
  const quoted = (field: string) => (/[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field);
  const lines = [['file', 'line', 'reason'], ...rows].map(fields => `${fields.map(quoted).join(',')}\r\n`);
  return { [UNUSABLE_FILE]: lines.join('') };
}

/** What the log keeps, in lines for a person: balance of the classes, what was cut, what could not be used, what comes twice. */
export function tellTexts({ classes, texts, notes, tokens, vocabulary }: StartLine['dataset']): string[] {
  if (classes === undefined || texts === undefined || notes === undefined) return [];
  const sum = (counts: readonly number[]) => counts.reduce((total, some) => total + some, 0);
  const lines = PARTS.map(part => {
    const balance = classes.map((name, k) => `${name} ${count(texts[part][k])}`).join(', ');
    const cut = notes.truncated[part] === 0 ? '' : `, ${count(notes.truncated[part])} cut to the length cap`;
    const unknown = `${(100 * notes.unknownShare[part]).toFixed(1)}% <unk>`;
    return `${part}: ${count(sum(texts[part]))} texts (${balance}), ${count(tokens[part])} tokens, ${unknown}${cut}`;
  });
  lines.push(`vocabulary ${count(vocabulary)}, from the training part; ${notes.split}`);
  const { trainTest, trainValidation, validationTest, withinTrain } = notes.duplicates;
  if (trainTest + trainValidation + validationTest + withinTrain > 0) {
    lines.push(
      `texts that come twice: ${trainTest} test texts are in the training part, ${trainValidation} validation texts in the ` +
        `training part, ${validationTest} test texts in the validation part, ${withinTrain} within the training part`,
    );
  }
  if (notes.leftOut > 0) lines.push(`${count(notes.leftOut)} texts were left out as asked`);
  if (notes.unusable > 0) {
    const listed = notes.unusableTexts.slice(0, SHOWN).map(({ file, line, reason }) => `  ${file}:${line}: ${reason}`);
    const more = notes.unusable - listed.length;
    lines.push(`${count(notes.unusable)} texts could not be used:`, ...listed);
    const which = notes.unusable > MAX_LISTED ? `the first ${count(MAX_LISTED)} are ` : 'all are ';
    lines.push(`  ${more > 0 ? `and ${count(more)} more: ${which}` : ''}listed in ${UNUSABLE_FILE} in the run folder`);
  }
  return lines;
}
