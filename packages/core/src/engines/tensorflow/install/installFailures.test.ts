import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../../base/errors.ts';
import { bench, type FakeMachine, folderIn, type Program, sha256, wheel, write } from '../../../testing/fakeMachine.ts';
import { MARKER, nativeProblem, packageProblem, TFJS_NODE } from '../native.ts';
import { type Ended, InstallError } from './machine.ts';

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
