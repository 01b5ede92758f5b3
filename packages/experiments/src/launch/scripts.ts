import { join } from 'node:path';
import { type PlannedRun, trainingArguments } from '../sweep/study.ts';
import type { Resources } from './flags.ts';
import { FILES } from './jobs.ts';

/** All that the scripts of one launch are made from; every path is absolute. */
export interface Launch {
  /** Where its scripts, the tasks' output and their results lie. */
  folder: string;
  /** Folder of all run folders. */
  runs: string;
  /** Working directory of the tasks: `folder:`, `csv:` and `data` are read from here. */
  cwd: string;
  /** How `sparse-rnn` is called on a node. */
  program: readonly string[];
  /** Name of the jobs. */
  name: string;
  engine: string;
  /** Seconds between checkpoints within an epoch. */
  checkpointSeconds?: number;
  /** Whether the report job measures the distances between topologies first. */
  distances?: boolean;
  /** Page that the report job writes; absent where no job follows the tasks. */
  report?: string;
  resources: Resources;
}

/** A text as one word of a shell. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

const shellWords = (words: readonly string[]) => words.map(shellWord).join(' ');

/**
 * The tasks, one a line: the run's name, then the arguments of `sparse-rnn` that train it, as shell words. A line break
 * within a setting is written as `$'\n'`.
 */
export function taskLines(
  planned: readonly PlannedRun[],
  launch: Pick<Launch, 'runs' | 'engine' | 'checkpointSeconds'>,
): string {
  const lines = planned.map(run => shellWords([run.name, ...trainingArguments(run, launch.runs, launch)]));
  return lines.map(line => `${line.replaceAll('\n', () => "'$'\\n''")}\n`).join('');
}

/** A line of options that sbatch reads at the head of a script; it takes quotes as a shell does. */
function directive(option: string, value?: string | number): string {
  if (value === undefined) return `#SBATCH ${option}`;
  const text = String(value);
  return `#SBATCH ${option}=${/^[\w@%+=:,./-]+$/.test(text) ? text : `"${text.replace(/["\\]/g, '\\$&')}"`}`;
}

function directives({ folder, cwd, resources }: Launch, name: string, output: string): string[] {
  const { partition, time, mem, more } = resources;
  const pattern = `${folder.replaceAll('%', '%%')}/output/${output}`;
  const valued = { 'job-name': name, output: pattern, chdir: cwd, partition, time, mem };
  return [
    ...Object.entries(valued).flatMap(([key, value]) => (value === undefined ? [] : [directive(`--${key}`, value)])),
    ...more.map(option => directive(option)),
  ];
}

/** The script of every task of an array. Its argument is the number of tasks in the arrays before. */
export function arrayScript(launch: Launch): string {
  const { folder, program, name, resources } = launch;
  return `#!/bin/bash
${directives(launch, name, '%A_%a.log').join('\n')}
${directive('--cpus-per-task', resources.cpus)}
${directive('--ntasks', 1)}
${directive('--requeue')}
${directive('--open-mode', 'append')}
${directive('--signal', `B:USR1@${resources.signalSeconds}`)}
# Trains one run: a line of tasks.txt. It may be started any number of times: a run goes on from its checkpoint.
set -u
launch=${shellWord(folder)}
program=(${shellWords(program)})
mapfile -t -s "$((SLURM_ARRAY_TASK_ID + \${1:-0}))" -n 1 lines <"$launch/tasks.txt"
if [ "\${#lines[@]}" -ne 1 ]; then
  echo "$launch/tasks.txt: expected a line for task $SLURM_ARRAY_TASK_ID (after \${1:-0}), got none." >&2
  exit 2
fi
eval "words=(\${lines[0]})"
result="$launch/results/\${words[0]}.json"
job="\${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID"
printf '%(%FT%T%z)T  %s, start %s of job %s on %s\\n' -1 "\${words[0]}" "$((\${SLURM_RESTART_COUNT:-0} + 1))" "$job" "\${SLURMD_NODENAME:-?}" >&2

# Steps that the run had taken at the end of its last start.
steps() {
  local text=
  [ -r "$result" ] && text=$(<"$result")
  [[ $text =~ \\"steps\\":([0-9]+) ]] && echo "\${BASH_REMATCH[1]}" || echo 0
}
before=$(steps)

# USR1: the time is nearly up. TERM: the job is cancelled, preempted, or its node goes down. The run saves a checkpoint.
stopped= run=
stop() {
  stopped=yes
  [ -z "$run" ] || kill -TERM "$run"
}
trap stop USR1 TERM
"\${program[@]}" "\${words[@]:1}" --threads "\${SLURM_CPUS_PER_TASK:-1}" --json >"$result" &
run=$!
[ -z "$stopped" ] || kill -TERM "$run"
wait "$run"
code=$?
# A signal ends the waiting, and the run only later.
while [ "$code" -gt 128 ] && kill -0 "$run" 2>/dev/null; do
  wait "$run"
  code=$?
done
[ -n "$stopped" ] && [ "$code" -gt 128 ] || exit "$code"

# Stopped before its end. It is queued again, unless it was cancelled, or would never come further.
# Slurm may be busy, with all the tasks of a node that goes down.
state() { [[ "$(scontrol -o show job "$job")" =~ JobState=([A-Z_]+) ]] && echo "\${BASH_REMATCH[1]}"; }
found=$(state || { sleep 2; state; } || { sleep 5; state; })
if [ "$found" != RUNNING ]; then
  echo "Not queued again: for Slurm the job is \${found:-unknown}, not RUNNING. Start the same command again to go on." >&2
  exit "$code"
fi
if [ "$(steps)" -le "$before" ]; then
  echo "Not queued again: no step was taken in the time of one start. Give more --time." >&2
  exit "$code"
fi
# Slurm ends a task that it queues again. Were this script to end by itself, that could be taken for the end of the job.
trap 'exit "$code"' TERM
trap '' USR1
queue_again() { scontrol requeue "$job"; }
if queue_again || { sleep 2; queue_again; } || { sleep 5; queue_again; }; then
  sleep 60 </dev/null &>/dev/null &
  wait
else
  echo "Could not be queued again: start the same command again to go on." >&2
fi
exit "$code"
`;
}

