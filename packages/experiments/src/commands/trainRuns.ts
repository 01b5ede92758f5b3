import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { type StudyFlags, withLaunchOptions } from '../launch/flags.ts';
import type { RunStatus } from '../run/status.ts';
import type { Ended } from '../sweep/pool.ts';
import type { PlannedRun } from '../sweep/study.ts';
import type { ConsoleProgress } from './consoleProgress.ts';
import { percent, perplexity, table } from './format.ts';
import { INTERRUPTED, untilInterrupted } from './interrupt.ts';
import { isInputError, option, seconds, wholeNumber } from './options.ts';
import { describeState, SweepProgress } from './sweepProgress.ts';

/** What `sweep` and `reproduce` have in common: many runs in one folder, several at a time. */
export interface RunSet {
  runs: readonly PlannedRun[];
  /** Those whose times are results: trained after the others, one at a time, with every core. */
  alone: ReadonlySet<string>;
  /** The folder of all run folders. */
  folder: string;
  /** Wall hours after which it stops with checkpoints. */
  hours?: number;
}

/** Adds the options of a command that trains a set of runs, here or on a cluster. */
export function withRunSetOptions(command: Command): Command {
  return withLaunchOptions(command)
    .option(
      '--jobs <n>',
      'runs at a time (default: one for every core; no limit on a cluster)',
      wholeNumber('a number of runs', 1, 64),
    )
    .addOption(option.threads())
    .addOption(option.engine())
    .option('--dry-run', 'trains nothing: prints the runs, their FLOPs, and a time estimated from a few steps of each')
    .option('--retry', 'trains again what failed before; without it, such runs are listed and left')
    .option('--checkpoint-seconds <s>', 'seconds between checkpoints within an epoch (default: 60)', seconds)
    .addOption(
      option.json(
        'a line of JSON on stdout for each run that is finished or was trained just now (or of what is listed, planned or ' +
          'submitted); everything else goes to stderr',
      ),
    );
}

const STOPPING = 'Stopping: every run under way saves a checkpoint. Press Ctrl-C again to stop at once.';

/** Runs that are trained side by side, or one after the other, and the cores that each gets. */
interface Phase {
  runs: PlannedRun[];
  jobs: number;
  threads: number;
}

/** Threads that a run gets at most where nothing was asked for: as many as the engine simd takes by itself. */
const MOST_THREADS = 16;

/** Shares the cores out: with n runs at a time, each computes with cores / n threads, 16 at most; runs alone with all of them. */
export function shareOut({ runs, alone }: RunSet, { jobs, threads }: StudyFlags): Phase[] {
  const cores = availableParallelism();
  const pooled = runs.filter(({ name }) => !alone.has(name));
  const single = runs.filter(({ name }) => alone.has(name));
  const width = Math.min(jobs ?? cores, Math.max(1, pooled.length));
  const share = (jobs: number) => Math.min(MOST_THREADS, Math.max(1, Math.floor(cores / jobs)));
  const phases = [
    { runs: pooled, jobs: width, threads: threads ?? share(width) },
    { runs: single, jobs: 1, threads: threads ?? share(1) },
  ];
  return phases.filter(phase => phase.runs.length > 0);
}

/** How the cores are shared out, in words. */
export function shares(phases: readonly Phase[]): string {
  const words = phases.map(({ runs, jobs, threads }) => {
    const each = `${threads} ${threads === 1 ? 'thread' : 'threads'} each`;
    const many = phases.length > 1 ? `${runs.length} of them ` : '';
    return `${many}${jobs} at a time, ${each}`;
  });
  return words.join('; ');
}

/**
 * Checks that the corpora are there: of the runs that are to be trained, or of all where the cost of all is told.
 *
 * @throws UsageError that names every missing one.
 */
export async function requireCorporaOf({ runs, folder }: RunSet, flags: StudyFlags): Promise<void> {
  const [{ requireCorpora }, { standing }] = await Promise.all([
    import('../sweep/corpora.ts'),
    import('../sweep/standing.ts'),
  ]);
  const states = standing(runs, folder);
  const all = flags.dryRun === true && flags.launch === undefined;
  const needed = all ? runs : runs.filter(run => isLeft(states.get(run)!, flags));
  await requireCorpora(needed.map(({ spec }) => spec));
}

