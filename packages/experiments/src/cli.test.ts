import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cellNames, methodNames, readSnapshot } from '@sparse-rnn/core';
import { describe, expect, it, test } from 'vitest';
import { ownVersion } from './run/environment.ts';
import { specSchema } from './specs/schema.ts';
import { cli, startCli, tinySettings, writeCorpus } from './testing/cli.ts';
import { outcome, temporaryFolder } from './testing/runs.ts';

/** A folder with a small corpus, and the arguments that train on it. */
function tiny(settings: Record<string, string | number> = {}, lines = 60) {
  const cwd = temporaryFolder();
  const data = writeCorpus(join(cwd, 'corpus'), lines);
  return { cwd, args: ['run', 'demo', ...tinySettings({ data, ...settings }), '--threads', '1'] };
}

/** The first line of the log of the one run in a folder. */
function startLine(cwd: string, runs = 'runs') {
  const [name] = readdirSync(join(cwd, runs));
  return JSON.parse(readFileSync(join(cwd, runs, name, 'log.jsonl'), 'utf8').split('\n', 1)[0]);
}

describe('sparse-rnn --help', () => {
  const data = ['data', 'data list', 'data fetch', 'data verify'];
  const engine = ['engine', 'engine list', 'engine install'];
  const runs = ['run', 'resume', 'status', 'sweep', 'evaluate', 'distances'];
  it.each(['', 'demo', ...data, ...engine, ...runs, 'bench', 'report'])('of "%s" shows examples', async command => {
    const words = command.split(' ').filter(word => word !== '');
    const { code, stdout, stderr } = await cli([...words, '--help'], { cwd: temporaryFolder() });
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/Usage: sparse-rnn/);
    expect(stdout).toMatch(/Examples?:\n {2}sparse-rnn /);
  });
});

test('sparse-rnn --version tells that of the package', async () => {
  const { code, stdout } = await cli(['--version'], { cwd: temporaryFolder() });
  expect([code, stdout.trim()]).toEqual([0, ownVersion()]);
});

describe('sparse-rnn run --help', () => {
  it('names every method, cell and optimizer', async () => {
    const { stdout } = await cli(['run', '--help'], { cwd: temporaryFolder() });
    const text = stdout.replaceAll(/\s+/g, ' ');
    expect(text).toContain(`--set method=<name>: ${methodNames().join(', ')} --density`);
    expect(text).toContain(` cell ${cellNames().join(', ')} optimizer `);
    expect(text).toContain(`optimizer ${specSchema.shape.optimizer.options.join(', ')} `);
  });
});

