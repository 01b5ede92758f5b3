import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const PACKAGE = dirname(createRequire(import.meta.url).resolve('@sparse-rnn/experiments/package.json'));

/** Path of a file of this package by its path from the package's folder, also where the sources are run as they are. */
export function packageFile(...path: string[]): string {
  return join(PACKAGE, ...path);
}
