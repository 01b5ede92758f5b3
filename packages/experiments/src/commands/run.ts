import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import type { RunOptions } from '../run/runner.ts';
import type { RunResult } from '../run/types.ts';
import { PRESETS } from '../specs/presets.ts';
import { BusyError } from '../specs/usageError.ts';
import { ConsoleProgress } from './consoleProgress.ts';
import { duration, percent, perplexity, shortPath } from './format.ts';
import { INTERRUPTED, untilInterrupted } from './interrupt.ts';
import { option, seconds, wholeNumber, wholeNumbers } from './options.ts';
import { trainInProcesses } from './processes/children.ts';
import { tellingParent, tellParent } from './processes/parent.ts';

/** Flags that decide how a run is carried out, and nothing about its result. */
export interface TrainingFlags {
  engine: string;
  threads?: number;
  fresh?: boolean;
  maxSteps?: number;
  jobs?: number;
  checkpointSeconds?: number;
  json?: boolean;
}

interface RunFlags extends TrainingFlags {
  runs: string;
  set: string[];
  method?: string;
  density?: string;
  seed?: string;
  seeds?: number[];
}

/** Written out, since help comes without loading TensorFlow.js; a test compares with the registries. */
const METHODS = 'dense, dense-small, static, set, deepr, dsr, snfs, rigl, selfish, hyper, gmp, snip';
const CELLS = 'lstm, gru, rhn';

const STOPPING = 'Stopping after this step and saving a checkpoint. Press Ctrl-C again to stop at once.';

export function runCommand(): Command {
  const presets = Object.entries(PRESETS).map(([name, { description }]) => `  ${name.padEnd(15)} ${description}`);
  return (
    withTrainingOptions(new Command('run'))
      .description('trains one preset, or goes on with it where it was left')
      .argument('<preset>', `one of ${Object.keys(PRESETS).join(', ')}`)
      .addOption(option.set())
      .option('--method <name>', `the same as --set method=<name>: ${METHODS}`)
      .option('--density <d>', 'the same as --set density=<d>, in (0, 1]')
      .option('--seed <n>', 'the same as --set seed=<n>')
      .option(
        '--seeds <list>',
        'trains several seeds one after the other, whether or not one fails: 1,2,3',
        wholeNumbers('seeds', 0, 2 ** 32 - 1),
      )
      .addOption(option.runs())
      // A sweep says so to its runs, for their logs.
      .addOption(new Option('--jobs <n>').argParser(wholeNumber('a number of runs', 1, 64)).hideHelp())
      .addHelpText(
        'after',
        `
Presets:
${presets.join('\n')}

Settings for --set, among others (an unknown one gets the whole list):
  cell            ${CELLS}
  optimizer       sgd, momentum, adam, nt-asgd, snt-asgd
  drop, redistribute, grow: a rule in the place of the method's own
  gates           free: those of a matrix compete for what was dropped; keep: each keeps its count (elsewhere "none")

Examples:
  sparse-rnn run demo --method static --seed 2
  sparse-rnn run ptb-lstm-256 --set density=0.1 --set epochs=10
  sparse-rnn run zaremba-small --method set --density 0.33 --seeds 1,2,3
  sparse-rnn run ptb-lstm-256 --method rigl --set cell=gru
  sparse-rnn run ptb-lstm --max-steps 20 --json
  sparse-rnn run text-lstm --method dense
  sparse-rnn run csv --set data=csv:yelp.csv --set csvLabel=stars --set "csvClasses=bad=1,2;good=4,5" --set csvLeaveOut=3`,
      )
      .action(runPreset)
  );
}

/** Adds the options that `run` and `resume` share. */
export function withTrainingOptions(command: Command): Command {
  return command
    .addOption(option.engine())
    .addOption(option.threads())
    .addOption(option.fresh('throws away what an earlier run of the same spec left, and starts again'))
    .option(
      '--max-steps <n>',
      'stops with a checkpoint once the run has taken n steps',
      wholeNumber('a number of steps', 1, 1e12),
    )
    .option('--checkpoint-seconds <s>', 'seconds between checkpoints within an epoch (default: 60)', seconds)
    .addOption(option.json('ends with one line of JSON per run on stdout; everything else goes to stderr'));
}

