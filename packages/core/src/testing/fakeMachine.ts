import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, onTestFinished, vi } from 'vitest';
import { type InstallOptions, installTensorflow } from '../engines/tensorflow/install/install.ts';
import type { Ended, Machine } from '../engines/tensorflow/install/machine.ts';
import { WHEELS, type Wheel } from '../engines/tensorflow/install/wheel.ts';
import { BINDING, TFJS_NODE } from '../engines/tensorflow/native.ts';

const CONTENT = 'a wheel';
const PIP = 'pip 23.2 from /usr/lib/pip (python 3.11)';
/** Of a text, in hexadecimal. */
export const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
/** What pip downloads in tests. */
export const wheel: Wheel = {
  ...WHEELS['linux-x64'],
  file: 'tensorflow.whl',
  bytes: CONTENT.length,
  sha256: sha256(CONTENT),
};

/** What a machine is asked to run. */
export type Program = 'pip' | 'pip --version' | 'unpack' | 'compiler --version' | 'compiler' | 'load' | 'own script';

/** A machine whose programs write small files where the real ones write large ones; `broken` replaces some. */
export class FakeMachine implements Machine {
  readonly calls: Program[] = [];
  platform = 'linux-x64';
  glibc: string | undefined = '2.36';
  hostAnswers = false;
  /** TensorFlow that the binding says it has loaded. */
  version = wheel.version;
  broken: Partial<Record<Program, Ended>> = {};

  async run(command: string, args: readonly string[], options: Parameters<Machine['run']>[2] = {}): Promise<Ended> {
    const program = this.programOf(command, args);
    this.calls.push(program);
    const broken = this.broken[program];
    if (broken !== undefined) return broken;
    return { status: 0, output: this.effects[program](args, options) ?? '' };
  }

  async answers(): Promise<boolean> {
    return this.hostAnswers;
  }

  private programOf(command: string, args: readonly string[]): Program {
    if (command === process.execPath) return args[0] === '-e' ? 'load' : 'own script';
    if (command === 'g++') return args[0] === '--version' ? 'compiler --version' : 'compiler';
    if (args.includes('--version')) return 'pip --version';
    return args.includes('download') ? 'pip' : 'unpack';
  }

  private readonly effects: Record<
    Program,
    (args: readonly string[], options: { cwd?: string }) => string | undefined
  > = {
    'pip --version': () => PIP,
    'compiler --version': () => 'g++ 12',
    pip: args => write(join(args[args.indexOf('--dest') + 1], wheel.file), CONTENT),
    unpack: ([, , , target]) => {
      for (const name of ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2', 'include/c_api.h']) {
        write(join(target, 'tensorflow', name), name);
      }
      return undefined;
    },
    compiler: args => write(args[args.indexOf('-o') + 1], 'compiled'),
    load: () => `TensorFlow ${this.version}`,
    'own script': (_args, { cwd }) => {
      write(join(cwd!, 'deps/lib/libtensorflow.so.2'), 'library');
      return write(join(cwd!, BINDING), 'downloaded');
    },
  };
}

/** Writes a file, and its folders. */
export function write(path: string, text: string): undefined {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** An empty cache, a package without a native part, and a machine that has everything. */
export function bench() {
  for (const name of ['PYTHON', 'CXX', 'TFJS_NODE_CDN_STORAGE']) vi.stubEnv(name, '');
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'sparse-rnn-install-')));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const [cache, packageFolder] = [join(root, 'cache'), join(root, 'node_modules', TFJS_NODE.name)];
  write(join(packageFolder, 'package.json'), JSON.stringify(TFJS_NODE));
  const machine = new FakeMachine();
  const notes: string[] = [];
  const install = (more: InstallOptions = {}) =>
    installTensorflow({
      machine,
      cache,
      packageFolder,
      wheels: { 'linux-x64': wheel },
      onNote: text => notes.push(text),
      ...more,
    });
  return { root, cache, packageFolder, machine, notes, install };
}

/** The installation in a cache. */
export const folderIn = (cache: string, version = wheel.version) =>
  join(cache, `tensorflow-${version}-napi8-linux-x64`);

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});
