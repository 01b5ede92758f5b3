/**
 * Input that cannot be used: a setting out of range, a name that is not registered, a file that is damaged. The command
 * line prints the message alone and exits with code 2; every other error is a fault of the program.
 */
export class InputError extends Error {
  override readonly name = 'InputError';
}

/**
 * The error for bad input, in the one wording of this library: `expected <what>, got <came>; <todo>`.
 *
 * @param what What is accepted, with its range or unit: `a density in (0, 1]`.
 * @param came What came instead. Strings are quoted, so that an empty or padded one can be seen.
 * @param todo What the user can do about it: `set density to 0.1, for example`. Optional where `what` says it all.
 * @returns The error, to be thrown by the caller.
 * @example
 * if (!(density > 0 && density <= 1)) throw expected('a density in (0, 1]', density, 'use 1 for a dense matrix');
 */
export function expected(what: string, came: unknown, todo?: string): InputError {
  return new InputError(`expected ${what}, got ${show(came)}${todo === undefined ? '' : `; ${todo}`}`);
}

const LONGEST = 80;

function show(value: unknown): string {
  if (typeof value === 'string') return shorten(JSON.stringify(value));
  if (typeof value !== 'object' || value === null) return shorten(String(value));
  if (ArrayBuffer.isView(value)) return `${value.constructor.name} of ${value.byteLength} bytes`;
  return shorten(JSON.stringify(value) ?? String(value));
}

function shorten(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}... (${text.length} characters)`;
}
