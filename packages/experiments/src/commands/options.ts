import { join } from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import { UsageError } from '../specs/usageError.ts';

/** Options that several commands share: one wording, one default, one check each. */
export const option = {
  runs: () => new Option('--runs <dir>', 'folder of all run folders').default('runs'),
  json: (what: string) => new Option('--json', what),
  engine: () => new Option('--engine <name>', 'auto, simd, cpu or tensorflow').default('auto'),
  threads: () =>
    new Option('--threads <n>', 'threads that compute; the result does not depend on it').argParser(threads),
  page: (flag: '--out' | '--report', what: string, note = '') =>
    new Option(`${flag} <page>`, `${what}: a file .html, or a folder for index.html${note}`).argParser(firstPage),
  fresh: (what: string) => new Option('--fresh', what),
  set: () =>
    new Option('--set <key=value>', 'changes one setting of the preset; may be given several times')
      .argParser((text: string, before: string[]) => [...before, text])
      .default([] as string[], 'none'),
};

/** The first page of a report: the file itself, or index.html in a folder. The report's own command reads it the same way. */
function firstPage(path: string): string {
  return path.endsWith('.html') ? path : join(path, 'index.html');
}

/** @throws InvalidArgumentError, which commander prints together with the option's name. */
export function wholeNumber(what: string, min: number, max: number): (text: string) => number {
  return text => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`Expected ${what} from ${min} to ${max}, got '${text}'.`);
  };
}

const threads = wholeNumber('a number of threads', 1, 64);

/** A list such as `1,2,3`. */
export function wholeNumbers(what: string, min: number, max: number): (text: string) => number[] {
  const one = wholeNumber(what, min, max);
  return text => [...new Set(text.split(',').map(part => one(part.trim())))];
}

/** Seconds as a positive number. */
export function seconds(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError(`Expected a number of seconds above 0, got '${text}'.`);
}

/** Whether an error is the user's to mend: bad usage or bad input. */
export function isInputError(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  if (error instanceof UsageError || error.name === 'InputError') return true;
  // A network or a disk that fails is no bad input: the same command may work later.
  const { code } = error as Error & { code?: string };
  return error.name === 'DataError' && code !== 'network' && code !== 'storage';
}