describe('a run on the command line', () => {
  it('ends with one JSON line that holds all results, is reused, listed, and resumable by name', async () => {
    const { cwd, args } = tiny({ epochs: 6, optimizer: 'adam', learningRate: 0.01, loss: 'mean' }, 120);
    const first = await cli([...args, '--json'], { cwd });
    expect(first.code).toBe(0);
    const result = JSON.parse(first.stdout);
    expect(result).toMatchObject({
      status: 'finished',
      reused: false,
      engine: 'simd',
      threads: 1,
      method: 'set',
      density: 0.3,
    });
    for (const key of ['nnz', 'parameters', 'steps', 'stepMs', 'tokensPerSecond', 'peakRssBytes', 'bytesPerNonzero']) {
      expect(result[key], key).toBeGreaterThan(0);
    }
    expect(result.bestValidationPerplexity).toBeLessThan(15);
    // 23 words follow each other by a rule that two of them obey at any time: better than chance is learnt.
    expect(result.testPerplexity).toBeLessThan(15);

    const again = await cli(args, { cwd });
    expect(again).toMatchObject({ code: 0, stdout: expect.stringMatching(/is finished already: .*--fresh/) });
    const name = result.runDir.split('/').at(-1);
    const status = await cli(['status', '--json'], { cwd });
    expect(JSON.parse(status.stdout)).toMatchObject({
      name,
      status: 'finished',
      testPerplexity: result.testPerplexity,
    });
    expect(await cli(['resume', name], { cwd })).toMatchObject({ code: 0 });
  });

  it('tells on the console and in its log which engine it has and why', async () => {
    const { cwd, args } = tiny();
    const one = await cli([...args, '--max-steps', '1', '--runs', 'auto'], { cwd });
    const reason = 'auto: simd is the fastest engine that needs nothing installed';
    expect(one.stdout).toContain(`\nengine simd, 1 thread (${reason})\n`);
    expect(startLine(cwd, 'auto').engine).toEqual({ name: 'simd', threads: 1, reason });
    const other = await cli([...args, '--max-steps', '1', '--runs', 'cpu', '--engine', 'cpu'], { cwd });
    expect(other.stdout).toContain('\nengine cpu, 1 thread (asked for)\n');
    expect(startLine(cwd, 'cpu').engine).toEqual({ name: 'cpu', threads: 1, reason: 'asked for' });
  });

  it.each(['gmp', 'snip', 'set'])('of %s tells on the console and in its log whether it starts dense', async method => {
    const { cwd, args } = tiny({ method });
    const { stdout } = await cli([...args, '--max-steps', '1'], { cwd });
    const told = `\n${method} starts dense and prunes to density 0.3: memory is that of the dense model at first\n`;
    expect([stdout.includes(told), startLine(cwd).startsDense]).toEqual(
      method === 'set' ? [false, undefined] : [true, true],
    );
  });

  it('trains several seeds one after the other', async () => {
    const { cwd, args } = tiny({ epochs: 1 });
    const { code, stdout } = await cli([...args, '--seeds', '1,2', '--json'], { cwd });
    const lines = stdout.trimEnd().split('\n');
    expect([code, lines.map(line => JSON.parse(line).seed)]).toEqual([0, [1, 2]]);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'saves a checkpoint on %s, exits with 130, and prints the command that goes on to the same result',
    async signal => {
      const { cwd, args } = tiny({ epochs: 10 });
      const process = startCli([...args], { cwd });
      await process.seen(/epoch +1\/10/);
      process.child.kill(signal);
      const { code, stdout, stderr } = await process.ended;
      expect([code, stderr]).toEqual([130, expect.stringMatching(/Stopping after this step/)]);
      const [, command] = /Go on with: {2}npx sparse-rnn (.*)/.exec(stdout)!;
      const status = await cli(['status', '--json'], { cwd });
      expect(JSON.parse(status.stdout).status).toBe('interrupted');
      const resumed = await cli([...command.split(' '), '--json', '--threads', '1'], { cwd });
      expect(resumed.code).toBe(0);
      const whole = await cli([...args, '--json', '--runs', 'whole'], { cwd });
      expect(outcome(JSON.parse(resumed.stdout).runDir)).toEqual(outcome(JSON.parse(whole.stdout).runDir));
    },
  );

  it('refuses a folder that another process works in, and takes it over once that was killed', async () => {
    const { cwd, args } = tiny({ epochs: 1000 });
    const first = startCli([...args], { cwd });
    await first.seen(/engine simd/);
    const second = await cli([...args], { cwd });
    expect(second.code).toBe(2);
    expect(second.stderr).toMatch(new RegExp(`is in use by process ${first.child.pid} on `));
    first.child.kill('SIGKILL');
    await first.ended;
    expect(await cli([...args, '--max-steps', '1'], { cwd })).toMatchObject({ code: 0 });
  });

  it('fails with exit code 1 and the step when the loss blows up, and keeps its checkpoint', async () => {
    const { cwd, args } = tiny({ epochs: 6 });
    const blowUp = [
      '--set',
      'learningRate=1000',
      '--set',
      'clip=0',
      '--set',
      'optimizer=momentum',
      '--set',
      'momentum=0.99',
    ];
    const { code, stdout, stderr } = await cli([...args, ...blowUp, '--json'], { cwd });
    const result = JSON.parse(stdout);
    expect([code, result.status]).toEqual([1, 'failed']);
    expect(stderr).toMatch(/failed at step \d+: The (training|validation) loss became .*last good checkpoint is kept/);
    const status = await cli(['status', '--json'], { cwd });
    expect(JSON.parse(status.stdout)).toMatchObject({ status: 'failed', reason: result.reason });
  });

  it.skipIf(process.platform === 'win32')(
    'fails with exit code 1 when the system refuses a write, and goes on later',
    async () => {
      const { cwd, args } = tiny();
      const stopped = JSON.parse((await cli([...args, '--max-steps', '5', '--json'], { cwd })).stdout);
      const directory = stopped.runDir as string;
      const before = readSnapshot(directory, 'checkpoint');
      // A limit on the size of files stands in for a full disk: the system refuses the write part of the way.
      const script = 'trap "" XFSZ; ulimit -f 4; exec "$0" "$@"';
      const bin = fileURLToPath(new URL('../bin/sparse-rnn.js', import.meta.url));
      const limited = await new Promise<{ code: unknown; stdout: string }>(resolve => {
        const command = ['-c', script, process.execPath, bin, 'resume', directory, '--json', '--threads', '1'];
        execFile('bash', command, { cwd }, (error, stdout) => resolve({ code: error?.code, stdout }));
      });
      expect([limited.code, JSON.parse(limited.stdout).status]).toEqual([1, 'failed']);
      expect(JSON.parse(limited.stdout).reason).toMatch(/Cannot save .*EFBIG|EFBIG/);
      expect(readSnapshot(directory, 'checkpoint')).toEqual(before);
      expect(await cli(['resume', directory, '--threads', '1'], { cwd })).toMatchObject({ code: 0 });
    },
  );
});

describe('sparse-rnn demo', () => {
  it('trains the dense and the sparse model, compares them, builds the report, and reuses both the second time', async () => {
    const cwd = temporaryFolder();
    const settings = tinySettings({ data: writeCorpus(join(cwd, 'corpus'), 60) });
    const demo = (...more: string[]) => cli(['demo', '--threads', '1', ...settings, ...more], { cwd });
    const first = await demo();
    expect(first.stderr).toBe('');
    expect(first.code).toBe(0);
    expect(first.stdout).toMatch(/ dense +sparse \(set, density 0\.3\)\ntrained numbers +[\d,]+ +[\d,]+\n/);
    expect(first.stdout).toMatch(/test perplexity +\d+\.\d\d +\d+\.\d\d/);
    expect(first.stdout).toMatch(/With \d+% of the numbers, never more, .* than its dense twin/);
    expect(first.stdout).toMatch(/Report: report\/index\.html/);
    expect(readFileSync(join(cwd, 'report/index.html'), 'utf8')).toMatch(/<html/);

    const second = await demo();
    expect(second.code).toBe(0);
    expect(second.stdout).toMatch(/Both runs were finished before and are reused/);
    const { code, stderr } = await cli(['demo', '--set', 'method=static'], { cwd });
    expect([code, stderr]).toEqual([2, expect.stringMatching(/The demo trains dense and set/)]);
    const third = await demo('--fresh', '--json');
    expect(
      third.stdout
        .trimEnd()
        .split('\n')
        .map(line => JSON.parse(line).reused),
    ).toEqual([false, false]);
  });
});

describe('bad input', () => {
  const cases: [string, string[], RegExp][] = [
    ['an unknown command', ['rum'], /unknown command 'rum'.*\n.*Did you mean run/],
    ['an unknown option', ['run', 'demo', '--sed', '1'], /unknown option '--sed'.*\n.*Did you mean .*--seed/],
    ['no preset', ['run'], /missing required argument 'preset'/],
    ['an unknown preset', ['run', 'zaremba-smal'], /Unknown preset 'zaremba-smal'\. Did you mean 'zaremba-small'/],
    ['an unknown method', ['run', 'demo', '--method', 'seet'], /Unknown method 'seet'\. Did you mean 'set'/],
    ['an unknown key', ['run', 'demo', '--set', 'hiden=3'], /Unknown setting 'hiden'\. Did you mean 'hidden'/],
    ['an unknown corpus', ['run', 'demo', '--set', 'data=ptp'], /Unknown corpus 'ptp'\. Did you mean 'ptb'/],
    ['a density of 0', ['run', 'demo', '--density', '0'], /density: expected a number in \(0, 1\], got 0/],
    ['a seed given twice', ['run', 'demo', '--seed', '1', '--set', 'seed=2'], /seed is given twice/],
    [
      'a removal rate above 1',
      ['run', 'demo', '--set', 'removalRate=1.1'],
      /removalRate: expected a number in \[0, 1\]/,
    ],
    ['a size of 0', ['run', 'demo', '--set', 'hidden=0'], /hidden: expected a whole number from 1/],
    ['0 threads', ['run', 'demo', '--threads', '0'], /Expected a number of threads from 1 to 64, got '0'/],
    ['threads that are no number', ['run', 'demo', '--threads', 'two'], /Expected a number of threads/],
    [
      'an unknown engine',
      ['run', 'demo', '--engine', 'gpu'],
      /expected an engine of 'auto', 'simd', 'cpu', 'tensorflow', got "gpu"/,
    ],
    ['a corpus that was not fetched', ['run', 'zaremba-small'], /ptb.*sparse-rnn data fetch ptb/],
    [
      'a corpus folder that is missing',
      ['run', 'demo', '--set', 'data=folder:none'],
      /expected a folder with train\.txt.*none/,
    ],
    ['an unknown corpus to fetch', ['data', 'fetch', 'nothing'], /expected a corpus: .*'nothing'/],
    ['a mirror that is missing', ['data', 'fetch', 'ptb', '--mirror', 'none'], /the mirror.*'none'/],
    ['a run that is missing', ['resume', 'none'], /none is no run folder/],
    ['a folder of runs that is missing', ['status', '--runs', 'none'], /Expected a folder of runs at none/],
    ['a report of no runs', ['report', '--runs', 'none'], /none/],
  ];
  it.each(cases)('%s gets one clear error, exit code 2, and leaves nothing behind', async (_, args, message) => {
    const cwd = temporaryFolder();
    const { code, stdout, stderr } = await cli(args, { cwd });
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\n {4}at /);
    expect([code, stdout]).toEqual([2, '']);
    expect(readdirSync(cwd).flatMap(name => (name === 'runs' ? readdirSync(join(cwd, name)) : [name]))).toEqual([]);
  });

  const corpora: [string, (folder: string) => void, Record<string, number>, RegExp][] = [
    [
      'an empty file',
      folder => writeFileSync(join(folder, 'valid.txt'), ''),
      {},
      /expected text in .*valid\.txt; got an empty file/,
    ],
    [
      'text that is not UTF-8',
      folder => writeFileSync(join(folder, 'test.txt'), Buffer.from([97, 0xff, 98])),
      {},
      /UTF-8/,
    ],
    ['a window larger than the corpus', () => {}, { window: 5000 }, /expected at least batch \* \(window \+ 1\)/],
    ['a batch larger than the corpus', () => {}, { batch: 5000 }, /expected at least batch \* \(window \+ 1\)/],
  ];
  it.each(corpora)('%s gets one clear error and exit code 2', async (_, spoil, settings, message) => {
    const { cwd, args } = tiny(settings);
    spoil(join(cwd, 'corpus'));
    const { code, stderr } = await cli(args, { cwd });
    expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
    expect(readdirSync(join(cwd, 'runs'))).toEqual([]);
  });

  it('a damaged checkpoint, a changed spec, and a file in the place of the runs get one clear error and exit code 2', async () => {
    const { cwd, args } = tiny();
    const { runDir } = JSON.parse((await cli([...args, '--max-steps', '3', '--json'], { cwd })).stdout);
    const path = join(runDir, 'checkpoint.safetensors');
    const good = readFileSync(path);
    const bad = Buffer.from(good);
    bad[good.length - 1] ^= 1;
    writeFileSync(path, bad);
    const resume = () => cli(['resume', runDir], { cwd });
    expect(await resume()).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/checkpoint\.safetensors is damaged/),
    });
    writeFileSync(path, good);
    const spec = join(runDir, 'spec.json');
    writeFileSync(spec, readFileSync(spec, 'utf8').replace('"epochs": 3', '"epochs": 4'));
    expect(await resume()).toMatchObject({ code: 2, stderr: expect.stringMatching(/spec\.json was changed/) });
    writeFileSync(join(cwd, 'file'), '');
    expect(await cli([...args, '--runs', 'file'], { cwd })).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/Cannot make the run folder .*file/),
    });
  });
});