/** Whether a run is still to be trained. */
function isLeft({ status }: RunStatus, { retry = false }: StudyFlags): boolean {
  return status !== 'finished' && status !== 'damaged' && (status !== 'failed' || retry);
}

/**
 * Trains what is not finished, and tells how everything ended. Sets the exit code: 130 stopped, whatever failed before;
 * otherwise 1 failed or damaged runs, or results that cannot be read for --json; 0 all finished.
 */
export async function trainRuns(set: RunSet, flags: StudyFlags, progress: ConsoleProgress): Promise<void> {
  const [{ CostCounter }, { standing }, { requireWritable }] = await Promise.all([
    import('../sweep/cost.ts'),
    import('../sweep/standing.ts'),
    import('../run/files.ts'),
  ]);
  const counter = new CostCounter();
  const states = standing(set.runs, set.folder);
  const work = new Map<PlannedRun, number>();
  for (const run of set.runs) {
    const flops = counter.cost(run.spec).then(cost => cost.flops);
    // A run that is not trained any more needs no corpus, and weighs nothing without one.
    work.set(run, await (isLeft(states.get(run)!, flags) ? flops : flops.catch(() => 0)));
  }
  const sweepProgress = new SweepProgress(set.runs, work, states, { retry: flags.retry });
  const done = set.runs.filter(run => states.get(run)!.status === 'finished').length;
  if (done > 0) progress.line(`${done} of them were finished before and are reused`);
  const phases = shareOut({ ...set, runs: set.runs.filter(run => isLeft(states.get(run)!, flags)) }, flags);
  if (phases.length > 0) requireWritable(set.folder);
  let budgetSpent = false;
  let pressed = false;
  const ended = await untilInterrupted(async interrupted => {
    // Timers take whole milliseconds, up to 24 days.
    const budgetMs = set.hours === undefined ? undefined : Math.min(2 ** 31 - 1, Math.ceil(set.hours * 3_600_000));
    const budget = budgetMs === undefined ? undefined : AbortSignal.timeout(budgetMs);
    budget?.addEventListener('abort', () => {
      budgetSpent = true;
    });
    const signal = budget === undefined ? interrupted : AbortSignal.any([interrupted, budget]);
    const all: Ended<PlannedRun>[] = [];
    for (const phase of phases) {
      all.push(...(await trainPhase(phase, set, flags, { signal, states, sweepProgress, progress })));
    }
    pressed = interrupted.aborted;
    return all;
  }, STOPPING);
  progress.end();
  const ends = standing(set.runs, set.folder);
  const some = (...statuses: RunStatus['status'][]) => set.runs.some(run => statuses.includes(ends.get(run)!.status));
  const stopped = some('interrupted', 'running', 'unreadable');
  // A budget that is spent, or Ctrl-C that is pressed, as the last run ends has stopped nothing.
  const aborted = (pressed || budgetSpent) && stopped;
  // A process that is stopped before it can listen dies of the signal: it has lost nothing.
  const died = aborted ? [] : ended.filter(({ result, code, busy }) => !busy && result === undefined && code !== 0);
  tellEnd(set, ends, died, progress);
  const told = new Set(ended.flatMap(({ run, result }) => (result === undefined ? [] : [run])));
  const reused = set.runs.filter(run => ends.get(run)!.status === 'finished' && !told.has(run));
  const complete = !flags.json || (await printReused(reused, set.folder, progress));
  const failed = died.length > 0 || some('failed', 'damaged') || !complete;
  if (budgetSpent && stopped)
    progress.line(`The budget of ${set.hours} hours is spent. Start the same command again to go on with it.`);
  process.exitCode = aborted ? INTERRUPTED : failed ? 1 : stopped ? INTERRUPTED : 0;
}

/** Prints a line of JSON for each finished run that was not trained in this call. @returns Whether all could be read. */
async function printReused(runs: readonly PlannedRun[], folder: string, progress: ConsoleProgress): Promise<boolean> {
  const { RunFolder } = await import('../run/folder.ts');
  let complete = true;
  for (const { name, label } of runs) {
    try {
      console.log(JSON.stringify(RunFolder.existing(join(folder, name)).summary()));
    } catch (error) {
      if (!isInputError(error)) throw error;
      complete = false;
      progress.line(`${label} has no line of JSON: ${error.message}`);
    }
  }
  return complete;
}

