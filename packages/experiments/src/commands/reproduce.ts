import { join } from 'node:path';
import { Argument, Command, Option } from 'commander';
import { checkNoLaunch, type StudyFlags } from '../launch/flags.ts';
import { SCALES, type Scale } from '../specs/exhibit.ts';
import type { Planned } from '../sweep/plan.ts';
import { ConsoleProgress } from './consoleProgress.ts';
import { compareTopologies } from './distances.ts';
import { shortPath, table } from './format.ts';
import { INTERRUPTED } from './interrupt.ts';
import { option } from './options.ts';
import { buildReport } from './report.ts';
import { tellRuns } from './tellRuns.ts';
import { type RunSet, requireCorporaOf, shareOut, shares, trainRuns, withRunSetOptions } from './trainRuns.ts';

interface ReproduceFlags extends StudyFlags {
  scale: Scale;
  runs?: string;
  out?: string;
  list?: boolean;
  trainOnly?: boolean;
}

export function reproduceCommand(): Command {
  return withRunSetOptions(new Command('reproduce'))
    .description('trains what tables and figures of the study need, and builds the report')
    .addArgument(new Argument('[exhibit...]', 'table-1, figure-3 ..., tables, figures; all of them if none is named'))
    .addOption(new Option('--scale <scale>', 'how much is trained').choices(SCALES).default('desk'))
    .option('--list', 'lists the tables and figures and how many of their runs are finished')
    .option('--runs <dir>', 'folder of all run folders (default: runs/<scale>)')
    .addOption(option.page('--out', 'the report', ' (default: report/<scale>/index.html)'))
    .option('--train-only', 'trains and does nothing else: no distances between topologies, no report')
    .addHelpText(
      'after',
      `
Scales: quick (a minute or two; shows that everything works), desk (all of it takes hours on two cores: --dry-run estimates
them), paper (the sizes of the study, for a cluster). A run that several tables and figures share is trained once. Ctrl-C
saves checkpoints; the same command goes on. The report can be built at any time (sparse-rnn report --runs runs/desk) and says
what is missing. Beyond quick, corpora have to be there: sparse-rnn data fetch ptb wikitext-2 imdb trec-6 sst2.

Examples:
  sparse-rnn reproduce --scale quick
  sparse-rnn reproduce table-1 figure-2
  sparse-rnn reproduce tables --dry-run
  sparse-rnn reproduce --list`,
    )
    .action(reproduce);
}

async function reproduce(names: string[], flags: ReproduceFlags): Promise<void> {
  const [{ EXHIBITS, findExhibits }, { planExhibit, writePlan }, { distinct }] = await Promise.all([
    import('../specs/catalogue.ts'),
    import('../sweep/plan.ts'),
    import('../sweep/study.ts'),
  ]);
  const { scale } = flags;
  const exhibits = findExhibits(names);
  const planned = exhibits.map(exhibit => ({ ...planExhibit(exhibit, scale), alone: exhibit.alone === true }));
  const folder = flags.runs ?? join('runs', scale);
  const pooled = new Set(planned.flatMap(({ alone, runs }) => (alone ? [] : runs.map(({ name }) => name))));
  const alone = planned.flatMap(each => (each.alone ? each.runs.map(({ name }) => name) : []));
  const set: RunSet = {
    runs: distinct(planned.flatMap(({ runs }) => runs)),
    // What another exhibit needs as well is a result of its own and trained with the others.
    alone: new Set(alone.filter(name => !pooled.has(name))),
    folder,
  };
  const progress = new ConsoleProgress(flags.json ? process.stderr : process.stdout);
  if (flags.list) return list(planned, folder, flags, progress);
  await requireCorporaOf(set, flags);
  const what = exhibits.length === 1 ? exhibits[0].title : `${exhibits.length} tables and figures`;
  progress.line(`${what}, scale ${scale}: ${set.runs.length} runs in ${folder}; ${shares(shareOut(set, flags))}`);
  const order = EXHIBITS.map(({ id }) => id);
  const writePlanned = () => {
    const shown = planned.map(({ exhibit }) => exhibit);
    return writePlan(folder, scale, shown, order);
  };
  const compared = distanceRuns(planned);
  const out = flags.out ?? join('report', scale, 'index.html');
  if (flags.launch === 'slurm') {
    const { launchSlurm } = await import('../launch/slurm.ts');
    await writePlanned();
    const tell = (line: string) => progress.line(line);
    return launchSlurm(set.runs, folder, { ...flags, report: out }, tell, {
      distances: compared.length > 0,
      trainOnly: flags.trainOnly,
      alone: set.alone,
    });
  }
  checkNoLaunch(flags);
  if (flags.dryRun) return tellRuns(set, flags, progress);
  await writePlanned();
  await trainRuns(set, flags, progress);
  // Whoever stops it does not want to wait for more; `sparse-rnn report` can be had at any time.
  if (flags.trainOnly || process.exitCode === INTERRUPTED) return;
  // Told at the end: the report shows all else.
  let failure: unknown;
  try {
    if (compared.length > 0 && (await compareTopologies(folder, progress, compared)).stopped) {
      process.exitCode = INTERRUPTED;
      return;
    }
  } catch (error) {
    failure = error;
  }
  const code = buildReport({ runs: [folder], out, quiet: true });
  if (code === 0) progress.line(`Report: ${shortPath(out)}  (open it in a browser)`);
  else process.exitCode = code;
  if (failure !== undefined) throw failure;
}

/** Names of the runs whose topologies some exhibit compares. */
function distanceRuns(planned: readonly Planned[]): string[] {
  const shown = planned.filter(({ exhibit }) => exhibit.view.kind === 'distance');
  return shown.flatMap(({ runs }) => runs.map(({ name }) => name));
}

async function list(
  planned: readonly Planned[],
  folder: string,
  { json }: ReproduceFlags,
  progress: ConsoleProgress,
): Promise<void> {
  const { standing } = await import('../sweep/standing.ts');
  const rows = planned.map(({ exhibit: { id, title }, runs }) => {
    const finished = [...standing(runs, folder).values()].filter(({ status }) => status === 'finished').length;
    return { exhibit: id, title, finished, runs: runs.length };
  });
  if (json) for (const row of rows) console.log(JSON.stringify(row));
  const cells = rows.map(({ exhibit, title, finished, runs }) => [exhibit, title, `${finished} of ${runs}`]);
  progress.line(table([['', 'title', 'runs finished'], ...cells]));
}