/** The script of the job that makes the report, once all tasks have ended. */
export function reportScript(launch: Launch & { report: string }): string {
  const { program, name, runs, report, distances } = launch;
  const before = distances ? `${shellWords([...program, 'distances', '--runs', runs])}\n` : '';
  return `#!/bin/bash
${directives(launch, `${name}-report`, 'report.log').join('\n')}
${before}exec ${shellWords([...program, 'report', '--runs', runs, '--out', report])}
`;
}

/** One array of tasks: Slurm's numbers go from 0 to its size - 1; the tasks before it are its offset. */
export interface TaskRange {
  offset: number;
  size: number;
  /** Its tasks' times are results: each has a node to itself, one after the other. */
  alone?: boolean;
}

/**
 * As few arrays as the cluster's limit allows.
 *
 * @param limit Slurm's MaxArraySize: task numbers stay below it.
 * @param alone how many of the tasks, the last, have times that are results: they get arrays of their own.
 */
export function taskRanges(tasks: number, limit: number, alone = 0): TaskRange[] {
  const ranges: TaskRange[] = [];
  const add = (from: number, to: number, more: Partial<TaskRange>) => {
    for (let offset = from; offset < to; offset += limit) {
      ranges.push({ offset, size: Math.min(limit, to - offset), ...more });
    }
  };
  add(0, tasks - alone, {});
  add(tasks - alone, tasks, { alone: true });
  return ranges;
}

/**
 * Arguments of sbatch that submit an array.
 *
 * @param before ids of the arrays before it. Where the tasks at a time are limited, an array waits for the one before; one
 *   of tasks that are to be alone waits for all.
 */
export function arrayArguments(
  launch: Launch,
  { offset, size, alone = false }: TaskRange,
  before: readonly string[],
): string[] {
  const atATime = alone ? 1 : launch.resources.atATime;
  const waitsFor = alone ? before : atATime === undefined ? [] : before.slice(-1);
  return [
    '--parsable',
    `--array=0-${size - 1}${atATime === undefined ? '' : `%${atATime}`}`,
    ...(alone ? ['--exclusive'] : []),
    ...(waitsFor.length > 0 ? [`--dependency=afterany:${waitsFor.join(':')}`] : []),
    join(launch.folder, FILES.array),
    String(offset),
  ];
}

/** Arguments of sbatch that submit the report. It follows however the tasks end, and never waits in vain. */
export function reportArguments(launch: Launch, arrays: readonly string[]): string[] {
  return [
    '--parsable',
    `--dependency=afterany:${arrays.join(':')}`,
    '--kill-on-invalid-dep=yes',
    join(launch.folder, FILES.report),
  ];
}
