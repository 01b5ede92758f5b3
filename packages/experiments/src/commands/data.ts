import type { CorpusInfo } from '@sparse-rnn/datasets';
import { Command } from 'commander';
import { ConsoleProgress } from './consoleProgress.ts';
import { bytes, count, shortPath, table } from './format.ts';
import { untilInterrupted } from './interrupt.ts';
import { option } from './options.ts';

interface DataFlags {
  into?: string;
  mirror?: string;
  json?: boolean;
}

export function dataCommand(): Command {
  const data = new Command('data').description('lists, fetches and verifies the corpora').helpCommand(false);
  data
    .command('list')
    .description('lists all corpora: task, size, licence, and whether there is something to fetch')
    .addOption(option.json('one line of JSON per corpus'))
    .addHelpText('after', '\nExample:\n  sparse-rnn data list')
    .action(list);
  located(data.command('fetch'))
    .description('brings the files of corpora to this machine, each verified by its checksum; goes on where it was cut')
    .argument('<corpus...>', "names as 'sparse-rnn data list' shows them")
    .addOption(option.json('one line of JSON per file'))
    .addHelpText(
      'after',
      '\nExamples:\n  sparse-rnn data fetch ptb\n  sparse-rnn data fetch imdb trec sst2\n  sparse-rnn data fetch ptb wikitext-2 --mirror /media/corpora',
    )
    .action(fetchAll);
  located(data.command('verify'))
    .description('verifies the files of corpora by size and checksum')
    .argument('[corpus...]', 'names; all that are there if left out')
    .addOption(option.json('one line of JSON per corpus'))
    .addHelpText('after', '\nExamples:\n  sparse-rnn data verify\n  sparse-rnn data verify ptb --mirror /media/corpora')
    .action(verifyAll);
  return data.addHelpText(
    'after',
    '\nExamples:\n  sparse-rnn data list\n  sparse-rnn data fetch ptb\n  sparse-rnn data verify',
  );
}

function located(command: Command): Command {
  return command
    .option('--into <dir>', 'folder of fetched files (default: data)')
    .option(
      '--mirror <place>',
      'folder or URL that holds the files (default: the environment variable SPARSE_RNN_DATA)',
    );
}

async function list(flags: DataFlags): Promise<void> {
  const { listCorpora } = await import('@sparse-rnn/datasets');
  const corpora = listCorpora();
  if (flags.json) {
    for (const corpus of corpora) console.log(JSON.stringify(corpus));
    return;
  }
  const rows = corpora.map(corpus => [
    corpus.name,
    ...sizes(corpus),
    corpus.embedded ? 'comes with the package' : bytes(corpus.bytes),
    corpus.licence,
  ]);
  console.log(table([['corpus', 'training part', 'vocabulary or classes', 'to fetch', 'licence'], ...rows]));
}

/** How large the training part is, and what is predicted. */
function sizes({ tokenCounts, textCounts, vocabularySize = 0, classes = [] }: CorpusInfo): [string, string] {
  if (tokenCounts) return [`${count(tokenCounts.train)} tokens`, `${count(vocabularySize)} words`];
  return [`${count(textCounts?.train ?? 0)} texts`, `${count(classes.length)} classes`];
}

async function fetchAll(names: string[], flags: DataFlags): Promise<void> {
  const { fetchCorpus } = await import('@sparse-rnn/datasets');
  const progress = new ConsoleProgress(flags.json ? process.stderr : process.stdout);
  await untilInterrupted(async signal => {
    for (const name of names) {
      const files = await fetchCorpus(name, {
        into: flags.into,
        mirror: flags.mirror,
        signal,
        onProgress: ({ path, received, total }) => {
          const share = total === undefined ? '' : ` of ${bytes(total)} (${Math.floor((100 * received) / total)}%)`;
          progress.underWay(`${path}: ${bytes(received)}${share}`);
        },
      });
      progress.end();
      for (const file of files) {
        if (flags.json) console.log(JSON.stringify({ corpus: name, ...file }));
        else
          progress.line(
            `${shortPath(file.location)}  ${bytes(file.bytes)}, ${file.state === 'present' ? 'there already, ' : ''}verified`,
          );
      }
      if (files.length === 0) progress.line(`${name} comes with the package: nothing to fetch.`);
    }
  }, 'Stopping. What has come so far is kept; the same command goes on there.').finally(() => progress.end());
}

async function verifyAll(names: string[], flags: DataFlags): Promise<void> {
  const { listCorpora, verifyCorpus } = await import('@sparse-rnn/datasets');
  const asked = names.length > 0;
  for (const name of asked ? names : listCorpora().map(corpus => corpus.name)) {
    const result = await verifyCorpus(name, { dataDir: flags.into, mirror: flags.mirror });
    const absent = !asked && !result.ok && result.files.every(file => file.status === 'missing');
    if (flags.json) console.log(JSON.stringify({ ...result, ...(absent ? { absent } : {}) }));
    else if (absent) console.log(`${name}: not fetched`);
    else if (result.files.length === 0) console.log(`${name}: comes with the package`);
    for (const file of flags.json || absent ? [] : result.files) {
      console.log(`${name}: ${file.problem ?? `${shortPath(file.location ?? file.path)} verified`}`);
    }
    if (!result.ok && !absent) process.exitCode = 1;
  }
}
