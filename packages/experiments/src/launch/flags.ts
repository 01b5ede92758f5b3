import { type Command, Option } from 'commander';
import { wholeNumber } from '../commands/options.ts';
import { UsageError } from '../specs/usageError.ts';

/** Flags of a launch on a cluster: what is asked of Slurm, and where. */
export interface LaunchFlags {
  launch?: 'slurm';
  partition?: string;
  time?: string;
  cpus?: number;
  mem?: string;
  signalSeconds?: number;
  sbatchArg?: string[];
  portable?: string;
  report?: string;
}

/** Flags of the command that launches, which mean the same on a cluster as here. */
export interface StudyFlags extends LaunchFlags {
  engine: string;
  threads?: number;
  /** Runs at a time. */
  jobs?: number;
  dryRun?: boolean;
  retry?: boolean;
  /** Seconds between checkpoints within an epoch. */
  checkpointSeconds?: number;
  json?: boolean;
}

/** Seconds between the signal to save a checkpoint and the end of a task's time. */
const SIGNAL_SECONDS = 180;

/** Adds the options of a launch on a cluster. */
export function withLaunchOptions(command: Command): Command {
  const ofSlurm = (flags: string, description: string) => new Option(flags, description).helpGroup('With --launch:');
  return command
    .addOption(
      new Option('--launch <where>', 'writes a Slurm job array and submits it, instead of training here').choices([
        'slurm',
      ]),
    )
    .addOption(ofSlurm('--partition <name>', 'partition of the tasks'))
    .addOption(
      ofSlurm('--time <limit>', "limit of each start of a task, as Slurm writes it (default: the partition's)"),
    )
    .addOption(
      ofSlurm('--cpus <n>', 'cores of each task (default: --threads, else 1)').argParser(
        wholeNumber('a number of cores', 1, 1024),
      ),
    )
    .addOption(ofSlurm('--mem <size>', 'memory of each task, such as 4G'))
    .addOption(
      ofSlurm(
        '--signal-seconds <s>',
        `seconds before the end of its time at which a task saves a checkpoint (default: ${SIGNAL_SECONDS})`,
      ).argParser(wholeNumber('a number of seconds', 1, 65_535)),
    )
    .addOption(
      ofSlurm(
        '--sbatch-arg <arg>',
        'any other option of sbatch: --sbatch-arg=--account=lab; may be given several times',
      ).argParser((text: string, before: string[] | undefined) => [...(before ?? []), text]),
    )
    .addOption(
      ofSlurm('--portable <dir>', 'folder with all that nodes without network or checkout need; made if missing'),
    );
}

/** What the tasks ask of Slurm, checked. */
export interface Resources {
  partition?: string;
  time?: string;
  mem?: string;
  cpus: number;
  signalSeconds: number;
  /** Tasks at a time; no limit if absent. */
  atATime?: number;
  /** Further options of sbatch, as they are. */
  more: string[];
}

/** @throws UsageError for a time that Slurm would not read or that leaves none to train, and for a foreign option. */
export function resources(flags: StudyFlags): Resources {
  const { partition, time, mem, jobs, signalSeconds = SIGNAL_SECONDS, sbatchArg: more = [] } = flags;
  const seconds = time === undefined ? Number.POSITIVE_INFINITY : timeSeconds(time);
  if (seconds <= signalSeconds) {
    throw new UsageError(
      `--time: expected more than the ${signalSeconds} s before its end at which a checkpoint is saved, got ${time}. ` +
        'Give more time, or fewer --signal-seconds.',
    );
  }
  const foreign = more.find(arg => !/^-\S/.test(arg) || arg.includes('\n'));
  if (foreign !== undefined) {
    throw new UsageError(
      `--sbatch-arg: expected an option of sbatch, got ${JSON.stringify(foreign)}. For example --sbatch-arg=--account=lab.`,
    );
  }
  const cpus = flags.cpus ?? flags.threads ?? 1;
  return { partition, time, mem, cpus, signalSeconds, atATime: jobs, more };
}

/** @throws UsageError where options of a launch are given without one. */
export function checkNoLaunch(flags: LaunchFlags): void {
  const { launch: _launch, ...rest } = flags;
  const names = ['partition', 'time', 'cpus', 'mem', 'signalSeconds', 'sbatchArg', 'portable', 'report'] as const;
  const given = names.find(name => rest[name] !== undefined);
  if (given === undefined) return;
  const flag = given.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`);
  throw new UsageError(
    `--${flag}: expected --launch slurm beside it, got a sweep on this machine. Add that, or leave it out.`,
  );
}

/**
 * Seconds of a time limit in one of Slurm's forms: minutes, minutes:seconds, hours:minutes:seconds, days-hours,
 * days-hours:minutes, days-hours:minutes:seconds, or `UNLIMITED`. @throws UsageError
 */
export function timeSeconds(text: string): number {
  if (/^(unlimited|infinite)$/i.test(text)) return Number.POSITIVE_INFINITY;
  const match = /^(?:(\d+)-)?(\d+)(?::(\d+))?(?::(\d+))?$/.exec(text);
  if (match === null) {
    throw new UsageError(
      `--time: expected minutes, hours:minutes:seconds or days-hours:minutes:seconds, got '${text}'. For example --time 2-00:00:00.`,
    );
  }
  const [first, second = 0, third] = match.slice(2).map(part => (part === undefined ? undefined : Number(part)));
  if (match[1] !== undefined) return ((Number(match[1]) * 24 + first!) * 60 + second) * 60 + (third ?? 0);
  return third === undefined ? first! * 60 + second : (first! * 60 + second) * 60 + third;
}
