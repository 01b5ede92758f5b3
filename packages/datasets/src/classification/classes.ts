import { DataError, shorten } from '../errors.ts';
import type { TextCollector, UsableText } from './collect.ts';

/** More labels than this are no classes: a column of numbers or dates was named. */
const MAX_CLASSES = 1000;

/**
 * The classes of your own file, and the texts that belong to one. Texts of the test part with a label that no training
 * text has, and the only text of a class that nobody named, move to the unusable ones.
 *
 * @param named the classes that the settings name; undefined if every label is a class
 * @throws DataError (`table`) without a usable training text, if a named class has fewer than two of them, or if there
 * are fewer than two classes or more than 1,000
 */
export function settleClasses(
  file: string,
  collected: TextCollector,
  named: readonly string[] | undefined,
): readonly string[] {
  const { parts } = collected;
  const counts = new Map<string, number>();
  for (const { label } of parts.train) counts.set(label, (counts.get(label) ?? 0) + 1);
  if (counts.size === 0) throw nothingUsable(file, collected);
  for (const name of named ?? []) {
    const count = counts.get(name) ?? 0;
    if (count >= 2) continue;
    throw classError(
      `at least 2 usable training texts of class '${shorten(name)}' in ${file}, to split them`,
      String(count),
      'correct csv.classes, or add texts',
    );
  }
  const found = [...counts.keys()].filter(label => counts.get(label)! >= 2).sort(byNumberThenText);
  const classes = named ?? found;
  if (classes.length < 2 || classes.length > MAX_CLASSES) {
    const some = [...counts].slice(0, 5).map(([label, count]) => `'${shorten(label)}' (${count})`);
    throw classError(
      `2 to ${MAX_CLASSES} labels with at least 2 usable texts each in ${file}`,
      `${classes.length}; labels: ${some.join(', ')}${counts.size > 5 ? ', ...' : ''}`,
      'name the column of the label as csv.label, or group labels with csv.classes',
    );
  }
  const known = new Set(classes);
  const keep = (texts: UsableText[], reason: (label: string) => string): UsableText[] =>
    texts.filter(text => {
      if (known.has(text.label)) return true;
      collected.refuse(text, reason(shorten(text.label)));
      return false;
    });
  parts.train = keep(parts.train, label => `the only text with label '${label}': it cannot be split`);
  parts.test = keep(parts.test, label => `label '${label}' is none of the training classes`);
  return classes;
}

function nothingUsable(file: string, { unusable, unusableCount, leftOut }: TextCollector): DataError {
  const first = unusable.slice(0, 3).map(({ line, reason }) => `line ${line}: ${reason}`);
  const rows = first.length > 0 ? `: ${first.join('; ')}` : '';
  return classError(
    `a usable row in ${file}`,
    `${unusableCount} unusable ${unusableCount === 1 ? 'row' : 'rows'} and ${leftOut} left out${rows}`,
    'correct csv.text, csv.label or csv.classes',
  );
}

function classError(expected: string, came: string, advice: string): DataError {
  return new DataError('table', { expected, came, advice });
}

function byNumberThenText(a: string, b: string): number {
  const [x, y] = [Number(a), Number(b)];
  if (!Number.isNaN(x) && !Number.isNaN(y) && x !== y) return x - y;
  if (Number.isNaN(x) !== Number.isNaN(y)) return Number.isNaN(x) ? 1 : -1;
  return a < b ? -1 : 1;
}
