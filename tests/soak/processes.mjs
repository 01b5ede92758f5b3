/** The processes of a sweep, and what they are at. Linux. */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const BIN = fileURLToPath(new URL('../../packages/experiments/bin/sparse-rnn.js', import.meta.url));

/** Starts a sweep of a study. `ended` resolves to its exit code, or to the signal that ended it. */
export function startSweep(study, runs, { jobs, cwd }) {
  const args = [
    'sweep',
    study,
    '--runs',
    runs,
    '--jobs',
    String(jobs),
    '--threads',
    '1',
    '--checkpoint-seconds',
    '0.1',
  ];
  const child = spawn(process.execPath, [BIN, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', each => (output += each));
  const ended = new Promise(resolve => child.once('close', (code, signal) => resolve(signal ?? code)));
  return { pid: child.pid, ended, output: () => output };
}

/** The processes that a sweep has started: its training processes. */
export function childrenOf(pid) {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name) && statOf(name)?.parent === pid)
    .map(Number);
}

/** Whether a process runs. */
export function isAlive(pid) {
  return statOf(pid) !== undefined;
}

function statOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' ? undefined : { parent: Number(parent) };
  } catch {
    return undefined;
  }
}

/** Names of the runs below a folder. */
export function runsIn(folder) {
  return existsSync(folder) ? readdirSync(folder).filter(name => existsSync(join(folder, name, 'spec.json'))) : [];
}

export function isFinished(folder, name) {
  return existsSync(join(folder, name, 'DONE'));
}

/** Runs under way: what is trained by which process, and whether it has a checkpoint to go on from. */
export function underWay(folder) {
  return runsIn(folder).flatMap(name => {
    const file = each => join(folder, name, each);
    if (isFinished(folder, name) || !existsSync(file('log.jsonl'))) return [];
    try {
      const { pid } = JSON.parse(readFileSync(file('lock.json'), 'utf8'));
      return isAlive(pid) ? [{ name, pid, hasCheckpoint: existsSync(file('checkpoint.safetensors')) }] : [];
    } catch {
      return [];
    }
  });
}

/** Every time that a run went on from a checkpoint, as far as its log tells of it now. */
export function resumesIn(folder) {
  return runsIn(folder).flatMap(name => {
    try {
      const log = readFileSync(join(folder, name, 'log.jsonl'), 'utf8');
      return [...log.matchAll(/"type":"resume","time":"([^"]+)"/g)].map(([, time]) => `${name} ${time}`);
    } catch {
      return [];
    }
  });
}
