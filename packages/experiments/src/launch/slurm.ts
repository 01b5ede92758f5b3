import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { shortPath } from '../commands/format.ts';
import { packageFile } from '../packageFile.ts';
import { UsageError } from '../specs/usageError.ts';
import { standing } from '../sweep/standing.ts';
import type { PlannedRun } from '../sweep/study.ts';
import { resources, type StudyFlags } from './flags.ts';
import { FILES, LAUNCHES } from './jobs.ts';
import { describeDamage, describeQueue, isActive, readQueue } from './queue.ts';
import { arrayScript, type Launch, reportScript, shellWord, taskLines, taskRanges } from './scripts.ts';
import { commands, maxArraySize, submit } from './submit.ts';

const BIN = packageFile('bin/sparse-rnn.js');

/**
 * Trains runs on a cluster: writes the scripts of a Slurm job array below `runs`, one task for each run that is not
 * finished, and of the report that follows, and submits both. What is in the queue already, is damaged, or failed before
 * (unless `retry`), is left out. With `dryRun` nothing is submitted.
 *
 * @param tell takes what a person should know, a line at a time.
 * @param options.distances whether the report shows the distances between topologies, which are then measured before it.
 * @param options.trainOnly whether no report follows.
 * @param options.alone names of the runs whose times are results: each gets a node to itself, after the others.
 * @throws UsageError where a flag cannot be used, or Slurm does not tell what is left of earlier launches; once the scripts
 *   are written, where it is missing or refuses.
 */
export async function launchSlurm(
  planned: readonly PlannedRun[],
  runs: string,
  flags: StudyFlags,
  tell: (line: string) => void,
  {
    distances = false,
    trainOnly = false,
    alone = new Set(),
  }: { distances?: boolean; trainOnly?: boolean; alone?: ReadonlySet<string> } = {},
): Promise<void> {
  const asked = resources(flags);
  const open = toSubmit(planned, runs, flags, tell);
  const single = open.filter(({ name }) => alone.has(name));
  const left = [...open.filter(({ name }) => !alone.has(name)), ...single];
  if (left.length === 0) {
    tell('Nothing to submit.');
    return;
  }
  const { portable } = flags;
  if (portable !== undefined) {
    const { makePortable } = await import('./portable.ts');
    tell(await makePortable(portable, new Set(left.map(({ spec }) => spec.data))));
  }
  const launch: Launch = {
    folder: newFolder(resolve(runs)),
    runs: resolve(runs),
    cwd: process.cwd(),
    program: portable === undefined ? [process.execPath, BIN] : [join(resolve(portable), 'bin/sparse-rnn')],
    name: `sparse-rnn-${basename(resolve(runs)).replace(/[^\w.-]/g, '-')}`,
    engine: flags.engine,
    checkpointSeconds: flags.checkpointSeconds,
    distances,
    report: trainOnly ? undefined : resolve(flags.report ?? join(runs, 'report/index.html')),
    resources: asked,
  };
  const path = (name: string) => join(launch.folder, name);
  writeFileSync(path(FILES.tasks), taskLines(left, launch));
  writeFileSync(path(FILES.array), arrayScript(launch));
  const { report } = launch;
  if (report !== undefined) writeFileSync(path(FILES.report), reportScript({ ...launch, report }));
  const size = `${left.length} ${left.length === 1 ? 'task' : 'tasks'}`;
  tell(`${size} of ${asked.cpus} ${asked.cpus === 1 ? 'core' : 'cores'} each, in ${shortPath(launch.folder)}`);
  if (single.length > 0)
    tell(`${single.length} of them after the others, one at a time, each alone on its node: their times are results`);
  const ranges = taskRanges(left.length, maxArraySize(), single.length);
  const names = left.map(({ name }) => name);
  if (flags.dryRun) {
    tell(`${arrayScript(launch)}\nNothing was submitted. To do so:`);
    for (const command of commands(launch, ranges)) tell(`  ${command}`);
  } else {
    const jobs = submit(launch, ranges, names);
    if (flags.json) console.log(JSON.stringify({ folder: launch.folder, ...jobs }));
    const arrays = jobs.arrays.map(({ job }) => job);
    const last = jobs.report === undefined ? '' : `, then report ${jobs.report}`;
    tell(`Submitted: ${arrays.map(job => `array ${job}`).join(', ')}${last}.`);
    tell(`See how far it is: npx sparse-rnn status --runs ${shellWord(shortPath(runs))}`);
    tell(
      `Stop it, with checkpoints: scancel ${[...arrays, ...(jobs.report === undefined ? [] : [jobs.report])].join(' ')}`,
    );
  }
}

/** The runs that need a task. @throws UsageError where Slurm does not tell which have one, unless nothing is submitted. */
function toSubmit(
  planned: readonly PlannedRun[],
  runs: string,
  { retry, dryRun }: StudyFlags,
  tell: (line: string) => void,
): PlannedRun[] {
  const states = standing(planned, runs);
  const queue = readQueue(runs);
  const tasks = queue?.tasks;
  for (const line of queue === undefined ? [] : describeDamage(queue)) tell(line);
  const queued = (run: PlannedRun) => tasks?.has(run.name) === true && isActive(tasks.get(run.name)!);
  const of = (status: string) => planned.filter(run => !queued(run) && states.get(run)!.status === status);
  const waiting = planned.filter(queued);
  const [finished, failed, running, damaged] = [of('finished'), of('failed'), of('running'), of('damaged')];
  if (finished.length > 0) tell(`${finished.length} of ${planned.length} runs are finished and are reused`);
  if (waiting.length > 0) tell(`${waiting.length} of them are in the queue already`);
  if (running.length > 0) tell(`${running.length} of them are being trained elsewhere and are left out`);
  if (failed.length > 0 && !retry) tell(`${failed.length} of them failed before; train them again with --retry`);
  for (const run of damaged) tell(`${run.label}: ${states.get(run)!.reason}`);
  const left = new Set(planned);
  for (const run of [...waiting, ...finished, ...running, ...damaged, ...(retry ? [] : failed)]) left.delete(run);
  if (left.size > 0 && queue?.silent !== undefined) {
    if (!dryRun) {
      throw new UsageError(
        `--launch slurm: expected scontrol to tell which runs are in the queue already, got '${queue.silent}'. ` +
          'Nothing was submitted: start the same command again once Slurm answers.',
      );
    }
    tell(`${describeQueue(queue)}. What is in the queue already is not left out.`);
  }
  return [...left];
}

/** A folder for a launch, named by the time: later ones come last. */
function newFolder(runs: string): string {
  const time = new Date().toISOString().replace(/[-:]/g, '').replace(/\..*/, 'Z');
  for (let copy = 1; ; copy++) {
    const folder = join(runs, LAUNCHES, copy === 1 ? time : `${time}-${copy}`);
    mkdirSync(join(runs, LAUNCHES), { recursive: true });
    try {
      mkdirSync(folder);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue;
      throw error;
    }
    for (const name of ['output', 'results']) mkdirSync(join(folder, name));
    return folder;
  }
}
