import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { checkNoLaunch, type StudyFlags, withLaunchOptions } from '../launch/flags.ts';
import type { RunStatus } from '../run/status.ts';
import type { RunCost } from '../sweep/cost.ts';
import type { PlannedRun } from '../sweep/study.ts';
import { ConsoleProgress } from './consoleProgress.ts';
import { count, duration, percent, perplexity, table } from './format.ts';
import { INTERRUPTED, untilInterrupted } from './interrupt.ts';
import { option, wholeNumber } from './options.ts';
import { describeState, SweepProgress } from './sweepProgress.ts';

interface SweepFlags extends StudyFlags {
  runs?: string;
}

const STOPPING = 'Stopping: every run under way saves a checkpoint. Press Ctrl-C again to stop at once.';

export function sweepCommand(): Command {
  return withLaunchOptions(new Command('sweep'))
    .description('trains all runs of a study of your own, several at a time, and goes on with it where it was left')
    .argument('<study.yaml>', 'the study: a preset, and settings to combine (docs/sweeps.md)')
    .option('--runs <dir>', 'folder of all run folders (default: runs/<name of the study>)')
    .option(
      '--jobs <n>',
      'runs at a time (default: one for every core; no limit on a cluster)',
      wholeNumber('a number of runs', 1, 64),
    )
    .addOption(option.threads())
    .addOption(option.engine())
    .option('--dry-run', 'trains nothing: prints the runs, their FLOPs, and a time estimated from a few steps of each')
    .option('--retry', 'trains again what failed before; without it, such runs are listed and left')
    .addOption(option.json('one line of JSON per run on stdout; everything else goes to stderr'))
    .addHelpText(
      'after',
      `
The cores are shared out: with --jobs n and no --threads, each run computes with cores / n threads. The results depend on
neither. A study is a file such as:

  name: densities
  preset: ptb-lstm-256
  settings: { epochs: 5 }
  seeds: [1, 2, 3]
  grid:
    method: [set, static]
    density: [0.1, 0.33]
  runs:
    - { method: dense }

Examples:
  sparse-rnn sweep densities.yaml --dry-run
  sparse-rnn sweep densities.yaml --jobs 2
  sparse-rnn sweep densities.yaml --launch slurm --time 8:00:00 --cpus 4 --mem 4G
  sparse-rnn report --runs runs/densities`,
    )
    .action(sweep);
}

async function sweep(file: string, flags: SweepFlags): Promise<void> {
  const { planRuns, readStudy } = await import('../sweep/study.ts');
  const study = readStudy(file);
  const planned = planRuns(study);
  const progress = new ConsoleProgress(flags.json ? process.stderr : process.stdout);
  const runs = flags.runs ?? join('runs', study.name);
  if (flags.launch === 'slurm') {
    const { launchSlurm } = await import('../launch/slurm.ts');
    if (study.budget !== undefined) progress.line('The budget is for training here: a task is limited with --time.');
    await launchSlurm(planned, runs, flags, line => progress.line(line));
    return;
  }
  checkNoLaunch(flags);
  const jobs = flags.jobs ?? Math.min(availableParallelism(), planned.length);
  const threads = flags.threads ?? Math.max(1, Math.floor(availableParallelism() / jobs));
  const shares = `${jobs} at a time, ${threads} ${threads === 1 ? 'thread' : 'threads'} each`;
  progress.line(`${study.name}: ${planned.length} runs in ${runs}, ${shares}`);
  if (study.question !== undefined) progress.line(study.question);
  if (flags.dryRun) await tellPlan(planned, jobs, threads, progress, flags);
  else await trainStudy(planned, study.budget?.hours, { runs, jobs, threads }, progress, flags);
}

async function tellPlan(
  planned: readonly PlannedRun[],
  jobs: number,
  threads: number,
  progress: ConsoleProgress,
  { json }: SweepFlags,
): Promise<void> {
  const { calibrate, CostCounter } = await import('../sweep/cost.ts');
  const counter = new CostCounter();
  const specs = planned.map(({ spec }) => spec);
  const costs: RunCost[] = [];
  for (const spec of specs) costs.push(await counter.cost(spec));
  const seconds = await calibrate(specs, threads, (done, of) =>
    progress.transient(`calibrating: ${done} of ${of} settings`),
  );
  progress.end();
  const rows = planned.map(({ name, label, spec }, k) => {
    return { run: name, label, ...costs[k], seconds: seconds.get(spec)! };
  });
  if (json) for (const row of rows) console.log(JSON.stringify(row));
  const total = rows.reduce((sum, row) => sum + row.flops, 0);
  const work = rows.reduce((sum, row) => sum + row.seconds, 0);
  // The longest run sets the least time that many jobs can take.
  const wall = Math.max(work / jobs, ...rows.map(row => row.seconds));
  const cells = rows.map(row => [row.label, count(row.parameters), row.flops.toExponential(2), duration(row.seconds)]);
  progress.line(table([['run', 'parameters', 'training FLOPs', 'time'], ...cells]));
  progress.line(
    `${rows.length} runs, ${total.toExponential(2)} training FLOPs, about ${duration(wall)} here. Time is that of training ` +
      'steps, measured just now; evaluation and topology updates come on top, and runs side by side slow each other down.',
  );
}

