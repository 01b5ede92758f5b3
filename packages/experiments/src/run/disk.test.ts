import {
  closeSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createSpec } from '../specs/spec.ts';
import { StorageError, UsageError } from '../specs/usageError.ts';
import { cli, tinySettings, writeCorpus } from '../testing/cli.ts';
import { fakeWorkbench } from '../testing/fakeWorkbench.ts';
import { noMounts, smallDisk } from '../testing/mounts.ts';
import { outcome, temporaryFolder } from '../testing/runs.ts';
import { unwritable } from './files.ts';
import { run } from './runner.ts';

const corpora = { 'language-model': ['moby-dick'], classification: [] };
const spec = createSpec('demo', { epochs: 4 }, { methods: ['set'], cells: ['lstm'], corpora });
const open = fakeWorkbench();
const skipped = noMounts === undefined ? '' : ` (skipped: ${noMounts})`;
const PAGE = 4096;

/** Fills a disk to its last page, then frees some. */
function fill(folder: string, free: number): void {
  rmSync(join(folder, 'filler'), { force: true });
  const file = openSync(join(folder, 'filler'), 'w');
  let bytes = 0;
  try {
    for (;;) bytes += writeSync(file, Buffer.alloc(PAGE, 1));
  } catch {
    ftruncateSync(file, bytes - free * PAGE);
  }
  closeSync(file);
}

describe.skipIf(noMounts !== undefined)(`on a disk that is full${skipped}`, () => {
  it('a run says so wherever it runs out of room, and ends as one left alone once there is room', async () => {
    const whole = outcome((await run(temporaryFolder(), spec, { open })).runDir);
    const { folder } = smallDisk(256 * 1024);
    const ends = new Set<string>();
    for (let free = 0; ; free++) {
      const runs = join(folder, 'runs');
      mkdirSync(runs);
      fill(folder, free);
      const result = await run(runs, spec, { open }).catch((error: Error) => error);
      const end = result instanceof Error ? 'not begun' : result.status;
      ends.add(end);
      if (result instanceof Error) {
        expect(result).toBeInstanceOf(StorageError);
        expect(result.message).toMatch(/the disk is full\. .* Make room/);
      } else if (result.status === 'failed') {
        expect(result.reason).toMatch(/the disk is full/);
        expect(existsSync(join(result.runDir, 'DONE'))).toBe(false);
        expect(readdirSync(result.runDir).filter(name => /tmp|lock/.test(name))).toEqual([]);
      }
      rmSync(join(folder, 'filler'));
      const again = await run(runs, spec, { open });
      expect(again.status).toBe('finished');
      expect(outcome(again.runDir), `${free} pages free`).toEqual(whole);
      rmSync(runs, { recursive: true });
      if (end === 'finished') break;
    }
    // It ran out of room before the start, and in the middle.
    expect([...ends].sort()).toEqual(['failed', 'finished', 'not begun']);
  }, 60_000);

  it('the command line ends with exit code 1 and one line that says so', async () => {
    const { folder } = smallDisk(256 * 1024);
    const data = writeCorpus(join(temporaryFolder(), 'corpus'), 60);
    const args = ['run', 'demo', ...tinySettings({ data, epochs: 1 }), '--threads', '1'];
    fill(folder, 0);
    const { code, stderr } = await cli([...args, '--runs', join(folder, 'runs')], { cwd: folder });
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^[^\n]*the disk is full[^\n]*\n$/)]);
    expect(readdirSync(folder, { recursive: true }).sort()).toEqual(['filler', 'runs']);
  });

  it('a sweep says so before its first run, leaves a run that failed of it until --retry, and so do distances and report', async () => {
    const { folder } = smallDisk(1 << 20);
    const elsewhere = temporaryFolder();
    const data = writeCorpus(join(elsewhere, 'corpus'), 60);
    const study = join(elsewhere, 'study.yaml');
    const settings = `data: '${data}', hidden: 8, embedding: 8, layers: 1, batch: 4, evaluationBatch: 4, window: 8, epochs: 2`;
    const of = (seeds: string) =>
      writeFileSync(study, `name: s\npreset: demo\nsettings: { ${settings} }\nseeds: [${seeds}]\n`);
    const runs = join(folder, 'runs');
    const at = (...args: string[]) => cli(args, { cwd: elsewhere });
    const sweep = (...more: string[]) => at('sweep', study, '--threads', '1', '--runs', runs, ...more);
    const oneLine = { code: 1, stderr: expect.stringMatching(/^Cannot write to [^\n]*the disk is full[^\n]*\n$/) };
    of('1');
    fill(folder, 0);
    expect(await sweep()).toMatchObject(oneLine);
    expect(readdirSync(runs)).toEqual([]);

    // Room for a run's beginning, and not for its checkpoint.
    let stdout = '';
    for (let free = 4; !stdout.includes('failed at step'); free += 2) {
      rmSync(runs, { recursive: true });
      fill(folder, free);
      stdout = (await sweep()).stdout;
      expect(stdout).not.toContain('1 of 1 finished');
    }
    rmSync(join(folder, 'filler'));
    const left = await sweep();
    expect([left.code, left.stdout]).toEqual([
      1,
      expect.stringMatching(/the disk is full\..*\w\. Train it again with --retry\./),
    ]);
    of('1, 2');
    expect((await sweep('--retry')).stdout).toContain('2 of 2 finished');
    await at('sweep', study, '--threads', '1', '--runs', 'whole');
    const names = readdirSync(runs).filter(name => name !== 'plan.json');
    for (const name of names) expect(outcome(join(runs, name))).toEqual(outcome(join(elsewhere, 'whole', name)));

    fill(folder, 0);
    expect(await at('distances', '--runs', runs)).toMatchObject(oneLine);
    const report = await at('report', '--runs', runs, '--out', join(folder, 'index.html'));
    expect(report).toMatchObject({ code: 2, stderr: expect.stringMatching(/^[^\n]*--out[^\n]*\n$/) });
    expect(readdirSync(runs).sort()).toEqual([...names, 'plan.json'].sort());
  }, 120_000);
});

