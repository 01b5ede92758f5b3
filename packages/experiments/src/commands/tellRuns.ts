import type { StudyFlags } from '../launch/flags.ts';
import type { RunCost } from '../sweep/cost.ts';
import type { PlannedRun } from '../sweep/study.ts';
import type { ConsoleProgress } from './consoleProgress.ts';
import { count, duration, table } from './format.ts';
import { type RunSet, shareOut } from './trainRuns.ts';

/** Prints the runs, their FLOPs, and a time estimated from a few steps of each setting; trains nothing. */
export async function tellRuns(set: RunSet, flags: StudyFlags, progress: ConsoleProgress): Promise<void> {
  const { calibrate, CostCounter } = await import('../sweep/cost.ts');
  const counter = new CostCounter();
  const costs = new Map<PlannedRun, RunCost>();
  for (const run of set.runs) costs.set(run, await counter.cost(run.spec));
  const times = new Map<PlannedRun, number>();
  let wall = 0;
  for (const { runs, jobs, threads } of shareOut(set, flags)) {
    const measured = await calibrate(new Map(runs.map(run => [run.spec, costs.get(run)!])), threads, (done, of) =>
      progress.underWay(`calibrating: ${done} of ${of} settings`),
    );
    const own = runs.map(run => measured.get(run.spec)!);
    for (const [k, run] of runs.entries()) times.set(run, own[k]);
    // The longest run sets the least time that many jobs can take.
    wall += Math.max(own.reduce((sum, each) => sum + each, 0) / jobs, ...own);
  }
  progress.end();
  const rows = set.runs.map(run => {
    const { parameters, flops, exact } = costs.get(run)!;
    return { run: run.name, label: run.label, parameters, flops, exact, seconds: times.get(run)! };
  });
  if (flags.json) for (const row of rows) console.log(JSON.stringify(row));
  const total = rows.reduce((sum, row) => sum + row.flops, 0);
  const cells = rows.map(row => [
    row.label,
    count(row.parameters),
    `${row.exact ? '' : 'about '}${row.flops.toExponential(2)}`,
    duration(row.seconds),
  ]);
  progress.line(table([['run', 'parameters', 'training FLOPs', 'time'], ...cells]));
  progress.line(
    `${rows.length} runs, ${total.toExponential(2)} training FLOPs, about ${duration(wall)} here. Time is that of training ` +
      'steps, measured just now; evaluation and topology updates come on top, and runs side by side slow each other down.',
  );
}
