import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir, hostname, tmpdir, userInfo } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { placesOf, sharedSpec, withoutFolders } from '../specs/places.ts';
import { createSpec } from '../specs/spec.ts';
import { cli, tinySettings, writeCorpus } from '../testing/cli.ts';
import { fakeWorkbench } from '../testing/fakeWorkbench.ts';
import { outcome, temporaryFolder } from '../testing/runs.ts';
import { RunFolder } from './folder.ts';
import { resume, run } from './runner.ts';
import { withoutPaths } from './withoutPaths.ts';

const SECRET = 'hunter2-5d41402abc4b2a76';
/** A folder of the user's own, whose name no shared file may hold. */
const PRIVATE = 'private-project';

/** Every file of a run folder that may be shared, as text, its name included. */
function sharedFiles(runDir: string): string {
  const names = readdirSync(runDir).filter(name => name !== 'local.json');
  return names.map(name => `${name}\n${readFileSync(join(runDir, name), 'latin1')}`).join('\n');
}

function expectNothingPrivate(runDir: string, ...more: string[]): void {
  const shared = sharedFiles(runDir);
  // Short names, such as root, are words of their own right in a log.
  const names = [userInfo().username, hostname()].flatMap(name =>
    name.length > 4 ? [name] : [`/${name}/`, `"${name}"`],
  );
  for (const text of [SECRET, PRIVATE, `${homedir()}/`, process.cwd(), ...names, ...more]) {
    expect(shared, text).not.toContain(text);
  }
}

async function train(cwd: string, args: string[]): Promise<string> {
  const env = { API_TOKEN: SECRET, SPARSE_RNN_COMMIT: '', SPARSE_RNN_DATA: `/data/${SECRET}` };
  const { code, stdout, stderr } = await cli([...args, '--threads', '1', '--json'], { cwd, env });
  expect([code, stderr]).toEqual([0, expect.any(String)]);
  return JSON.parse(stdout).runDir;
}