it.each(['EACCES', 'EROFS', 'EPERM'])('%s is refused as a folder that cannot be written to', code => {
  const error = unwritable('runs', Object.assign(new Error(`${code}: no`), { code }));
  expect(error).toBeInstanceOf(UsageError);
  expect(error.message).toMatch(/can be written to, got runs: .*--runs/);
});

describe.skipIf(noMounts !== undefined)(`on a disk that cannot be written to${skipped}`, () => {
  it('every command that would write says so with exit code 2, the others work, and nothing is lost', async () => {
    const { folder, setWritable } = smallDisk(4 << 20);
    const data = writeCorpus(join(folder, 'corpus'), 60);
    const study = join(folder, 'study.yaml');
    const settings = `data: '${data}', hidden: 8, embedding: 8, layers: 1, batch: 4, evaluationBatch: 4, window: 8`;
    writeFileSync(study, `name: s\npreset: demo\nsettings: { ${settings}, epochs: 2 }\nseeds: [1]\n`);
    const sweep = ['sweep', study, '--threads', '1', '--runs', join(folder, 'runs')];
    const at = (...args: string[]) => cli(args, { cwd: folder });
    expect((await at(...sweep)).code).toBe(0);
    const [name] = readdirSync(join(folder, 'runs'));
    const finished = join(folder, 'runs', name);
    const tiny = ['run', 'demo', ...tinySettings({ data, epochs: 2 }), '--threads', '1', '--runs', 'runs'];
    expect((await at(...tiny, '--max-steps', '3')).code).toBe(0);
    const open = readdirSync(join(folder, 'runs')).find(each => each !== name)!;
    // Two seeds whose distance has yet to be measured.
    const elsewhere = temporaryFolder();
    const more = join(elsewhere, 'more.yaml');
    writeFileSync(more, readFileSync(study, 'utf8').replace('[1]', '[1, 2]'));
    const two = join(folder, 'two');
    expect((await at('sweep', more, '--threads', '1', '--runs', two)).code).toBe(0);
    const files = () =>
      readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter(entry => entry.isFile())
        .map(entry => [entry.name, readFileSync(join(entry.parentPath, entry.name), 'hex')]);
    const before = files();
    setWritable(false);
    const refused = {
      code: 2,
      stderr: expect.stringMatching(/^Expected a folder that can be written to[^\n]*--runs\.\n$/),
    };
    expect(await at(...tiny)).toMatchObject(refused);
    expect(await at(...tiny, '--set', 'seed=2')).toMatchObject(refused);
    expect(await at('resume', join('runs', open))).toMatchObject(refused);
    expect(await at('evaluate', finished)).toMatchObject(refused);
    expect(await at('sweep', more, ...sweep.slice(2))).toMatchObject(refused);
    expect(await at('distances', '--runs', two)).toMatchObject(refused);
    for (const runs of ['runs', 'new']) {
      expect(await at('reproduce', 'table-6', '--scale', 'quick', '--runs', runs)).toMatchObject(refused);
    }
    const page = (place: string) => at('report', '--runs', two, '--out', join(place, 'index.html'));
    expect(await page(folder)).toMatchObject({ code: 2, stderr: expect.stringMatching(/^[^\n]*--out[^\n]*\n$/) });
    // What reads alone works.
    expect(await at(...sweep)).toMatchObject({ code: 0, stdout: expect.stringContaining('1 of 1 finished') });
    expect(await at('status')).toMatchObject({ code: 0, stdout: expect.stringContaining(open) });
    expect(await page(elsewhere)).toMatchObject({ code: 0, stderr: '' });
    expect(readFileSync(join(elsewhere, 'index.html'), 'utf8')).toContain('2 finished');
    expect(await at('reproduce', '--list', '--runs', 'runs')).toMatchObject({ code: 0, stderr: '' });
    expect(await at('resume', finished)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('finished already'),
    });
    expect(files()).toEqual(before);
    setWritable(true);
    expect((await at('resume', join('runs', open))).code).toBe(0);
  }, 120_000);
});
