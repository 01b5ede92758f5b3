import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../testing/runs.ts';
import { type Jobs, writeJobs } from './jobs.ts';
import {
  type Answer,
  describeDamage,
  describeQueue,
  describeQueueState,
  parseJobs,
  readQueue,
  taskNumbers,
} from './queue.ts';

/** Lines as Slurm 22.05 writes them, cut short behind what follows the node. */
const RUNNING =
  'JobId=2 ArrayJobId=1 ArrayTaskId=0 JobName=sparse-rnn-a UserId=root(0) Priority=4294901759 Account=(null) JobState=RUNNING ' +
  'Reason=None Dependency=(null) Requeue=1 Restarts=1 BatchFlag=1 ExitCode=0:0 RunTime=00:00:25 ReqNodeList=(null) ' +
  'ExcNodeList=(null) NodeList=n2 BatchHost=n2 Command=/runs with JobState=FAILED/array.sh WorkDir=/work';
const WAITING =
  'JobId=1 ArrayJobId=1 ArrayTaskId=2,4-5%2 JobName=sparse-rnn-a UserId=root(0) JobState=PENDING Reason=Resources ' +
  'Dependency=(null) Requeue=1 Restarts=0 ReqNodeList=(null) ExcNodeList=(null) NodeList= NumNodes=1-1';
const DONE = RUNNING.replace('ArrayTaskId=0', 'ArrayTaskId=1')
  .replace('RUNNING', 'COMPLETED')
  .replace('Restarts=1', 'Restarts=0');
const REPORT =
  'JobId=13 JobName=sparse-rnn-a-report UserId=root(0) JobState=PENDING Reason=Dependency Dependency=afterany:1_*(unfulfilled) ' +
  'Requeue=1 Restarts=0 NodeList= NumNodes=1-1';

function launches(...all: Jobs[]): string {
  const runs = temporaryFolder();
  for (const [k, jobs] of all.entries()) {
    const folder = join(runs, 'slurm', `2026112${k}T000000Z`);
    mkdirSync(folder, { recursive: true });
    writeJobs(folder, jobs);
  }
  return runs;
}

const jobs = (change: Partial<Jobs> = {}): Jobs => ({
  schema: 1,
  submitted: '2026-11-25T00:00:00Z',
  arrays: [{ job: '1', offset: 0, size: 6 }],
  report: '13',
  runs: ['a', 'b', 'c', 'd', 'e', 'f'],
  ...change,
});

const answers =
  (texts: Record<string, string>) =>
  (job: string): Answer =>
    texts[job] === undefined ? { forgotten: true } : { text: texts[job] };

describe('reading the queue', () => {
  it.each([
    ['3', [3]],
    ['0,2-4', [0, 2, 3, 4]],
    ['0-10:5%2', [0, 5, 10]],
    ['2,4-5%2', [2, 4, 5]],
    ['N/A', []],
  ])('the tasks %s are %j', (text, numbers) => {
    expect(taskNumbers(text)).toEqual(numbers);
  });

  it('tells state, node, reason and restarts of every task', () => {
    expect([...parseJobs(`${RUNNING}\n${WAITING}\n\n`)]).toEqual([
      [0, { job: '2', state: 'RUNNING', node: 'n2', restarts: 1 }],
      ...[2, 4, 5].map(task => [task, { job: '1', state: 'PENDING', reason: 'Resources', restarts: 0 }]),
    ]);
  });

  it('finds the run of every task, and the report', () => {
    const queue = readQueue(launches(jobs()), answers({ 1: `${RUNNING}\n${DONE}\n${WAITING}`, 13: REPORT }))!;
    expect([...queue.tasks].map(([name, state]) => `${name} ${state.job} ${describeQueueState(state)}`)).toEqual([
      'a 1_0 RUNNING on n2, start 2',
      'b 1_1 COMPLETED on n2',
      'c 1_2 PENDING (Resources)',
      'e 1_4 PENDING (Resources)',
      'f 1_5 PENDING (Resources)',
    ]);
    expect(describeQueueState(queue.tasks.get('d'))).toBe('-');
    expect(describeQueue(queue)).toBe('Slurm: 1 RUNNING, 1 COMPLETED, 3 PENDING; report 13: PENDING (Dependency)');
  });

  it('counts tasks on over several arrays, and believes the last launch of a run', () => {
    const first = jobs({
      arrays: [
        { job: '1', offset: 0, size: 1 },
        { job: '2', offset: 1, size: 5 },
      ],
    });
    const second = jobs({ arrays: [{ job: '9', offset: 0, size: 1 }], runs: ['c'], report: undefined });
    const texts = { 1: DONE.replace('TaskId=1', 'TaskId=0'), 2: DONE.replace('TaskId=1', 'TaskId=1-4'), 9: RUNNING };
    const queue = readQueue(launches(first, second), answers(texts))!;
    expect([...queue.tasks].map(([name, { job, state }]) => [name, job, state])).toEqual([
      ['a', '1_0', 'COMPLETED'],
      ['d', '2_2', 'COMPLETED'],
      ['e', '2_3', 'COMPLETED'],
      ['f', '2_4', 'COMPLETED'],
      ['c', '9_0', 'RUNNING'],
    ]);
    expect(queue.submitted).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
  });

  it('knows the names when Slurm has forgotten the jobs, or is gone, and asks it only once then', () => {
    const runs = launches(jobs());
    const forgotten = readQueue(runs, answers({}))!;
    expect([forgotten.tasks.size, forgotten.submitted.length, describeQueue(forgotten)]).toEqual([
      0,
      6,
      'Slurm: no task that it still knows',
    ]);
    let asked = 0;
    const silent = readQueue(runs, () => {
      asked++;
      return { silent: 'Unable to contact slurm controller' };
    })!;
    expect([asked, silent.submitted.length]).toEqual([1, 6]);
    expect(describeQueue(silent)).toBe('Slurm does not answer: Unable to contact slurm controller');
  });

  it('is nothing where nothing was submitted, and passes over a launch that was only written', () => {
    const runs = temporaryFolder();
    expect(readQueue(runs, answers({}))).toBeUndefined();
    mkdirSync(join(runs, 'slurm', 'dry'), { recursive: true });
    expect(readQueue(runs, answers({}))).toBeUndefined();
  });

  it.each([
    ['cut', (text: string) => text.slice(0, 20)],
    ['changed', (text: string) => text.replace('"offset": 0', '"offset": 1')],
    ['without its seal', (text: string) => text.replace(/,\s*"check": "\w+"/, '')],
  ])('says of a launch whose file is %s that its jobs are not shown, and shows the others', (_, damage) => {
    const runs = launches(jobs(), jobs({ arrays: [{ job: '9', offset: 0, size: 1 }], runs: ['g'] }));
    const file = join(runs, 'slurm', '20261120T000000Z', 'jobs.json');
    writeFileSync(file, damage(readFileSync(file, 'utf8')));
    const queue = readQueue(runs, answers({ 9: RUNNING }))!;
    expect([...queue.tasks.keys()]).toEqual(['g']);
    expect(describeDamage(queue)).toEqual([expect.stringMatching(/20261120T000000Z\/jobs\.json is damaged: .*squeue/)]);
  });
});
