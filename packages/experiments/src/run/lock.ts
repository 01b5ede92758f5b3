import { randomUUID } from 'node:crypto';
import {
  closeSync,
  fstatSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { BusyError } from '../specs/usageError.ts';
import { unwritable } from './files.ts';

/** Who works in a run folder. */
export interface LockOwner {
  pid: number;
  host: string;
  /** Start of the process in the kernel's clock ticks, and of the kernel: pids are used again. Empty where unknown. */
  processStart: string;
  boot: string;
  /** ISO time at which the lock was taken. */
  since: string;
  token: string;
  /** The Slurm job that the process is of, and how often it was requeued before. Absent outside Slurm. */
  job?: SlurmStart;
}

/** One start of a Slurm job: a job that is requeued keeps its id. */
interface SlurmStart {
  cluster: string;
  id: string;
  restarts: number;
}

/** A lock of another host counts as abandoned when its heartbeat is older than this. */
export const HEARTBEAT_LIMIT_MS = 10 * 60_000;
const HEARTBEAT_MS = 10_000;

/** Sole right to write into a run folder, held as the file `lock.json`. */
export class RunLock {
  private readonly path: string;
  private readonly owner: LockOwner;
  /** On a clock that nobody sets. */
  private lastBeat = performance.now();
  /** The lock's own file, wherever its name went. */
  private file: number | undefined;
  /** What the file system's clock said when the lock was asked for. */
  private asked = Date.now();

  private constructor(directory: string, owner: LockOwner) {
    this.owner = owner;
    this.path = join(directory, 'lock.json');
  }

  /**
   * Takes the lock of a run folder. One that was left by a dead process is taken over: same host and its pid is gone
   * or belongs to a process that started at another time; other host and no heartbeat for ten minutes, or an earlier
   * start of the Slurm job that this process is of. Slurm requeues a job once its node is lost; a process that lives on
   * there nevertheless sees at its next heartbeat, and before each save, that the lock is gone, and stops.
   *
   * @throws BusyError that names pid and host of the process that holds it; UsageError if the folder cannot be written to.
   */
  static take(directory: string): RunLock {
    const lock = new RunLock(directory, {
      pid: process.pid,
      host: hostname(),
      processStart: processStart(process.pid) ?? '',
      boot: bootId(),
      since: new Date().toISOString(),
      token: randomUUID(),
      job: slurmStart(process.env),
    });
    if (lock.create()) return lock;
    const held = readLock(directory, lock.asked);
    if (held?.alive && !isEarlierStart(held.owner, lock.owner)) {
      resetFutureBeat(lock.path, lock.asked);
      throw refusal(directory, held.owner);
    }
    if (held !== undefined) lock.removeStale(held.text);
    if (lock.create()) return lock;
    throw refusal(directory, readLock(directory)?.owner);
  }

  /** Shows other hosts that this process lives. Cheap: writes to the file every ten seconds at most. */
  beat(): void {
    const now = performance.now();
    if (now - this.lastBeat < HEARTBEAT_MS) return;
    this.lastBeat = now;
    this.check();
    // A write, for the file system to set the time: its clock is the one that other hosts compare with.
    if (this.file !== undefined) writeSync(this.file, '{', 0);
  }

  /** @throws Error if another process took the lock away, as it may after a sleep longer than the heartbeat's limit. */
  check(): void {
    const text = readOrUndefined(this.path);
    if (text === undefined || parseOwner(text)?.token !== this.owner.token) {
      throw new Error(
        `Another process took over ${this.path}. This one stops and writes nothing more; run 'sparse-rnn status'.`,
      );
    }
  }

  release(): void {
    const text = readOrUndefined(this.path);
    if (text !== undefined && parseOwner(text)?.token === this.owner.token) rmSync(this.path, { force: true });
    if (this.file !== undefined) closeSync(this.file);
    this.file = undefined;
  }

  /** A link appears with its whole text or not at all, and never replaces another. */
  private create(): boolean {
    const temporary = `${this.path}.${this.owner.token}`;
    try {
      this.file = openSync(temporary, 'wx');
      writeFileSync(this.file, JSON.stringify(this.owner));
      this.asked = fstatSync(this.file).mtimeMs;
      linkSync(temporary, this.path);
      return true;
    } catch (error) {
      if (this.file !== undefined) closeSync(this.file);
      this.file = undefined;
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw unwritable(dirname(this.path), error);
    } finally {
      rmSync(temporary, { force: true });
    }
  }

  /** Moves the stale lock away and looks at what was moved: another process may have been quicker and hold a fresh one. */
  private removeStale(text: string): void {
    const moved = `${this.path}.stale-${this.owner.token}`;
    try {
      renameSync(this.path, moved);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      throw error;
    }
    try {
      if (readFileSync(moved, 'utf8') !== text) linkSync(moved, this.path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    } finally {
      rmSync(moved, { force: true });
    }
  }
}

/**
 * The lock of a run folder, or undefined where there is none. `alive` says whether its process still works there.
 *
 * @param now milliseconds on the clock of the file system, which sets the times of heartbeats.
 */
export function readLock(
  directory: string,
  now = Date.now(),
): { owner: LockOwner | undefined; alive: boolean; text: string } | undefined {
  const path = join(directory, 'lock.json');
  const text = readOrUndefined(path);
  if (text === undefined) return undefined;
  const owner = parseOwner(text);
  if (owner !== undefined && owner.host === hostname()) {
    return { owner, alive: owner.boot === bootId() && processStart(owner.pid) === owner.processStart, text };
  }
  const age = ageOf(path, now) ?? Number.POSITIVE_INFINITY;
  // A lock that cannot be read was cut by a power loss: no process writes one that way.
  return { owner, alive: owner !== undefined && age < HEARTBEAT_LIMIT_MS, text };
}

/** Milliseconds since the last heartbeat; undefined where there is no lock. */
function ageOf(path: string, now: number): number | undefined {
  const state = statSync(path, { throwIfNoEntry: false });
  return state && now - state.mtimeMs;
}

/**
 * A heartbeat from the future is one from before the clock was set back. It becomes one of now: a process that lives sends
 * its own, and from a dead one the lock is taken ten minutes later, not when the clock has caught up.
 */
function resetFutureBeat(path: string, now: number): void {
  const age = ageOf(path, now);
  if (age === undefined || age > -HEARTBEAT_LIMIT_MS) return;
  try {
    utimesSync(path, new Date(now), new Date(now));
  } catch {
    // Another user's, or gone by now.
  }
}

/** Whether another process works in a run folder. Asked again and again, it comes to an end with that process. */
export function isHeld(directory: string): boolean {
  const held = readLock(directory)?.alive === true;
  if (held) resetFutureBeat(join(directory, 'lock.json'), Date.now());
  return held;
}

function slurmStart(env: NodeJS.ProcessEnv): SlurmStart | undefined {
  const { SLURM_JOB_ID: id, SLURM_CLUSTER_NAME: cluster = '', SLURM_RESTART_COUNT: restarts = '0' } = env;
  return id === undefined ? undefined : { cluster, id, restarts: Number(restarts) };
}

/** Whether a lock is of an earlier start of one's own Slurm job, on another node. */
function isEarlierStart(held: LockOwner | undefined, own: LockOwner): boolean {
  if (held?.job === undefined || own.job === undefined || held.host === own.host) return false;
  const { cluster, id, restarts } = held.job;
  return cluster === own.job.cluster && id === own.job.id && restarts < own.job.restarts;
}

function refusal(directory: string, owner: LockOwner | undefined): BusyError {
  const who = owner === undefined ? 'another process' : `process ${owner.pid} on ${owner.host} (since ${owner.since})`;
  return new BusyError(`${directory} is in use by ${who}. Wait for it, or stop it with Ctrl-C and resume the run.`);
}

/** Start time of a process; undefined if it does not run, the empty text where the system does not tell. */
function processStart(pid: number): string | undefined {
  if (process.platform === 'linux') {
    // Field 22; the second, the program's name in brackets, may hold spaces and brackets of its own.
    const stat = readOrUndefined(`/proc/${pid}/stat`);
    const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields === undefined || fields[0] === 'Z' ? undefined : fields[19];
  }
  try {
    process.kill(pid, 0);
    return '';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? '' : undefined;
  }
}

function bootId(): string {
  return readOrUndefined('/proc/sys/kernel/random/boot_id')?.trim() ?? '';
}

function parseOwner(text: string): LockOwner | undefined {
  try {
    const value = JSON.parse(text);
    return typeof value?.pid === 'number' && typeof value.host === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

function readOrUndefined(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return undefined;
    throw error;
  }
}
