import { basename, join } from 'node:path';
import { Command } from 'commander';
import { checkNoLaunch, type StudyFlags } from '../launch/flags.ts';
import { sharedSpec } from '../specs/places.ts';
import { ConsoleProgress } from './consoleProgress.ts';
import { option } from './options.ts';
import { tellRuns } from './tellRuns.ts';
import { requireCorporaOf, shareOut, shares, trainRuns, withRunSetOptions } from './trainRuns.ts';

interface SweepFlags extends StudyFlags {
  runs?: string;
}

export function sweepCommand(): Command {
  return withRunSetOptions(new Command('sweep'))
    .description('trains all runs of a study of your own, several at a time, and goes on with it where it was left')
    .argument('<study.yaml>', 'the study: a preset, and settings to combine (docs/sweeps.md)')
    .option('--runs <dir>', 'folder of all run folders (default: runs/<name of the study>)')
    .addOption(
      option
        .page('--report', 'the report that the last job makes', ' (default: report/index.html below --runs)')
        .helpGroup('With --launch:'),
    )
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
  const [{ distinct, readStudy }, { planned, writePlan }] = await Promise.all([
    import('../sweep/study.ts'),
    import('../sweep/plan.ts'),
  ]);
  const study = readStudy(file);
  const { name, question = '', budget, ...own } = study;
  const command = `npx sparse-rnn sweep ${basename(file)}`;
  const view = { kind: 'quality' } as const;
  // As in the rows of the plan: it is shared.
  const setting = `Preset ${study.preset}${Object.entries(sharedSpec(study.settings))
    .map(([key, value]) => `, ${key}=${value}`)
    .join('')}.`;
  const { exhibit, runs } = planned(
    { id: name, kind: 'table', title: name, question, setting, command, view, published: [] },
    [{ title: name, ...own }],
  );
  const folder = flags.runs ?? join('runs', name);
  const set = { runs: distinct(runs), alone: new Set<string>(), folder, hours: budget?.hours };
  const progress = new ConsoleProgress(flags.json ? process.stderr : process.stdout);
  await requireCorporaOf(set, flags);
  if (flags.launch === 'slurm') {
    const { launchSlurm } = await import('../launch/slurm.ts');
    if (budget !== undefined) progress.line('The budget is for training here: a task is limited with --time.');
    await writePlan(folder, 'study', [exhibit]);
    await launchSlurm(set.runs, folder, flags, line => progress.line(line));
    return;
  }
  checkNoLaunch(flags);
  progress.line(`${name}: ${set.runs.length} runs in ${folder}, ${shares(shareOut(set, flags))}`);
  if (question !== '') progress.line(question);
  if (flags.dryRun) return tellRuns(set, flags, progress);
  await writePlan(folder, 'study', [exhibit]);
  return trainRuns(set, flags, progress);
}
