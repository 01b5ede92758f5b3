import { Argument, Command } from 'commander';
import { ConsoleProgress } from './consoleProgress.ts';
import { table } from './format.ts';
import { untilInterrupted } from './interrupt.ts';
import { option } from './options.ts';

/** One engine as `engine list --json` prints it. */
export interface EngineRow {
  engine: string;
  /** Whether it starts here. */
  starts: boolean;
  threads?: number;
  what: string;
  /** Why it does not start, and what to do. */
  problem?: string;
}

const WHAT: Record<string, string> = {
  simd: 'sparse kernels in WebAssembly; the default, nothing to install',
  cpu: 'float64 loops: slow, what the others are compared with',
  tensorflow: "masked-dense on TensorFlow's native library",
};

export function engineCommand(): Command {
  const engine = new Command('engine').description('lists what computes, and installs the optional').helpCommand(false);
  engine
    .command('list')
    .description('lists all engines: whether each starts here, with how many threads, and how to get it if not')
    .addOption(option.json('one line of JSON per engine'))
    .addHelpText('after', '\nExample:\n  sparse-rnn engine list')
    .action(list);
  engine
    .command('install')
    .description("makes an engine's native part, once for all checkouts; goes on where it was cut")
    .addArgument(new Argument('<engine>', 'the engine to install').choices(['tensorflow']))
    .option('--fresh', 'makes it again, whatever is there')
    .addOption(option.json('the result as one line of JSON on stdout; everything else goes to stderr'))
    .addHelpText(
      'after',
      `
The install script of @tensorflow/tfjs-node is tried first. It does not tell how much it has downloaded, begins anew where it
was cut, compares it with no checksum, and is ended after 10 minutes. Where it cannot download, TensorFlow's library is taken
from its PyPI wheel (274 MB), whose checksum is ours and which goes on where it was cut, and the binding compiled against it:
that needs Python 3 with pip, g++, and 1.2 GB of disk, of which 0.9 GB stay in $XDG_CACHE_HOME or ~/.cache. PYTHON and CXX name
other programs.

Examples:
  sparse-rnn engine install tensorflow
  CXX=clang++ sparse-rnn engine install tensorflow --fresh`,
    )
    .action(install);
  return engine.addHelpText('after', '\nExamples:\n  sparse-rnn engine list\n  sparse-rnn engine install tensorflow');
}

async function list(flags: { json?: boolean }): Promise<void> {
  const { createEngine, ENGINE_NAMES } = await import('@sparse-rnn/core');
  const rows: EngineRow[] = [];
  for (const name of ENGINE_NAMES) {
    const row = { engine: name, what: WHAT[name] ?? '' };
    try {
      const engine = await createEngine({ engine: name });
      rows.push({ ...row, starts: true, threads: engine.threads });
      await engine.dispose();
    } catch (error) {
      rows.push({ ...row, starts: false, problem: error instanceof Error ? error.message : String(error) });
    }
  }
  if (flags.json) {
    for (const row of rows) console.log(JSON.stringify(row));
    return;
  }
  const cells = rows.map(({ engine, starts, threads, what }) => {
    return [`${engine.padEnd(10)}  ${what}`, starts ? 'yes' : 'no', threads === undefined ? '-' : String(threads)];
  });
  console.log(table([['engine', 'starts here', 'threads'], ...cells]));
  for (const { engine, problem } of rows) if (problem !== undefined) console.log(`\n${engine}: ${problem}`);
}

async function install(_engine: string, flags: { fresh?: boolean; json?: boolean }): Promise<void> {
  const { installTensorflow } = await import('@sparse-rnn/core');
  const progress = new ConsoleProgress(flags.json ? process.stderr : process.stdout);
  const installed = await untilInterrupted(
    signal =>
      installTensorflow({
        fresh: flags.fresh,
        signal,
        onProgress: text => progress.underWay(text),
        onNote: text => progress.line(text),
      }),
    'Stopping. Finished steps are kept; the same command goes on there.',
  ).finally(() => progress.end());
  const { state, tensorflow, folder } = installed;
  if (flags.json) console.log(JSON.stringify(installed));
  const how = { present: 'is there already', linked: 'was made before and is linked now', made: 'is made' }[state];
  progress.line(`TensorFlow ${tensorflow} ${how}: ${folder}`);
  progress.line('Use it with:  npx sparse-rnn run demo --engine tensorflow');
}
