import { mkdirSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { bench, folderIn, write } from '../../../testing/fakeMachine.ts';
import { BINDING, readMarker, TFJS_NODE } from '../native.ts';
import type { Ended } from './machine.ts';

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

  it.each<[string, string, Ended | undefined]>([
    ['does not load', '2.9.1', { status: 1, output: 'undefined symbol' }],
    ['is of another version', '2.15.0', undefined],
  ])('goes on with the wheel where what the own script downloads %s', async (_what, version, broken) => {
    const { cache, machine, notes, install } = bench();
    Object.assign(machine, { hostAnswers: true, version });
    if (broken !== undefined) machine.broken.load = broken;
    const run = machine.run.bind(machine);
    machine.run = async (...args) => {
      const ended = await run(...args);
      // The other binding, made later, is in order.
      if (machine.calls.at(-1) === 'load') Object.assign(machine, { version: '2.21.0', broken: {} });
      return ended;
    };
    expect((await install()).tensorflow).toBe('2.21.0');
    expect(notes[0]).toMatch(/^What the install script of .* downloaded does not work: expected .*(symbol|2\.15\.0)/s);
    expect(readMarker(folderIn(cache))?.how).toBe('compiled');
    expect(machine.calls.filter(name => ['own script', 'load', 'pip', 'compiler'].includes(name))).toEqual([
      'own script',
      'load',
      'pip',
      'compiler',
      'load',
    ]);
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
