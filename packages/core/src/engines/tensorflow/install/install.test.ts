import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { InputError } from '../../../base/errors.ts';
import { BINDING, MARKER, nativeProblem, packageProblem, readMarker, TFJS_NODE } from '../native.ts';
import { type InstallOptions, installTensorflow } from './install.ts';
import { type Ended, InstallError, type Machine } from './machine.ts';
import { WHEELS, type Wheel } from './wheel.ts';

const CONTENT = 'a wheel';
const PIP = 'pip 23.2 from /usr/lib/pip (python 3.11)';
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const wheel: Wheel = { ...WHEELS['linux-x64'], file: 'tensorflow.whl', bytes: CONTENT.length, sha256: sha256(CONTENT) };

type Program = 'pip' | 'pip --version' | 'unpack' | 'compiler --version' | 'compiler' | 'load' | 'own script';

/** A machine whose programs write small files where the real ones write large ones; `broken` replaces some. */
class FakeMachine implements Machine {
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

function write(path: string, text: string): undefined {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** An empty cache, a package without a native part, and a machine that has everything. */
function bench() {
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

const folderIn = (cache: string, version = wheel.version) => join(cache, `tensorflow-${version}-napi8-linux-x64`);

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

describe('installing the engine tensorflow', () => {
  it('compiles against the wheel where the host of the own script does not answer, and links the binding', async () => {
    const { cache, packageFolder, machine, notes, install } = bench();
    const folder = folderIn(cache);
    expect(await install()).toEqual({ state: 'made', tensorflow: '2.21.0', folder });
    expect(machine.calls).toEqual(['pip --version', 'compiler --version', 'pip', 'unpack', 'compiler', 'load']);
    expect(readFileSync(join(packageFolder, BINDING), 'utf8')).toBe('compiled');
    expect(realpathSync(join(packageFolder, BINDING))).toBe(join(folder, BINDING));
    expect(readdirSync(join(folder, 'deps/lib'))).toEqual(['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2']);
    expect(readMarker(folder)).toMatchObject({ tensorflow: '2.21.0', tfjsNode: '4.22.0', how: 'compiled' });
    expect(readdirSync(cache), 'nothing else stays').toEqual([`tensorflow-2.21.0-napi8-linux-x64`]);
    expect(notes[0]).toMatch(/found no way: https:.* did not answer within 5 s/);
  });

  it('takes what the own script downloads where it can, and leaves the package as it was', async () => {
    const { cache, packageFolder, machine, install } = bench();
    Object.assign(machine, { hostAnswers: true, version: '2.9.1' });
    expect(await install()).toEqual({ state: 'made', tensorflow: '2.9.1', folder: folderIn(cache, '2.9.1') });
    expect(machine.calls).toEqual(['own script', 'load']);
    expect(readFileSync(join(packageFolder, BINDING), 'utf8')).toBe('downloaded');
    expect(readdirSync(packageFolder).sort()).toEqual(['lib', 'package.json']);
    expect(readMarker(folderIn(cache, '2.9.1'))?.how).toBe('downloaded');
  });

  it('tells the seconds of what does not tell how far it is: the own script, and the compiler', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    onTestFinished(() => void vi.useRealTimers());
    const { machine, install } = bench();
    machine.hostAnswers = true;
    machine.broken['own script'] = { status: 1, output: 'Error' };
    const run = machine.run.bind(machine);
    machine.run = (...args) => {
      const ended = run(...args);
      if (['own script', 'compiler'].includes(machine.calls.at(-1)!)) vi.advanceTimersByTime(2500);
      return ended;
    };
    const told: string[] = [];
    await install({ onProgress: text => told.push(text) });
    const of = (what: string) => told.filter(text => text.startsWith(what));
    for (const what of [`running the install script of ${TFJS_NODE.name}`, 'compiling the binding']) {
      expect(of(what)).toEqual([what, `${what}, 1 s`, `${what}, 2 s`]);
    }
    expect(vi.getTimerCount()).toBe(0);
  });

  it('goes on with the wheel where the own script fails', async () => {
    const { machine, notes, install } = bench();
    machine.hostAnswers = true;
    machine.broken['own script'] = { status: 1, output: 'Error\nread ECONNRESET' };
    expect((await install()).state).toBe('made');
    expect(notes[0]).toMatch(/found no way: read ECONNRESET/);
  });

  it('says that all is there the second time, and links another checkout without making anything', async () => {
    const { root, cache, machine, install } = bench();
    await install();
    machine.calls.length = 0;
    expect(await install()).toMatchObject({ state: 'present', tensorflow: '2.21.0' });
    const other = join(root, 'other', TFJS_NODE.name);
    mkdirSync(other, { recursive: true });
    expect(await install({ packageFolder: other })).toMatchObject({ state: 'linked', folder: folderIn(cache) });
    expect(readFileSync(join(other, BINDING), 'utf8')).toBe('compiled');
    expect(machine.calls).toEqual([]);
    expect((await install({ fresh: true })).state).toBe('made');
    expect(machine.calls).toContain('pip');
  });

  it('makes it again where a file of it is cut or gone', async () => {
    const { cache, install } = bench();
    await install();
    writeFileSync(join(folderIn(cache), 'deps/lib/libtensorflow_cc.so.2'), 'cut');
    expect((await install()).state).toBe('made');
    rmSync(folderIn(cache), { recursive: true });
    expect((await install()).state, 'a link to nothing').toBe('made');
  });

  it("accepts a binding that npm's own installation left, unless it is of another version", async () => {
    const { packageFolder, machine, install } = bench();
    write(join(packageFolder, BINDING), "npm's own");
    machine.version = '2.9.1';
    expect(await install()).toMatchObject({ state: 'present', tensorflow: '2.9.1' });
    machine.version = '2.12.0';
    await expect(install()).rejects.toThrow(/expected TensorFlow 2\.21\.0 or 2\.9\.1 .*, got "2\.12\.0"/);
  });
});

describe('what is missing is one clear error', () => {
  const cases: [string, (machine: FakeMachine) => void, RegExp][] = [
    [
      'Python',
      machine => {
        machine.broken['pip --version'] = { status: undefined, output: 'no program python3' };
      },
      /^expected Python 3 with pip as 'python3', which .*, got "no program python3"; install it .*PYTHON=.*engine install/,
    ],
    [
      'pip',
      machine => {
        machine.broken['pip --version'] = { status: 1, output: '/usr/bin/python3: No module named pip' };
      },
      /^expected Python 3 with pip .*, got ".*No module named pip"; install it .*python3-pip/,
    ],
    [
      'Python 3, the program being Python 2',
      machine => {
        machine.broken['pip --version'] = { status: 0, output: 'pip 20.3 from /usr/lib (python 2.7)' };
      },
      /^expected Python 3 with pip .*, got "pip 20.3 .*python 2.7\)"/,
    ],
    [
      'a compiler',
      machine => {
        machine.broken['compiler --version'] = { status: undefined, output: 'no program g++' };
      },
      /^expected a C\+\+ compiler as 'g\+\+', .*, got "no program g\+\+"; install it .*CXX=.*engine install tensorflow/,
    ],
    [
      'a wheel for the platform',
      machine => {
        machine.platform = 'linux-arm64';
      },
      /^expected a platform with a TensorFlow wheel \(linux-x64\), got "linux-arm64"; use the engine 'simd'/,
    ],
    [
      'glibc',
      machine => {
        machine.glibc = undefined;
      },
      /^expected a Linux with glibc 2\.27 or later, got "no glibc"/,
    ],
    [
      'a new enough glibc',
      machine => {
        machine.glibc = '2.17';
      },
      /^expected a Linux with glibc 2\.27 or later, got "2\.17"/,
    ],
  ];
  it.each(cases)('%s, before anything is fetched', async (_what, spoil, message) => {
    const { cache, machine, install } = bench();
    spoil(machine);
    const error = await install().catch(caught => caught);
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toMatch(message);
    expect(machine.calls).not.toContain('pip');
    expect(existsSync(cache) ? readdirSync(cache) : []).toEqual([]);
  });

  it('the package itself, or its version', () => {
    expect(packageProblem(undefined)?.message).toMatch(
      /^expected the package @tensorflow\/tfjs-node 4\.22\.0 .*, got "none"; bring it with npm install --ignore-scripts/,
    );
    expect(packageProblem({ version: '4.20.0' })?.message).toMatch(/got "4\.20\.0"; bring it with npm install/);
    expect(packageProblem({ version: '4.22.0' })).toBeUndefined();
  });
});

describe('a step that fails', () => {
  const failures: [Program, Ended, RegExp][] = [
    ['pip', { status: 1, output: 'ERROR: No matching distribution' }, /pip to download .*exit code 1.*No matching/s],
    ['unpack', { status: 1, output: 'OSError: No space left on device' }, /unpacked, got exit code 1.*No space.*1 GB/s],
    ['compiler', { status: 1, output: 'error: #error C++17' }, /g\+\+ to compile .*#error C\+\+17.*CXX/s],
    ['load', { status: 1, output: 'undefined symbol' }, /the binding .* to load, got exit code 1.*undefined symbol/s],
  ];
  it.each(failures)(
    '%s: is an error that says so, and the next call goes on there',
    async (program, ended, message) => {
      const { cache, machine, install } = bench();
      machine.broken[program] = ended;
      const error = await install().catch(caught => caught);
      expect(error).toBeInstanceOf(InstallError);
      expect(error.message).toMatch(message);
      expect(existsSync(folderIn(cache))).toBe(false);
      const done = machine.calls.slice(0, -1).filter(name => !name.endsWith('--version'));
      machine.broken = {};
      machine.calls.length = 0;
      expect((await install()).state).toBe('made');
      for (const name of done) expect(machine.calls, `${name} was finished and is not repeated`).not.toContain(name);
      expect(machine.calls).toContain(program);
    },
  );

  it('a wheel with another checksum is refused and not kept', async () => {
    const { cache, install } = bench();
    const changed = { 'linux-x64': { ...wheel, sha256: sha256('another wheel') } };
    await expect(install({ wheels: changed })).rejects.toThrow(
      /expected tensorflow\.whl with SHA-256 .*, got .*nothing was kept/,
    );
    expect(readdirSync(cache, { recursive: true }).filter(path => String(path).endsWith('.whl'))).toEqual([]);
  });

  it('a finished download that was damaged since is fetched again', async () => {
    const { cache, machine, install } = bench();
    machine.broken.unpack = { status: 1, output: '' };
    await install().catch(() => {});
    const [path] = readdirSync(cache, { recursive: true }).filter(name => String(name).endsWith('.whl'));
    writeFileSync(join(cache, String(path)), 'damaged');
    machine.broken = {};
    machine.calls.length = 0;
    await install();
    expect(machine.calls).toContain('pip');
  });

  it('another version behind the binding is an error with both versions and the command', async () => {
    const { cache, packageFolder, machine, install } = bench();
    machine.version = '2.15.0';
    const wrong =
      /^expected TensorFlow 2\.21\.0 or 2\.9\.1 behind .*4\.22\.0, got "2\.15\.0"; .*engine install tensorflow --fresh$/;
    await expect(install()).rejects.toThrow(wrong);
    machine.version = '2.21.0';
    await install();
    const marker = join(folderIn(cache), MARKER);
    writeFileSync(marker, readFileSync(marker, 'utf8').replace('2.21.0', '2.15.0'));
    expect(nativeProblem({ folder: packageFolder, version: TFJS_NODE.version })?.message).toMatch(wrong);
    expect((await install()).state, 'made again').toBe('made');
  });

  it('refuses to run beside another installation, and takes over from one that was killed', async () => {
    const { cache, install } = bench();
    const lock = join(cache, 'making-tensorflow-linux-x64.lock');
    write(lock, String(process.ppid));
    await expect(install()).rejects.toThrow(/expected no other installation under way, got "process \d+"/);
    // Larger than any process id.
    writeFileSync(lock, String(2 ** 30));
    expect((await install()).state).toBe('made');
    expect(existsSync(lock)).toBe(false);
  });

  it.each(['', '0', '-1', '1.5', 'no number', '12 13'])(
    'takes over a lock that names no process: %j',
    async content => {
      const { cache, install } = bench();
      const lock = join(cache, 'making-tensorflow-linux-x64.lock');
      write(lock, content);
      expect((await install()).state).toBe('made');
      expect(existsSync(lock)).toBe(false);
    },
  );

  it('stops when it is told to, and keeps what is finished', async () => {
    const { machine, install } = bench();
    const controller = new AbortController();
    const run = machine.run.bind(machine);
    machine.run = async (...args) => {
      const ended = await run(...args);
      if (machine.calls.at(-1) === 'unpack') controller.abort();
      return controller.signal.aborted ? { status: undefined, output: 'killed' } : ended;
    };
    await expect(install({ signal: controller.signal })).rejects.toMatchObject({ name: 'AbortError' });
    machine.run = run;
    machine.calls.length = 0;
    await install();
    expect(machine.calls).not.toContain('pip');
  });
});
