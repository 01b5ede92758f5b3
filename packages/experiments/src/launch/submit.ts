import { spawnSync } from 'node:child_process';
import { shortPath } from '../commands/format.ts';
import { UsageError } from '../specs/usageError.ts';
import { type Jobs, writeJobs } from './jobs.ts';
import { arrayArguments, type Launch, reportArguments, shellWord, type TaskRange } from './scripts.ts';

/** Slurm's own default. */
const MAX_ARRAY_SIZE = 1001;

/** Tasks that an array may have on this cluster; Slurm's default where it does not answer. */
export function maxArraySize(): number {
  const { stdout } = spawnSync('scontrol', ['show', 'config'], { encoding: 'utf8', timeout: 30_000 });
  const found = /^MaxArraySize\s*=\s*(\d+)/m.exec(stdout ?? '');
  // Numbers of tasks stay below the limit, and 0 forbids arrays.
  return Math.max(1, Number(found?.[1] ?? MAX_ARRAY_SIZE));
}

/** Submits the arrays and the report, if there is to be one, and keeps what was submitted in jobs.json. @throws UsageError if Slurm refuses. */
export function submit(launch: Launch, ranges: readonly TaskRange[], runs: readonly string[]): Jobs {
  const jobs: Jobs = { schema: 1, submitted: new Date().toISOString(), arrays: [], runs: [...runs] };
  for (const range of ranges) {
    const before = jobs.arrays.map(({ job }) => job);
    jobs.arrays.push({ job: sbatch(arrayArguments(launch, range, before), launch), ...range });
    writeJobs(launch.folder, jobs);
  }
  if (launch.report !== undefined) {
    const arrays = jobs.arrays.map(({ job }) => job);
    jobs.report = sbatch(reportArguments(launch, arrays), launch);
    writeJobs(launch.folder, jobs);
  }
  return jobs;
}

/** The commands that submit a launch, as one would type them. */
export function commands(launch: Launch, ranges: readonly TaskRange[]): string[] {
  const ids = ranges.map((_, k) => `$array${k + 1}`);
  // The ids are the shell's to fill in; all else is quoted.
  const words = (args: string[]) => args.map(arg => (arg.includes('$array') ? `"${arg}"` : shellWord(arg))).join(' ');
  return [
    ...ranges.map((range, k) => `array${k + 1}=$(sbatch ${words(arrayArguments(launch, range, ids.slice(0, k)))})`),
    ...(launch.report === undefined ? [] : [`sbatch ${words(reportArguments(launch, ids))}`]),
  ];
}

/** @returns The job's id. */
function sbatch(args: string[], { folder }: Launch): string {
  const { status, stdout, stderr, error } = spawnSync('sbatch', args, { encoding: 'utf8' });
  const where = `The scripts are written: ${shortPath(folder)}.`;
  if ((error as NodeJS.ErrnoException)?.code === 'ENOENT') {
    throw new UsageError(
      `--launch slurm: expected Slurm's sbatch on the PATH, got none. ${where} Start this on a login node of the cluster.`,
    );
  }
  if (error !== undefined) throw error;
  // With several clusters the id is followed by the cluster's name.
  const id = /^\d+/.exec(stdout)?.[0];
  if (status !== 0 || id === undefined) {
    throw new UsageError(
      `--launch slurm: expected sbatch to accept ${shellWord(args.at(-1)!)}, got '${stderr.trim() || stdout.trim()}'. ` +
        `${where} Correct the options, and cancel what 'squeue --me' shows of it before you start again.`,
    );
  }
  return id;
}