async function trainStudy(
  planned: readonly PlannedRun[],
  hours: number | undefined,
  { runs, jobs, threads }: { runs: string; jobs: number; threads: number },
  progress: ConsoleProgress,
  flags: SweepFlags,
): Promise<void> {
  const [{ CostCounter }, { trainAll }, { standing }] = await Promise.all([
    import('../sweep/cost.ts'),
    import('../sweep/pool.ts'),
    import('../sweep/standing.ts'),
  ]);
  const counter = new CostCounter();
  const states = standing(planned, runs);
  const work = new Map<PlannedRun, number>();
  for (const run of planned) work.set(run, (await counter.cost(run.spec)).flops);
  const sweepProgress = new SweepProgress(planned, work, states);
  const left = planned.filter(run => {
    const { status } = states.get(run)!;
    return status !== 'finished' && (status !== 'failed' || flags.retry);
  });
  const done = planned.length - planned.filter(run => states.get(run)!.status !== 'finished').length;
  if (done > 0) progress.line(`${done} of them were finished before and are reused`);
  const { engine } = flags;
  const command = ({ spec }: PlannedRun) => {
    const settings = Object.entries(spec).flatMap(([key, value]) =>
      key === 'preset' ? [] : ['--set', `${key}=${value}`],
    );
    return [
      'run',
      spec.preset,
      ...settings,
      '--runs',
      runs,
      '--engine',
      engine,
      '--threads',
      String(threads),
      '--json',
    ];
  };
  let budgetSpent = false;
  const ended = await untilInterrupted(async interrupted => {
    const budget = hours === undefined ? undefined : AbortSignal.timeout(hours * 3_600_000);
    budget?.addEventListener('abort', () => {
      budgetSpent = true;
    });
    return trainAll(left, {
      jobs,
      command,
      signal: budget === undefined ? interrupted : AbortSignal.any([interrupted, budget]),
      onStart: run => sweepProgress.start(run),
      onProgress(run, share) {
        sweepProgress.set(run, share);
        progress.transient(sweepProgress.line());
      },
      onEnd({ run, result, code, said }) {
        sweepProgress.end(run, result?.status === 'finished');
        if (flags.json && result !== undefined) console.log(JSON.stringify(result));
        progress.line(`${run.label}  ${describeState(result, code, said)}`);
        progress.line(sweepProgress.line());
      },
    });
  }, STOPPING);
  progress.end();
  const ends = standing(planned, runs);
  tellEnd(planned, runs, ends, progress);
  const died = ended.some(({ result, code }) => result === undefined && code !== 0);
  const failed = died || planned.some(run => ends.get(run)!.status === 'failed');
  const stopped = ended.some(({ result }) => result?.status === 'interrupted') || ended.length < left.length;
  if (budgetSpent) progress.line(`The budget of ${hours} hours is spent. Start the same sweep again to go on with it.`);
  process.exitCode = failed ? 1 : stopped ? INTERRUPTED : 0;
}

function tellEnd(
  planned: readonly PlannedRun[],
  runs: string,
  states: ReadonlyMap<PlannedRun, RunStatus>,
  progress: ConsoleProgress,
): void {
  const of = (status: string) => planned.filter(run => states.get(run)!.status === status);
  const rows = planned.map(run => {
    const { status, testPerplexity, testAccuracy } = states.get(run)!;
    return [run.label, status, testAccuracy === undefined ? perplexity(testPerplexity) : percent(testAccuracy)];
  });
  progress.line(table([['run', 'status', 'test'], ...rows]));
  for (const run of of('failed'))
    progress.line(`${run.label} failed: ${states.get(run)!.reason}. Train it again with --retry.`);
  const open = planned.length - of('finished').length - of('failed').length;
  if (open > 0) progress.line(`${open} runs are not finished: start the same sweep again to go on with them.`);
  progress.line(`${of('finished').length} of ${planned.length} finished. Report: npx sparse-rnn report --runs ${runs}`);
}