describe('sparse-rnn data', () => {
  it('lists every corpus, fetches from a mirror folder, and verifies', async () => {
    const cwd = temporaryFolder();
    const list = await cli(['data', 'list', '--json'], { cwd });
    const names = list.stdout
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line).name);
    expect(names).toEqual(expect.arrayContaining(['moby-dick', 'sotu', 'ptb', 'wikitext-2']));
    expect(await cli(['data', 'verify', 'sotu'], { cwd })).toMatchObject({
      code: 0,
      stdout: 'sotu: comes with the package\n',
    });
    expect(await cli(['data', 'verify'], { cwd })).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/ptb: not fetched/),
    });
    const missing = await cli(['data', 'verify', 'ptb'], { cwd });
    expect(missing).toMatchObject({ code: 1, stdout: expect.stringMatching(/sparse-rnn data fetch ptb/) });
    mkdirSync(join(cwd, 'mirror/ptb'), { recursive: true });
    writeFileSync(join(cwd, 'mirror/ptb/ptb.train.txt'), 'not the corpus\n');
    const wrong = await cli(['data', 'fetch', 'ptb', '--mirror', 'mirror'], { cwd });
    expect([wrong.code, existsSync(join(cwd, 'data/ptb/ptb.train.txt'))]).toEqual([2, false]);
  });
});
