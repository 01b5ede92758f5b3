import { join } from 'node:path';
import { Command } from 'commander';
import {
  describeDamage,
  describeQueue,
  describeQueueState,
  type Queue,
  type QueueState,
  readQueue,
} from '../launch/queue.ts';
import type { RunStatus } from '../run/status.ts';
import { percent, perplexity, table } from './format.ts';
import { option } from './options.ts';

/** A run, begun or only submitted, and how Slurm sees its task. */
interface Row extends Omit<RunStatus, 'status'> {
  /** `waiting`: submitted, and not begun. */
  status: RunStatus['status'] | 'waiting';
  queue?: QueueState;
}

export function statusCommand(): Command {
  return new Command('status')
    .description(
      'lists all runs below a folder: how far each is, what it reached, and its place in the queue of a cluster',
    )
    .addOption(option.runs())
    .addOption(option.json('one line of JSON per run'))
    .addHelpText(
      'after',
      `
Runs are looked for three levels deep, so that those of all studies below runs/ are listed. The queue is that of the folder
itself: name that of a study that was launched on a cluster.

Examples:
  sparse-rnn status
  sparse-rnn status --runs runs/desk --json`,
    )
    .action(async (flags: { runs: string; json?: boolean }) => {
      const { runStates } = await import('../run/status.ts');
      const states = runStates(flags.runs);
      const queue = readQueue(flags.runs);
      const rows = queue === undefined ? states : withQueue(states, flags.runs, queue);
      if (flags.json) {
        for (const row of rows) console.log(JSON.stringify(row));
        return;
      }
      if (queue !== undefined) for (const line of describeDamage(queue)) console.log(line);
      if (rows.length === 0) {
        console.log(`No runs in ${flags.runs}. Start one: sparse-rnn run demo`);
        return;
      }
      console.log(table(cells(rows, queue)));
      for (const { name, reason } of rows) if (reason !== undefined) console.log(`${name}: ${reason}`);
      if (queue === undefined) return;
      const finished = rows.filter(({ status }) => status === 'finished').length;
      console.log(`${finished} of ${rows.length} runs finished. ${describeQueue(queue)}`);
    });
}

/** Adds what Slurm knows of each run, and the runs that have only been submitted. */
function withQueue(states: readonly RunStatus[], runs: string, { tasks, submitted }: Queue): Row[] {
  const begun = new Map<string, Row>(states.map(state => [state.name, state]));
  for (const name of submitted) {
    const none = { bestValidationPerplexity: null, testPerplexity: null };
    if (!begun.has(name)) begun.set(name, { name, runDir: join(runs, name), status: 'waiting', ...none });
  }
  return [...begun.values()]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(row => {
      const queue = tasks.get(row.name);
      if (queue === undefined) return row;
      // A task that waits again after the loss of its node: the lock that is still there is a dead one.
      const lost = row.status === 'running' && queue.state === 'PENDING';
      return { ...row, ...(lost && { status: 'interrupted' }), queue };
    });
}

function cells(rows: readonly Row[], queue: Queue | undefined): string[][] {
  const head = ['run', 'status', 'epoch', 'validation', 'test', ...(queue === undefined ? [] : ['queue'])];
  return [
    head,
    ...rows.map(row => [
      row.name,
      row.status,
      row.epochs === undefined ? '-' : `${row.epoch}/${row.epochs}`,
      quality(row.bestValidationPerplexity, row.bestValidationAccuracy),
      quality(row.testPerplexity, row.testAccuracy),
      ...(queue === undefined ? [] : [describeQueueState(row.queue)]),
    ]),
  ];
}

/** Accuracy of a classifier, perplexity of a language model. */
function quality(perplexityValue: number | null, accuracy: number | null | undefined): string {
  return accuracy === undefined ? perplexity(perplexityValue) : percent(accuracy);
}
