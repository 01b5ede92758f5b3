import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { HEARTBEAT_LIMIT_MS, RunLock, readLock } from './lock.ts';

let directory: string;
const children: ChildProcess[] = [];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lock-'));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(directory, { recursive: true, force: true });
  vi.unstubAllEnvs();
});

/** Another process that takes the lock and holds it until it is killed. */
async function holder(): Promise<ChildProcess> {
  const script = `import(${JSON.stringify(new URL('./lock.ts', import.meta.url).href)}).then(({ RunLock }) => {
    RunLock.take(${JSON.stringify(directory)}); console.log('held'); setInterval(() => {}, 1000); });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  await new Promise(resolve => child.stdout!.once('data', resolve));
  return child;
}

function rewrite(change: Record<string, unknown>, ageMs = 0): void {
  const path = join(directory, 'lock.json');
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), ...change }));
  const time = new Date(Date.now() - ageMs);
  utimesSync(path, time, time);
}

describe('RunLock', () => {
  it('is refused while another process holds it, naming pid and host, and taken over once that process was killed', async () => {
    const child = await holder();
    expect(() => RunLock.take(directory)).toThrow(new RegExp(`in use by process ${child.pid} on ${hostname()}`));
    expect(readLock(directory)?.alive).toBe(true);
    const gone = new Promise(resolve => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
    expect(readLock(directory)?.alive).toBe(false);
    const lock = RunLock.take(directory);
    expect(readLock(directory)?.owner?.pid).toBe(process.pid);
    lock.release();
    expect(readdirSync(directory)).toEqual([]);
  });

  it('is refused within one process too', () => {
    const lock = RunLock.take(directory);
    expect(() => RunLock.take(directory)).toThrow(/in use/);
    lock.release();
    RunLock.take(directory).release();
  });

  it.runIf(process.platform === 'linux')(
    'sees that the pid of a lock belongs to a later process by now (Linux)',
    () => {
      const old = RunLock.take(directory);
      rewrite({ processStart: '1' });
      expect(readLock(directory)?.alive).toBe(false);
      RunLock.take(directory);
      expect(readLock(directory)?.alive).toBe(true);
      expect(() => old.check()).toThrow(/took over/);
    },
  );

  it.runIf(process.platform === 'linux')('is stale after the machine was started anew (Linux)', () => {
    RunLock.take(directory);
    rewrite({ boot: 'earlier' });
    RunLock.take(directory);
    expect(readLock(directory)?.alive).toBe(true);
  });

  it('of another host is respected while its heartbeat is young, and taken over when it is old', () => {
    RunLock.take(directory);
    rewrite({ host: 'elsewhere' }, HEARTBEAT_LIMIT_MS - 60_000);
    expect(() => RunLock.take(directory)).toThrow(/on elsewhere/);
    rewrite({ host: 'elsewhere' }, HEARTBEAT_LIMIT_MS + 60_000);
    RunLock.take(directory);
    expect(readLock(directory)?.owner?.host).toBe(hostname());
  });

  it('of an earlier start of the same Slurm job on another host is taken over at once, any other is respected', () => {
    const job = { cluster: 'c', id: '12', restarts: 0 };
    RunLock.take(directory);
    const slurm = (restarts: string) => {
      vi.stubEnv('SLURM_CLUSTER_NAME', 'c');
      vi.stubEnv('SLURM_JOB_ID', '12');
      vi.stubEnv('SLURM_RESTART_COUNT', restarts);
    };
    rewrite({ host: 'elsewhere', job });
    expect(() => RunLock.take(directory)).toThrow(/on elsewhere/);
    slurm('0');
    expect(() => RunLock.take(directory)).toThrow(/on elsewhere/);
    slurm('1');
    for (const other of [{ id: '13' }, { cluster: 'd' }, { restarts: 1 }, { restarts: 2 }]) {
      rewrite({ host: 'elsewhere', job: { ...job, ...other } });
      expect(() => RunLock.take(directory), JSON.stringify(other)).toThrow(/on elsewhere/);
    }
    // Here the process itself tells whether it lives.
    rewrite({ host: hostname(), job });
    expect(() => RunLock.take(directory)).toThrow(/in use/);
    rewrite({ host: 'elsewhere', job });
    RunLock.take(directory);
    expect(readLock(directory)?.owner).toMatchObject({ host: hostname(), job: { ...job, restarts: 1 } });
  });

  it('that was cut by a power loss is taken over', () => {
    writeFileSync(join(directory, 'lock.json'), '{"pid": 12');
    RunLock.take(directory).release();
  });

  it('notices that it was taken away, and then leaves the new one alone', () => {
    const lock = RunLock.take(directory);
    rewrite({ token: 'of another process' });
    expect(() => lock.check()).toThrow(/Another process took over/);
    lock.release();
    expect(readLock(directory)?.owner?.token).toBe('of another process');
  });

  it('of another host with a heartbeat from the future, as after a clock was set back, is neither stolen nor held for ever', () => {
    RunLock.take(directory);
    rewrite({ host: 'elsewhere' }, -3 * 24 * 3_600_000);
    expect(() => RunLock.take(directory)).toThrow(/on elsewhere/);
    const age = Date.now() - statSync(join(directory, 'lock.json')).mtimeMs;
    expect(Math.abs(age)).toBeLessThan(60_000);
    // Ten minutes later without a heartbeat.
    rewrite({}, HEARTBEAT_LIMIT_MS + 1000);
    RunLock.take(directory);
    expect(readLock(directory)?.owner?.host).toBe(hostname());
  });

  it('has heartbeats on the clock of the file system, whatever the clock of its process says', () => {
    const lock = RunLock.take(directory);
    const path = join(directory, 'lock.json');
    const text = readFileSync(path, 'utf8');
    const now = performance.now();
    const clock = vi.spyOn(performance, 'now').mockReturnValue(now + 11_000);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 24 * 3_600_000 });
    onTestFinished(() => {
      clock.mockRestore();
      vi.useRealTimers();
    });
    utimesSync(path, 1000, 1000);
    lock.beat();
    vi.useRealTimers();
    expect(Date.now() - statSync(path).mtimeMs).toBeLessThan(60_000);
    expect(readFileSync(path, 'utf8')).toBe(text);
  });
});