async function runPreset(preset: string, flags: RunFlags): Promise<void> {
  const [{ createSpec, parseSettings, runName }, { knownNames }, { run }, { requireCorpora }] = await Promise.all([
    import('../specs/spec.ts'),
    import('../specs/knownNames.ts'),
    import('../run/runner.ts'),
    import('../sweep/corpora.ts'),
  ]);
  const known = knownNames();
  const shorthand = (['method', 'density', 'seed'] as const).flatMap(key => {
    return flags[key] === undefined ? [] : [`${key}=${flags[key]}`];
  });
  const seeds = flags.seeds?.map(seed => `seed=${seed}`) ?? [];
  const settings = [...flags.set, ...shorthand];
  // All are checked before the first is trained.
  const specs = (seeds.length === 0 ? [settings] : seeds.map(seed => [...settings, seed])).map(texts =>
    createSpec(preset, parseSettings(texts), known),
  );
  if (specs.length === 1) return trainOne(options => run(flags.runs, specs[0], options), flags);
  await requireCorpora(specs.filter(spec => flags.fresh || !existsSync(join(flags.runs, runName(spec), 'DONE'))));
  await trainInProcesses(seeds.map(label => ({ label, args: runArguments(preset, [...settings, label], flags) })));
}

/** Arguments of a `sparse-rnn run` with these settings and otherwise these flags. */
export function runArguments(preset: string, settings: string[], flags: TrainingFlags & { runs: string }): string[] {
  const { runs, engine, threads, maxSteps, checkpointSeconds } = flags;
  const valued = { runs, engine, threads, 'max-steps': maxSteps, 'checkpoint-seconds': checkpointSeconds };
  return [
    'run',
    preset,
    ...settings.flatMap(text => ['--set', text]),
    ...Object.entries(valued).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, String(value)])),
    ...(flags.fresh ? ['--fresh'] : []),
    ...(flags.json ? ['--json'] : []),
  ];
}

/** Trains one run, tells its result, and sets the exit code. */
export async function trainOne(
  train: (options: RunOptions) => Promise<RunResult>,
  { json, engine, threads, jobs, fresh, maxSteps, checkpointSeconds }: TrainingFlags,
): Promise<void> {
  const progress = new ConsoleProgress(json ? process.stderr : process.stdout);
  const result = await untilInterrupted(
    signal =>
      train({
        ...{ engine, threads, jobs, fresh, maxSteps, checkpointSeconds, signal },
        progress: tellingParent(progress),
      }),
    STOPPING,
  ).catch(error => {
    if (error instanceof BusyError) tellParent({ busy: error.message });
    throw error;
  });
  if (json) process.stdout.write(`${JSON.stringify(result)}\n`);
  for (const line of tell(result)) progress.line(line);
  tellParent({ result });
  if (result.status === 'failed') process.exitCode = 1;
  if (result.status === 'interrupted') process.exitCode = INTERRUPTED;
}

/** What a person should know about a result. */
function tell(result: RunResult): string[] {
  const where = shortPath(result.runDir);
  const again = `npx sparse-rnn resume ${/\s/.test(where) ? JSON.stringify(where) : where}`;
  switch (result.status) {
    case 'finished': {
      const score = scoreOf(result);
      if (result.reused) return [`${where} is finished already: ${score}. Train again with --fresh.`];
      return [`finished in ${duration(result.wallSeconds)}  ${score}`];
    }
    case 'failed':
      return [`failed at step ${result.steps}: ${result.reason}`, `Once mended, go on with:  ${again}`];
    case 'interrupted':
      return [`Interrupted at step ${result.steps}; a checkpoint is saved. Go on with:  ${again}`];
    case 'stopped':
      return [`Stopped at step ${result.steps} as asked; a checkpoint is saved. Go on with:  ${again}`];
  }
}

function scoreOf(result: RunResult): string {
  const { bestEpoch, bestValidationPerplexity, testPerplexity, bestValidationAccuracy, testAccuracy, testMacroF1 } =
    result;
  if (testAccuracy === undefined) {
    return `perplexity: validation ${perplexity(bestValidationPerplexity)} (epoch ${bestEpoch}), test ${perplexity(testPerplexity)}`;
  }
  const best = `validation ${percent(bestValidationAccuracy)} (epoch ${bestEpoch})`;
  return `accuracy: ${best}, test ${percent(testAccuracy)}; macro-F1: test ${percent(testMacroF1)}`;
}
