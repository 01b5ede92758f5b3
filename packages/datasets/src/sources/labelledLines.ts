import { shorten } from '../errors.ts';
import type { Parts, SourceText } from './types.ts';

/**
 * The texts of a file of one text per line, its label before the first space: `LABEL token token ...`, tokens separated
 * by white space and kept as distributed. A line without a label that `labelOf` knows is reported as unusable.
 *
 * @param labelOf the class of what stands before the first space; undefined if it is no label
 */
export function* labelledLines(
  text: string,
  part: keyof Parts<unknown>,
  file: string,
  labelOf: (mark: string) => string | undefined,
): Generator<SourceText> {
  const lines = text.split('\n');
  // A newline ends the last line, it starts no further one.
  if (lines.at(-1) === '') lines.pop();
  for (const [index, content] of lines.entries()) {
    const origin = { part, file, line: index + 1 };
    const [mark, ...tokens] = content.match(/[^ \t\r]+/g) ?? [''];
    const label = labelOf(mark);
    if (label !== undefined) yield { kind: 'text', ...origin, label, tokens };
    else yield { kind: 'unusable', ...origin, reason: mark === '' ? 'a blank line' : `no label: '${shorten(mark)}'` };
  }
}
