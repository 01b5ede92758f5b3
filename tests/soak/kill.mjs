/**
 * Kills a running sweep at random moments, again and again, and compares every run with the same sweep left alone:
 * weights, topology, optimizer state and log must be equal to the last bit.
 *
 *   node tests/soak/kill.mjs --kills 100 --seed 1
 *
 * Counted are the kills that came while a run was being trained; those that came earlier or in between are dealt as well.
 *
 * Ends with exit code 1 if a run differs, if a log is damaged, or if a sweep does not come to its end.
 */
import { deepStrictEqual } from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { rng } from '../../packages/core/dist/index.js';
import { outcome, readRunLog } from '../../packages/experiments/dist/internal.js';
import { childrenOf, isAlive, isFinished, resumesIn, runsIn, startSweep, underWay } from './processes.mjs';
import { writeStudy } from './study.mjs';

const { values: flags } = parseArgs({
  options: {
    kills: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    jobs: { type: 'string', default: '2' },
    quick: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
  },
});
const KILLS = Number(flags.kills);
if (process.platform !== 'linux')
  throw new Error('expected Linux, whose /proc tells which processes belong to a sweep');

/** Every so many-th kill comes at any moment after the start; the others once a run is being trained. */
const EARLY_OF = 5;
const WINDOW_MS = flags.quick ? 600 : 1500;
/** How often a sweep may be started before it has to have ended. */
const LAST_STARTS = 20;
const KINDS = ['everything', 'one run', 'the sweep'];

const moments = rng(Number(flags.seed), 'soak');
const folder = mkdtempSync(join(tmpdir(), 'soak-'));
const study = writeStudy(folder, flags.quick);
const counts = {
  rounds: 0,
  training: 0,
  saving: 0,
  processes: 0,
  kinds: Object.fromEntries(KINDS.map(kind => [kind, 0])),
};
const resumes = new Set();
let killed = 0;

const begin = performance.now();
const reference = join(folder, 'reference');
const alone = startSweep(study, reference, { jobs: flags.jobs, cwd: folder });
if ((await alone.ended) !== 0) throw new Error(`the sweep that is left alone failed:\n${alone.output()}`);
const names = runsIn(reference);
const expected = new Map(names.map(name => [name, outcome(join(reference, name))]));
console.log(`${names.length} runs, left alone: ${seconds()} s. Seed ${flags.seed}.`);

while (counts.training < KILLS) {
  counts.rounds++;
  const runs = join(folder, `round-${counts.rounds}`);
  await killRound(runs);
  await compare(runs);
  rmSync(runs, { recursive: true });
}
if (!flags.keep) rmSync(folder, { recursive: true });
const { kinds } = counts;
console.log(
  `${killed} kills in ${counts.rounds} ${counts.rounds === 1 ? 'round' : 'rounds'}: ${KINDS.map(kind => `${kind} ${kinds[kind]}`).join(', ')}. ` +
    `${counts.training} came while runs were being trained, of which ${counts.processes} were killed themselves and ` +
    `${counts.saving} while they saved. ` +
    `${resumes.size} times a run was seen going on from a checkpoint. ` +
    `All ${names.length} runs of every round equal the reference bit by bit. ${seconds()} s.`,
);

/** Sweeps into a folder, killing on the way, until all its runs are finished. */
async function killRound(runs) {
  let sweep;
  let starts = 0;
  for (;;) {
    if (sweep === undefined) {
      sweep = startSweep(study, runs, { jobs: flags.jobs, cwd: folder });
      if (counts.training >= KILLS && ++starts > LAST_STARTS)
        throw new Error(`the sweep does not end:\n${sweep.output()}`);
    }
    const over = new AbortController();
    const end =
      counts.training < KILLS ? await Promise.race([sweep.ended, moment(runs, over.signal)]) : await sweep.ended;
    over.abort();
    for (const each of resumesIn(runs)) resumes.add(each);
    if (end === undefined) {
      if (await kill(sweep, runs)) sweep = undefined;
      continue;
    }
    sweep = await afterEnd(sweep, end, runs);
    if (sweep === null) return;
  }
}

/** What comes after a sweep that ended by itself: null once all is finished. */
async function afterEnd(sweep, end, runs) {
  const finished = names.every(name => isFinished(runs, name));
  if (finished && end === 0) return null;
  // One of its runs was killed: it says so, and is started again.
  if (end === 1) return undefined;
  throw new Error(`the sweep ended with ${end}:\n${sweep.output()}`);
}

/** A random moment to kill at. Resolves to nothing. */
async function moment(runs, signal) {
  const sleep = milliseconds => wait(milliseconds, undefined, { signal }).catch(() => {});
  const early = moments.integer(EARLY_OF) === 0;
  const delay = moments.float() * WINDOW_MS;
  if (early) return sleep(2 * delay);
  while (underWay(runs).length === 0 && !signal.aborted) await sleep(5);
  return sleep(delay);
}

/** Kills something of a sweep. @returns Whether the sweep itself is gone. */
async function kill(sweep, runs) {
  const training = new Map(underWay(runs).map(run => [run.pid, run]));
  const children = childrenOf(sweep.pid);
  const kind = KINDS[moments.integer(KINDS.length)];
  const one = children.length === 0 ? [] : [children[moments.integer(children.length)]];
  const victims = kind === 'everything' ? [...children, sweep.pid] : kind === 'one run' ? one : [sweep.pid];
  const hit = victims.filter(pid => training.has(pid));
  const dealt = victims.filter(tryKill);
  // It ended just before.
  if (dealt.length === 0) return false;
  if (dealt.includes(sweep.pid)) await sweep.ended;
  while (dealt.some(isAlive)) await wait(2);
  const halfSaved = hit.filter(pid => {
    return readdirSync(join(runs, training.get(pid).name)).some(name => name.endsWith('.tmp'));
  });
  // Half of the time the next sweep meets the runs of the killed one, which are still saving their checkpoints.
  if (kind === 'the sweep' && moments.integer(2) === 0) while (underWay(runs).length > 0) await wait(5);
  killed++;
  counts.kinds[kind]++;
  counts.training += Number(kind === 'the sweep' ? training.size > 0 : hit.length > 0);
  counts.processes += hit.length;
  counts.saving += halfSaved.length;
  const what = kind === 'the sweep' ? `${training.size} in training, left to save` : `${hit.length} in training`;
  console.log(`kill ${killed} at ${seconds()} s: ${kind} (${what})`);
  return dealt.includes(sweep.pid);
}

function tryKill(pid) {
  try {
    process.kill(pid, 'SIGKILL');
    return true;
  } catch {
    return false;
  }
}

/** Throws where a run is not what it is in the reference. */
async function compare(runs) {
  deepStrictEqual(runsIn(runs).sort(), [...names].sort());
  for (const name of names) {
    const directory = join(runs, name);
    deepStrictEqual(
      outcome(directory),
      expected.get(name),
      `${directory} differs from the run left alone (seed ${flags.seed})`,
    );
    deepStrictEqual(readRunLog(directory).damaged, [], `the log of ${directory} is damaged`);
    const left = readdirSync(directory).filter(file => /lock|tmp/.test(file));
    if (left.length > 0) console.log(`left over in ${name}: ${left.join(', ')}`);
  }
  console.log(`round ${counts.rounds}: ${names.length} runs equal the reference bit by bit`);
}

function seconds() {
  return ((performance.now() - begin) / 1000).toFixed(1);
}
