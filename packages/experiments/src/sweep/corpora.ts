import { resolve } from 'node:path';
import { listCorpora, missingFiles } from '@sparse-rnn/datasets';
import type { RunSpec } from '../specs/schema.ts';
import { UsageError } from '../specs/usageError.ts';

/**
 * Looks for the files of all corpora that runs need, by name; texts of one's own are left to whoever reads them.
 *
 * @throws UsageError that names every corpus that has yet to be fetched, in the order of the runs.
 */
export async function requireCorpora(specs: readonly Readonly<RunSpec>[]): Promise<void> {
  const known = new Set(listCorpora().map(({ name }) => name));
  const missing: string[] = [];
  for (const name of new Set(specs.map(({ data }) => data))) {
    if (known.has(name) && (await missingFiles(name)).length > 0) missing.push(name);
  }
  if (missing.length === 0) return;
  const [corpora, them] = missing.length === 1 ? ['the corpus', 'it'] : ['the corpora', 'them'];
  throw new UsageError(
    `Expected ${corpora} ${missing.join(', ')} below ${resolve('data')}, got no such files; nothing was trained. ` +
      `Fetch ${them} first: npx sparse-rnn data fetch ${missing.join(' ')}   ` +
      `(or set SPARSE_RNN_DATA to a mirror folder that holds ${them})`,
  );
}