/** What the phases of one call share. */
interface Watch {
  signal: AbortSignal;
  /** How every run stood at the start. */
  states: ReadonlyMap<PlannedRun, RunStatus>;
  sweepProgress: SweepProgress;
  progress: ConsoleProgress;
}

async function trainPhase(
  { runs, jobs, threads }: Phase,
  { folder }: RunSet,
  flags: StudyFlags,
  { signal, states, sweepProgress, progress }: Watch,
): Promise<Ended<PlannedRun>[]> {
  const [{ trainAll }, { standing }, { trainingArguments }, { isHeld }] = await Promise.all([
    import('../sweep/pool.ts'),
    import('../sweep/standing.ts'),
    import('../sweep/study.ts'),
    import('../run/lock.ts'),
  ]);
  const stateOf = (run: PlannedRun) => standing([run], folder).get(run)!;
  let waitedFor = 0;
  return trainAll(runs, {
    jobs,
    command: run => [
      ...trainingArguments(run, folder, flags),
      '--threads',
      String(threads),
      '--jobs',
      String(jobs),
      '--json',
    ],
    turn(run) {
      if (isHeld(join(folder, run.name))) return 'wait';
      // What another process has finished, or failed at, since this one looked.
      const { status } = stateOf(run);
      if (status === 'finished' || status === 'damaged') return 'leave';
      return status === 'failed' && states.get(run)!.status !== 'failed' ? 'leave' : 'train';
    },
    signal,
    onStart: run => sweepProgress.start(run),
    onProgress(run, share) {
      sweepProgress.set(run, share);
      progress.transient(sweepProgress.line());
    },
    onWait(waiting) {
      if (waiting.length === waitedFor) return;
      waitedFor = waiting.length;
      progress.line(`${waiting.length} runs are being trained by another process: waiting for it`);
    },
    onLeave(run) {
      const { status, reason } = stateOf(run);
      sweepProgress.end(run, status);
      progress.line(`${run.label}  ${status === 'damaged' ? reason : `${status} by another process`}`);
    },
    onEnd({ run, result, code, said, busy }) {
      sweepProgress.end(run, result?.status);
      if (busy) return;
      if (flags.json && result !== undefined) console.log(JSON.stringify(result));
      progress.line(`${run.label}  ${describeState(result, code, said)}`);
      progress.line(sweepProgress.line());
    },
  });
}

/** @param died runs whose process ended without a result. */
function tellEnd(
  set: RunSet,
  states: ReadonlyMap<PlannedRun, RunStatus>,
  died: readonly Ended<PlannedRun>[],
  progress: ConsoleProgress,
): void {
  const { runs } = set;
  const of = (status: string) => runs.filter(run => states.get(run)!.status === status);
  const rows = runs.map(run => {
    const { status, testPerplexity, testAccuracy } = states.get(run)!;
    return [run.label, status, testAccuracy === undefined ? perplexity(testPerplexity) : percent(testAccuracy)];
  });
  progress.line(table([['run', 'status', 'test'], ...rows]));
  for (const run of of('failed')) {
    const reason = states.get(run)!.reason?.replace(/\.$/, '');
    progress.line(`${run.label} failed: ${reason}. Train it again with --retry.`);
  }
  for (const run of of('damaged')) progress.line(`${run.label}: ${states.get(run)!.reason}`);
  for (const { run, code, said } of died) progress.line(`${run.label} ${describeState(undefined, code, said)}`);
  const open = runs.length - [...of('finished'), ...of('failed'), ...of('damaged')].length;
  if (open > 0) {
    const mended = died.length === 0 ? '' : ', once what ended them is mended';
    progress.line(`${open} runs are not finished: start the same command again to go on with them${mended}.`);
  }
  progress.line(
    `${of('finished').length} of ${runs.length} finished. Report: npx sparse-rnn report --runs ${set.folder}`,
  );
}
