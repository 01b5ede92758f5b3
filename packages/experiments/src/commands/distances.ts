import { dirname, resolve } from 'node:path';
import { Command } from 'commander';
import type { DistancePair, Distances, ModelDistances } from '../runlog/distances.ts';
import { searchFolders } from '../runlog/folders.ts';
import type { Compared } from '../sweep/distances.ts';
import { ConsoleProgress } from './consoleProgress.ts';
import { shortPath, table } from './format.ts';
import { INTERRUPTED, untilInterrupted } from './interrupt.ts';
import { option } from './options.ts';

const STOPPING = 'Stopping after this pair. Press Ctrl-C again to stop at once.';

export function distancesCommand(): Command {
  return new Command('distances')
    .description('measures how far the topologies of finished runs are apart that differ in their seed alone')
    .addOption(option.runs())
    .addOption(option.json('one line of JSON per pair of runs on stdout; everything else goes to stderr'))
    .addHelpText(
      'after',
      `
Compares the runs that lie in the folder itself, and writes distances.json into it, which the report shows. Compared are the
models that were tested (best.safetensors), and the topologies at the start. A distance is 0 for equal topologies and 1 where
nothing is shared: raw by the units' numbers, matched after the units of the two models were brought together
(docs/method.md). Pairs whose topologies have not changed are taken over, as are those of runs whose model files are gone.

Examples:
  sparse-rnn distances
  sparse-rnn distances --runs runs/densities`,
    )
    .action(distances);
}

async function distances({ runs, json }: { runs: string; json?: boolean }): Promise<void> {
  const progress = new ConsoleProgress(json ? process.stderr : process.stdout);
  const { distances, computed, reused, kept, stopped } = await compareTopologies(runs, progress);
  if (json) for (const pair of distances.pairs) console.log(JSON.stringify(pair));
  tellPairs(distances, progress);
  if (distances.pairs.length === 0) {
    progress.line(`No pairs in ${shortPath(runs)}${whyNone(runs)}`);
  } else progress.line(`${computed} pairs compared, ${reused} taken over, ${kept} kept as they were.`);
  if (stopped) process.exitCode = INTERRUPTED;
}

/**
 * Compares the topologies of a folder's runs until Ctrl-C, and tells which models cannot be compared.
 *
 * @param only Names of the runs to compare. Default: all of the folder.
 * @throws as `compareSeeds`.
 */
export async function compareTopologies(
  runs: string,
  progress: ConsoleProgress,
  only?: readonly string[],
): Promise<Compared> {
  const { compareSeeds } = await import('../sweep/distances.ts');
  const tick = (done: number, of: number) => progress.underWay(`comparing: ${done} of ${of} pairs`);
  const compared = await untilInterrupted(signal => compareSeeds(runs, { only, signal, tick }), STOPPING);
  progress.end();
  const { unusable, withoutModel } = compared;
  for (const { run, reason } of unusable) progress.line(`${run} is left out: ${reason}`);
  if (withoutModel.length > 0) {
    progress.line(
      `${withoutModel.length} runs have no model file (best.safetensors) to compare: ${withoutModel.join(', ')}`,
    );
  }
  return compared;
}

/** The most folders that are named where a folder of studies was given. */
const MOST_NAMED = 5;

/** Why a folder has no pairs: its runs lie in other folders below it, or are not such that they can be compared. */
function whyNone(runs: string): string {
  const below = searchFolders([runs]).filter(({ names }) => names.has('log.jsonl'));
  const folders = [...new Set(below.map(({ directory }) => dirname(directory)))];
  if (folders.length === 0 || folders.some(folder => resolve(folder) === resolve(runs))) {
    return ': there must be two finished runs of a sparse method that differ in their seed alone.';
  }
  const named = folders.slice(0, MOST_NAMED).map(shortPath);
  return (
    `. Runs are compared that lie in one folder: name it with --runs, as in --runs ${named[0]}. ` +
    `Folders of runs: ${named.join(', ')}${folders.length > MOST_NAMED ? ', ...' : ''}`
  );
}

function tellPairs({ pairs }: Distances, progress: ConsoleProgress): void {
  if (pairs.length === 0) return;
  const head = ['runs', 'seeds', 'start raw', 'matched', 'end raw', 'matched', 'random raw', 'matched'];
  progress.line(table([head, ...pairs.map(row)]));
}

function row({ a, b, start, end }: DistancePair): string[] {
  const shown = (distance: ModelDistances | null, ...keys: ('raw' | 'matched' | 'expected' | 'randomMatched')[]) =>
    keys.map(key => (distance === null ? '-' : distance[key].toFixed(4)));
  return [
    `${a.run}, ${b.run}`,
    `${a.seed}, ${b.seed}`,
    ...shown(start, 'raw', 'matched'),
    ...shown(end, 'raw', 'matched', 'expected', 'randomMatched'),
  ];
}
