/**
 * What went wrong, for programs that react to it.
 *
 * - `usage`: an unknown corpus, an option out of range
 * - `missing`, `empty`, `cut`, `checksum`: the state of a file; `checksum` also for a corpus of another number of texts
 * - `encoding`: text that is not UTF-8, or no text at all
 * - `table`: a CSV file whose rows cannot be told apart, or that lacks what is asked for
 * - `archive`: a zip or tar file that is damaged or hostile
 * - `network`: the server cannot be reached, refuses, or breaks off
 * - `storage`: a file cannot be read or written
 */
export type DataErrorCode =
  | 'usage'
  | 'missing'
  | 'empty'
  | 'cut'
  | 'checksum'
  | 'encoding'
  | 'table'
  | 'archive'
  | 'network'
  | 'storage';

/**
 * The one error that this package throws for bad input. Its message says what was expected, what came, and what to do.
 *
 * @example
 * try { await loadLanguageCorpus('ptb'); } catch (error) {
 *   if (error instanceof DataError && error.code === 'missing') console.error(error.advice);
 * }
 */
export class DataError extends Error {
  override readonly name = 'DataError';
  /** What to do about it, alone: the last part of the message. */
  readonly advice: string;

  /**
   * @param code What went wrong.
   * @param parts Of the message: what was expected, what came, and what to do.
   */
  constructor(
    readonly code: DataErrorCode,
    parts: { expected: string; came: string; advice: string },
    options?: ErrorOptions,
  ) {
    super(`expected ${parts.expected}; got ${parts.came}; ${parts.advice}`, options);
    this.advice = parts.advice;
  }
}

/** A misspelt key would otherwise be a default, silently. */
export function refuseUnknown(what: string, settings: object, known: readonly string[]): void {
  const unknown = Object.keys(settings).filter(key => !known.includes(key));
  if (unknown.length === 0) return;
  throw new DataError('usage', {
    expected: `${what} among ${known.join(', ')}`,
    came: unknown.join(', '),
    advice: 'correct the name or leave it out',
  });
}

/** At most 40 characters of what came, for a message. */
export function shorten(text: string): string {
  const characters = [...text.slice(0, 100)];
  return characters.length > 40 ? `${characters.slice(0, 40).join('')}...` : text;
}

/** Bytes as a reader counts them: `1,234 bytes`. */
export function formatBytes(bytes: number): string {
  return `${bytes.toLocaleString('en-US')} ${bytes === 1 ? 'byte' : 'bytes'}`;
}

/** The message of whatever was thrown, with its cause where `fetch` hides the reason there. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error && error.cause.message ? ` (${error.cause.message})` : '';
  return error.message + cause;
}