describe('what a run leaves to be shared', () => {
  it('names no folder of the machine, host, user or secret, for a language model on a folder of your own', async () => {
    const cwd = temporaryFolder();
    const data = writeCorpus(join(cwd, PRIVATE, 'corpus'), 60);
    const runDir = await train(cwd, ['run', 'demo', ...tinySettings({ data, epochs: 1, layers: 1 })]);
    expectNothingPrivate(runDir, cwd);
    expect(sharedFiles(runDir)).toContain('folder:corpus');
    // What is needed to go on is kept, on this machine alone.
    expect(RunFolder.existing(runDir).spec.data).toBe(data);
    const evaluated = await cli(['evaluate', runDir, '--model', 'last'], { cwd });
    expect(evaluated.code).toBe(0);
    rmSync(join(runDir, 'local.json'));
    const moved = await cli(['resume', runDir], { cwd });
    expect(moved).toMatchObject({ code: 2, stderr: expect.stringMatching(/also needs its local\.json/) });
    expect((await cli(['status'], { cwd })).stdout).toMatch(/finished +1\/1/);
  });

  it('names none for a classifier on a CSV file with unusable texts, and a test file', async () => {
    const cwd = temporaryFolder();
    mkdirSync(join(cwd, PRIVATE));
    const [train1, test] = ['reviews.csv', 'held-out.csv'].map(name => join(cwd, PRIVATE, name));
    const rows = Array.from({ length: 40 }, (_, k) => `${k % 2},${k % 2 ? 'fine' : 'poor'} w${k % 7} w${k % 5}`);
    writeFileSync(train1, ['label,text', ...rows, '1'].join('\n'));
    writeFileSync(test, ['label,text', ...rows.slice(0, 10)].join('\n'));
    const settings = { data: `csv:${train1}`, csvTest: test, hidden: 4, embedding: 4, epochs: 1, minCount: 1 };
    const set = Object.entries({ ...settings, method: 'dense' }).flatMap(([key, value]) => [
      '--set',
      `${key}=${value}`,
    ]);
    const runDir = await train(cwd, ['run', 'csv', ...set]);
    expectNothingPrivate(runDir, cwd);
    expect(sharedFiles(runDir)).toContain('"data":"csv:reviews.csv"');
    expect(sharedFiles(runDir)).toContain('"csvTest":"held-out.csv"');
    expect(readdirSync(runDir)).toContain('unusable-texts.csv');
  });

  it('names none in the plan, the distances and the report of a sweep', async () => {
    const cwd = temporaryFolder();
    const data = writeCorpus(join(cwd, PRIVATE, 'corpus'), 60);
    const settings = `data: '${data}', epochs: 1, hidden: 8, embedding: 8, layers: 1, batch: 4, evaluationBatch: 4, window: 8`;
    writeFileSync(
      join(cwd, 'study.yaml'),
      `name: mine\npreset: demo\nsettings: { ${settings} }\nseeds: [1, 2]\ngrid: { data: ['${data}'] }\n`,
    );
    const at = async (...args: string[]) => expect(await cli(args, { cwd })).toMatchObject({ code: 0 });
    await at('sweep', 'study.yaml', '--threads', '1');
    await at('distances', '--runs', 'runs/mine');
    await at('report', '--runs', 'runs/mine', '--out', 'report/index.html');
    const files = ['runs/mine/plan.json', 'runs/mine/distances.json'];
    for (const entry of readdirSync(join(cwd, 'report'), { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) files.push(join(relative(cwd, entry.parentPath), entry.name));
    }
    expect(files.length).toBeGreaterThan(2);
    for (const file of files) {
      const shared = readFileSync(join(cwd, file), 'latin1');
      for (const text of [PRIVATE, cwd, tmpdir()]) expect(shared, file).not.toContain(text);
    }
    expect(readFileSync(join(cwd, files[0]), 'utf8')).toContain('Preset demo, data=folder:corpus, epochs=1');
    // Nor where the report is written far from the runs, below a folder that others have too.
    renameSync(join(cwd, 'runs'), join(cwd, PRIVATE, 'runs'));
    const out = join(temporaryFolder(), 'index.html');
    await at('report', '--runs', join(cwd, PRIVATE, 'runs'), '--out', out);
    for (const name of readdirSync(dirname(out), { recursive: true, encoding: 'utf8' })) {
      const file = join(dirname(out), name);
      const shared = statSync(file).isFile() ? readFileSync(file, 'latin1') : '';
      for (const text of [PRIVATE, basename(cwd), tmpdir()])
        expect([name, text, shared.includes(text)]).toEqual([name, text, false]);
    }
  }, 60_000);

  it('tells why a run failed without the folders in the reason', async () => {
    const runs = join(temporaryFolder(), PRIVATE);
    const spec = createSpec(
      'demo',
      {},
      { methods: ['set'], cells: ['lstm'], corpora: { 'language-model': ['moby-dick'], classification: [] } },
    );
    const save = (directory: string) => {
      throw new Error(`Cannot save ${directory}/checkpoint.safetensors: EIO, open '/mnt/${PRIVATE}/x y'`);
    };
    const { runDir, reason } = await run(runs, spec, { open: fakeWorkbench(), save });
    expect(reason).toContain(runs);
    expectNothingPrivate(runDir, runs);
    expect(sharedFiles(runDir)).toContain("Cannot save checkpoint.safetensors: EIO, open '");
  });
});

describe('the run of a spec with a path', () => {
  const known = { methods: ['set'], cells: ['lstm'], corpora: { 'language-model': [], classification: [] } };
  const open = fakeWorkbench();

  it('has the hash of the whole path, and goes on bit by bit', async () => {
    const spec = createSpec('demo', { data: 'folder:/home/me/a', epochs: 4 }, known);
    const other = createSpec('demo', { data: 'folder:/home/me/b/a', epochs: 4 }, known);
    const whole = await run(temporaryFolder(), spec, { open });
    const { runDir } = await run(temporaryFolder(), spec, { open, maxSteps: 50 });
    expect((await resume(runDir, { open })).status).toBe('finished');
    expect(outcome(runDir)).toEqual(outcome(whole.runDir));
    expect(RunFolder.forSpec(join(runDir, '..'), other).directory).not.toBe(runDir);
    writeFileSync(join(runDir, 'local.json'), '{"data":"folder:/home/me/c/a"}');
    expect(() => RunFolder.existing(runDir)).toThrow(/spec\.json was changed/);
    writeFileSync(join(runDir, 'local.json'), '{"data":');
    expect(() => RunFolder.existing(runDir)).toThrow(/local\.json cannot be read/);
  });

  it('is read from a folder whose spec.json has the path itself, as it was at first', async () => {
    const spec = createSpec('demo', { data: 'folder:/home/me/a' }, known);
    const { runDir } = await run(temporaryFolder(), spec, { open, maxSteps: 1 });
    const path = join(runDir, 'spec.json');
    writeFileSync(path, readFileSync(path, 'utf8').replace('folder:a', 'folder:/home/me/a'));
    rmSync(join(runDir, 'local.json'));
    expect(RunFolder.existing(runDir).spec).toEqual(spec);
  });
});

describe('sharedSpec', () => {
  it('keeps of a path its last part, and everything else', () => {
    const spec = { data: 'csv:/a/b.csv', csvTest: 'C:\\me\\c.csv', seed: 3 };
    expect(sharedSpec(spec)).toEqual({ data: 'csv:b.csv', csvTest: 'c.csv', seed: 3 });
    expect(placesOf(spec)).toEqual({ data: 'csv:/a/b.csv', csvTest: 'C:\\me\\c.csv' });
    expect(placesOf({ data: 'csv:b.csv', csvTest: '' })).toEqual({});
    // What a study file may say before it is checked.
    expect(sharedSpec({ csvTest: 3 } as object)).toEqual({ csvTest: 3 });
    expect(['ptb', 'folder:/a/', 'csv:'].map(data => withoutFolders(data))).toEqual(['ptb', 'folder:a', 'csv:']);
  });
});

describe('withoutPaths', () => {
  it.each([
    ["ENOENT: no such file, open '/home/me/x.txt'", "ENOENT: no such file, open 'x.txt'"],
    ['at file:///usr/lib/a.js:3:4 and C:\\Users\\me\\b.txt', 'at a.js:3:4 and b.txt'],
    ['a/b per s, 3/4, ./here/x, lr 1e-3', 'a/b per s, 3/4, ./here/x, lr 1e-3'],
    ['in /with blank/folder/z', 'in z'],
  ])('%s', (message, expected) => expect(withoutPaths(message, ['/with blank/folder'])).toBe(expected));
});
