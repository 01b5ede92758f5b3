import { spawn } from 'node:child_process';

/** How a program ended. */
export interface Ended {
  /** Exit code; undefined if it could not be started, was killed, or ran out of time. */
  status: number | undefined;
  /** The last lines of what it printed, or why it did not run. */
  output: string;
}

export interface RunOptions {
  cwd?: string;
  /** Added to this process's environment. */
  env?: Record<string, string>;
  /** The program is killed after so long. Default: never. */
  timeoutMs?: number;
  signal?: AbortSignal;
}

/** What the installer asks of the machine it runs on: all that a test replaces. */
export interface Machine {
  /** `linux-x64` and so on. */
  readonly platform: string;
  /** Version of the C library if it is glibc. */
  readonly glibc: string | undefined;
  run(command: string, args: readonly string[], options?: RunOptions): Promise<Ended>;
  /** Whether a host answers at all, with whatever status, within the time. */
  answers(url: string, timeoutMs: number): Promise<boolean>;
}

const KEPT_OUTPUT = 2000;

export const thisMachine: Machine = {
  platform: `${process.platform}-${process.arch}`,
  get glibc() {
    const report = process.report.getReport() as unknown as { header: { glibcVersionRuntime?: string } };
    return report.header.glibcVersionRuntime;
  },
  run(command, args, { cwd, env, timeoutMs, signal } = {}) {
    return new Promise(resolve => {
      const child = spawn(command, args, {
        cwd,
        env: { ...process.env, ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
        // Programs that catch SIGTERM to clean up may hang at it.
        killSignal: 'SIGKILL',
        signal,
      });
      // The option of spawn would keep this process waiting where the program does not exist.
      const timer = timeoutMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), timeoutMs);
      let output = '';
      const keep = (chunk: Buffer) => {
        output = (output + chunk.toString()).slice(-KEPT_OUTPUT);
      };
      child.stdout.on('data', keep);
      child.stderr.on('data', keep);
      child.on('error', error => {
        clearTimeout(timer);
        const { code } = error as NodeJS.ErrnoException;
        resolve({ status: undefined, output: code === 'ENOENT' ? `no program ${command}` : error.message });
      });
      child.on('close', (code, killed) => {
        clearTimeout(timer);
        resolve({
          status: code ?? undefined,
          output: killed === null ? output.trim() : `${output.trim()} (${killed})`,
        });
      });
    });
  },
  async answers(url, timeoutMs) {
    try {
      await fetch(url, { method: 'HEAD', redirect: 'manual', signal: AbortSignal.timeout(timeoutMs) });
      return true;
    } catch {
      return false;
    }
  },
};

/** A step of the installation that failed although all it needs is there: a network, a disk, a compiler's error. */
export class InstallError extends Error {
  override readonly name = 'InstallError';
}

/** What to tell of a program that failed: the end of its output. */
export function failure(what: string, { status, output }: Ended, todo: string): InstallError {
  const how = status === undefined ? 'did not run to its end' : `exit code ${status}`;
  const last = output.trim().split('\n').slice(-6).join('\n');
  return new InstallError(`expected ${what}, got ${how}${last === '' ? '' : `:\n${last}\n`}; ${todo}`);
}
