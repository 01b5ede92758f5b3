import { spawnSync } from 'node:child_process';
import { shortPath } from '../commands/format.ts';
import { readLaunches } from './jobs.ts';

/** How Slurm sees one job. */
export interface QueueState {
  /** As Slurm's commands take it: `12_3` for a task, `13` for the report. */
  job: string;
  /** Slurm's word: PENDING, RUNNING, COMPLETED ... */
  state: string;
  node?: string;
  /** Why it waits. */
  reason?: string;
  /** How often it was queued again. */
  restarts: number;
}

/** Everything that was submitted from a folder of runs, as Slurm sees it now. */
export interface Queue {
  /** By the name of the run; of several launches the last. Without those that Slurm has forgotten. */
  tasks: Map<string, QueueState>;
  /** Names of all runs that were ever submitted, in order. */
  submitted: string[];
  /** Reports that Slurm still knows. */
  reports: QueueState[];
  /** Files of launches that cannot be read: what they submitted is not here. */
  damaged: string[];
  /** Why Slurm does not answer. */
  silent?: string;
}

/** The queue of a folder of runs; undefined if nothing was ever submitted from it. */
export function readQueue(runs: string, ask: (job: string) => Answer = askSlurm): Queue | undefined {
  const { launches, damaged } = readLaunches(runs);
  if (launches.length + damaged.length === 0) return undefined;
  const queue: Queue = { tasks: new Map(), submitted: [], reports: [], damaged };
  const names = new Set<string>();
  const states = (job: string): Map<number, QueueState> => {
    if (queue.silent !== undefined) return new Map();
    const answer = ask(job);
    if ('silent' in answer) queue.silent = answer.silent;
    return 'text' in answer ? parseJobs(answer.text) : new Map();
  };
  for (const jobs of launches) {
    for (const name of jobs.runs) {
      names.add(name);
      queue.tasks.delete(name);
    }
    for (const { job, offset } of jobs.arrays) {
      for (const [task, state] of states(job)) {
        const name = jobs.runs[offset + task];
        if (name !== undefined) queue.tasks.set(name, { ...state, job: `${job}_${task}` });
      }
    }
    if (jobs.report !== undefined) queue.reports.push(...states(jobs.report).values());
  }
  queue.submitted = [...names];
  return queue;
}

/** Whether a job is still to run, or runs. */
export function isActive({ state }: QueueState): boolean {
  return !ENDED.has(state);
}

const ENDED = new Set([
  'BOOT_FAIL',
  'CANCELLED',
  'COMPLETED',
  'DEADLINE',
  'FAILED',
  'NODE_FAIL',
  'OUT_OF_MEMORY',
  'PREEMPTED',
  'REVOKED',
  'TIMEOUT',
]);

/** Slurm's word on a job: its records, or that it has forgotten the job, or why it says nothing. */
export type Answer = { text: string } | { forgotten: true } | { silent: string };

function askSlurm(job: string): Answer {
  const { status, stdout, stderr, error } = spawnSync('scontrol', ['-o', 'show', 'job', job], {
    encoding: 'utf8',
    timeout: 30_000,
    // Or long lists of tasks are cut.
    env: { ...process.env, SLURM_BITSTR_LEN: '0' },
  });
  if (status === 0) return { text: stdout };
  if (/invalid job id/i.test(stderr ?? '')) return { forgotten: true };
  if ((error as NodeJS.ErrnoException)?.code === 'ENOENT') return { silent: 'no scontrol on the PATH' };
  return { silent: error?.message ?? (stderr.trim().split('\n').at(-1) || `scontrol ended with ${status}`) };
}

/**
 * Reads the lines of `scontrol -o show job`, one for each job; waiting tasks of an array share one. By the number of the
 * task; a job without tasks is number 0.
 */
export function parseJobs(text: string): Map<number, QueueState> {
  const jobs = new Map<number, QueueState>();
  for (const line of text.split('\n')) {
    const field = (name: string) => {
      // Fields that a user may choose come later in the line, or hold no such text.
      const value = new RegExp(`(?:^| )${name}=(\\S+)`).exec(line)?.[1];
      return value === '(null)' || value === 'None' || value === 'N/A' ? undefined : value;
    };
    const state = field('JobState');
    if (state === undefined) continue;
    const waits = state === 'PENDING';
    const known: Omit<QueueState, 'job'> = {
      state,
      ...(!waits && field('NodeList') && { node: field('NodeList') }),
      ...(waits && field('Reason') && { reason: field('Reason') }),
      restarts: Number(field('Restarts') ?? 0),
    };
    for (const task of taskNumbers(field('ArrayTaskId') ?? '0')) jobs.set(task, { job: field('JobId')!, ...known });
  }
  return jobs;
}

/** Numbers as Slurm lists them: `3`, `0,2-4`, `0-10:5`, each perhaps with `%2` for two at a time. */
export function taskNumbers(text: string): number[] {
  return text
    .replace(/%\d+$/, '')
    .split(',')
    .flatMap(part => {
      const [, first, last = first, step = '1'] = /^(\d+)(?:-(\d+))?(?::(\d+))?$/.exec(part) ?? [];
      const numbers: number[] = [];
      for (let task = Number(first); task <= Number(last); task += Number(step)) numbers.push(task);
      return numbers;
    });
}

/** `RUNNING on n2, start 2`, `PENDING (Resources)`, or a dash for one that Slurm does not know. */
export function describeQueueState(state: QueueState | undefined): string {
  if (state === undefined) return '-';
  const node = state.node === undefined ? '' : ` on ${state.node}`;
  const reason = state.reason === undefined ? '' : ` (${state.reason})`;
  return `${state.state}${node}${reason}${state.restarts === 0 ? '' : `, start ${state.restarts + 1}`}`;
}

/** `Slurm: 2 RUNNING, 3 PENDING, 1 COMPLETED; report 13: PENDING (Dependency)`. */
export function describeQueue({ tasks, reports, silent }: Queue): string {
  if (silent !== undefined) return `Slurm does not answer: ${silent}`;
  const counts = new Map<string, number>();
  for (const { state } of tasks.values()) counts.set(state, (counts.get(state) ?? 0) + 1);
  const told = [...counts].map(([state, count]) => `${count} ${state}`);
  const report = reports.at(-1);
  const last = report === undefined ? '' : `; report ${report.job}: ${describeQueueState(report)}`;
  return `Slurm: ${told.length === 0 ? 'no task that it still knows' : told.join(', ')}${last}`;
}

/** A line for each launch whose jobs are not known any more. */
export function describeDamage({ damaged }: Queue): string[] {
  return damaged.map(path => `${shortPath(path)} is damaged: its jobs are not shown, see 'squeue --me'`);
}
