import { Command, CommanderError } from 'commander';
import { benchCommand } from './commands/bench.ts';
import { dataCommand } from './commands/data.ts';
import { demoCommand } from './commands/demo.ts';
import { distancesCommand } from './commands/distances.ts';
import { engineCommand } from './commands/engine.ts';
import { evaluateCommand } from './commands/evaluate.ts';
import { isInputError } from './commands/options.ts';
import { reportCommand } from './commands/report.ts';
import { reproduceCommand } from './commands/reproduce.ts';
import { resumeCommand } from './commands/resume.ts';
import { runCommand } from './commands/run.ts';
import { statusCommand } from './commands/status.ts';
import { sweepCommand } from './commands/sweep.ts';
import { ownVersion } from './run/environment.ts';

const DESCRIPTION =
  'Trains recurrent networks that are sparse from their first step to their last, beside their dense twins.';

const HELP = `
Exit codes: 0 done, 1 the run failed, 2 bad usage or input, 130 interrupted with a checkpoint saved.

Examples:
  sparse-rnn demo
  sparse-rnn run ptb-lstm-256 --method set --density 0.1
  sparse-rnn reproduce table-1 --scale quick
  sparse-rnn status
  sparse-rnn report`;

/**
 * The command line `sparse-rnn`. Sets `process.exitCode` and returns it.
 *
 * @param argv As `process.argv`: the program's two names first.
 */
export async function main(argv: readonly string[]): Promise<number> {
  // A reader that goes away, such as `| head`, is no fault.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  // Whoever read the messages may be gone, as the sweep that started this run: its work still ends with a checkpoint.
  process.stderr.on('error', () => {});
  const program = new Command('sparse-rnn')
    .description(DESCRIPTION)
    .version(ownVersion(), '--version', 'tells the version of the package')
    .addHelpText('after', HELP);
  const commands = [
    demoCommand,
    dataCommand,
    engineCommand,
    runCommand,
    resumeCommand,
    statusCommand,
    reproduceCommand,
    sweepCommand,
    evaluateCommand,
    distancesCommand,
    benchCommand,
    reportCommand,
  ];
  for (const make of commands) program.addCommand(make());
  for (const command of [program, ...descendants(program)]) {
    command.exitOverride().showSuggestionAfterError().showHelpAfterError('(--help shows what is possible)');
  }
  process.exitCode = 0;
  try {
    await program.parseAsync(argv as string[]);
  } catch (error) {
    process.exitCode = exitCodeOf(error);
  }
  return process.exitCode as number;
}

function exitCodeOf(error: unknown): number {
  // Commander has written its own message; it also throws after --help.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (isInputError(error)) {
    console.error(error.message);
    return 2;
  }
  const known =
    error instanceof Error && ['DataError', 'AbortError', 'InstallError', 'StorageError'].includes(error.name);
  console.error(known ? (error as Error).message : error);
  return (error as Error)?.name === 'AbortError' ? 130 : 1;
}

function descendants(command: Command): Command[] {
  return command.commands.flatMap(child => [child, ...descendants(child)]);
}
