import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { constants, hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/** A Slurm of two nodes on this machine, with all its files in a temporary folder. */
export interface Cluster {
  folder: string;
  /** What Slurm's commands need: give it to every process that calls them. */
  env: Record<string, string>;
  /** Runs one of Slurm's commands. @returns What it printed. @throws Error with its message if it fails. */
  command(...args: string[]): string;
  /** What its controller has told last. */
  log(): string;
  /** Ids of the processes of its jobs whose environments have these variables and values, and their command lines. */
  processes(variables: Record<string, string>): { pid: number; command: string }[];
  /** Ends a node at once, its daemon and every process of its jobs, as a loss of power does. */
  killNode(name: string): Promise<void>;
  /** Ends everything, and removes the folder. */
  stop(): Promise<void>;
}

const NODES = ['n1', 'n2'];

/** Starts munged, slurmctld and a slurmd for each node, and waits until both nodes take jobs. */
export async function startCluster(): Promise<Cluster> {
  const folder = mkdtempSync(join(tmpdir(), 'slurm-'));
  const daemons = new Map<string, ChildProcess>();
  const env = { SLURM_CONF: join(folder, 'slurm.conf') };
  // A node of its own name and processes, where the kernel allows it.
  const isolated = spawnSync('unshare', ['--uts', '--pid', '--fork', '--mount-proc', 'hostname', 'n1']).status === 0;

  const start = (name: string, program: string, args: string[], more: Record<string, string> = {}) => {
    // A daemon ends with the process that started it, however that ends.
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', program, ...args], {
      stdio: 'ignore',
      env: { PATH: `${process.env.PATH}:/usr/sbin`, ...env, ...more },
    });
    daemons.set(name, child);
  };
  const command = (...[program, ...args]: string[]) => {
    const { status, stdout, stderr, error } = spawnSync(program, args, {
      encoding: 'utf8',
      env: { ...process.env, ...env },
    });
    if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${error?.message ?? stderr}`);
    return stdout;
  };
  const processes = (variables: Record<string, string>) => processesWith({ ...env, ...variables });
  const killNode = async (name: string) => {
    const daemon = daemons.get(name)!;
    daemons.delete(name);
    const ended = end(daemon);
    if (!isolated) for (const { pid } of processes({ SLURMD_NODENAME: name })) kill(pid);
    await ended;
  };
  const stop = async () => {
    for (const name of [...daemons.keys()].reverse()) await killNode(name);
    rmSync(folder, { recursive: true, force: true });
  };

  try {
    const ports = await freePorts(1 + NODES.length);
    writeFileSync(join(folder, 'munge.key'), randomBytes(1024), { mode: 0o400 });
    writeFileSync(env.SLURM_CONF, configuration(folder, ports));
    for (const name of ['state', 'spool-n1', 'spool-n2']) mkdirSync(join(folder, name));
    const files = ['key', 'socket', 'pid', 'log', 'seed'].map(
      kind => `--${kind}${kind === 'socket' ? '' : '-file'}=${join(folder, `munge.${kind}`)}`,
    );
    start('munged', 'munged', ['--foreground', '--force', '--num-threads=1', ...files]);
    await until('munged listens', () => existsSync(join(folder, 'munge.socket')));
    start('slurmctld', 'slurmctld', ['-D', '-c']);
    for (const name of NODES) {
      const slurmd = ['slurmd', '-D', '-c', '-N', name];
      // The shell stays, as the first process of the namespace.
      const init = `hostname ${name} && ${slurmd.join(' ')}; exit $?`;
      const [program, ...args] = isolated
        ? ['unshare', '--uts', '--pid', '--fork', '--mount-proc', '--kill-child=KILL', 'sh', '-c', init]
        : slurmd;
      start(name, program, args, { SLURMD_NODENAME: name });
    }
    await until('both nodes are idle', () => {
      try {
        return command('sinfo', '--noheader', '--Node', '--format=%T').trim() === 'idle\nidle';
      } catch {
        return false;
      }
    });
  } catch (error) {
    const logs = ['munge.log', 'slurmctld.log', 'slurmd-n1.log', 'slurmd-n2.log']
      .filter(name => existsSync(join(folder, name)))
      .map(name => `${name}:\n${readFileSync(join(folder, name), 'utf8').slice(-2000)}`);
    await stop();
    throw new Error(`The cluster did not start.\n${logs.join('\n')}`, { cause: error });
  }
  const log = () => readFileSync(join(folder, 'slurmctld.log'), 'utf8').slice(-6000);
  return { folder, env, command, log, processes, killNode, stop };
}

function configuration(folder: string, [controller, ...nodes]: number[]): string {
  return [
    'ClusterName=here',
    `SlurmctldHost=${hostname()}(127.0.0.1)`,
    `SlurmctldPort=${controller}`,
    'SlurmUser=root',
    'SlurmdUser=root',
    // A requeued job waits until the credentials of its last start have expired.
    `AuthInfo=socket=${folder}/munge.socket,cred_expire=5`,
    `StateSaveLocation=${folder}/state`,
    `SlurmdSpoolDir=${folder}/spool-%n`,
    `SlurmctldPidFile=${folder}/slurmctld.pid`,
    `SlurmdPidFile=${folder}/slurmd-%n.pid`,
    `SlurmctldLogFile=${folder}/slurmctld.log`,
    `SlurmdLogFile=${folder}/slurmd-%n.log`,
    'ProctrackType=proctrack/linuxproc',
    'TaskPlugin=task/none',
    'SelectType=select/cons_tres',
    'SelectTypeParameters=CR_CPU',
    'MpiDefault=none',
    'MinJobAge=3600',
    'SlurmdTimeout=10',
    'SchedulerParameters=sched_interval=5',
    ...NODES.map(
      (name, k) =>
        `NodeName=${name} NodeHostname=${hostname()} NodeAddr=127.0.0.1 Port=${nodes[k]} CPUs=1 RealMemory=4000`,
    ),
    'PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP',
    '',
  ].join('\n');
}

/** Processes whose environments have these variables and values. */
function processesWith(variables: Record<string, string>): { pid: number; command: string }[] {
  const marks = Object.entries(variables).map(([key, value]) => `${key}=${value}`);
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .flatMap(name => {
      try {
        const found = readFileSync(`/proc/${name}/environ`, 'utf8').split('\0');
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return marks.every(mark => found.includes(mark)) ? [{ pid: Number(name), command }] : [];
      } catch {
        // It has ended.
        return [];
      }
    });
}

/** Whether a signal was sent to a process that has not seen it yet, as it is held. @throws Error if it is gone. */
export function isPending(pid: number, signal: NodeJS.Signals): boolean {
  const [, word] = /^ShdPnd:\s*([0-9a-f]+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))!;
  return ((BigInt(`0x${word}`) >> BigInt(constants.signals[signal] - 1)) & 1n) === 1n;
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise(resolve => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
}

/** Ports that nothing listens on at the moment. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
      return server;
    }),
  );
  const ports = servers.map(server => (server.address() as { port: number }).port);
  for (const server of servers) await new Promise(resolve => server.close(resolve));
  return ports;
}

/** Waits until something holds, and looks every `pause` milliseconds. @throws Error that says what did not come true. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  seconds = 30,
  pause = 200,
): Promise<void> {
  for (const limit = Date.now() + seconds * 1000; Date.now() < limit; ) {
    if (await holds()) return;
    await wait(pause);
  }
  throw new Error(`Expected within ${seconds} s that ${what}.`);
}
