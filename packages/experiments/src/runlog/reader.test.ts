import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { evaluateRun } from '../run/evaluate.ts';
import { run } from '../run/runner.ts';
import { createSpec } from '../specs/spec.ts';
import { fakeWorkbench } from '../testing/fakeWorkbench.ts';
import { temporaryFolder } from '../testing/runs.ts';
import { type RunLog, readRunLog, readRuns, type UnreadableRun } from './reader.ts';

const corpora = { 'language-model': ['moby-dick'], classification: [] };
const known = { methods: ['set'], cells: ['lstm'], corpora };
const open = fakeWorkbench();

/** Lines of the log of a finished run of four epochs, and of the same run with another seed. */
let lines: string[];
let others: string[];
beforeAll(async () => {
  const trained = async (seed: number) => {
    const runs = mkdtempSync(join(tmpdir(), 'reader-'));
    const { runDir } = await run(runs, createSpec('demo', { epochs: 4, seed }, known), { open });
    const text = readFileSync(join(runDir, 'log.jsonl'), 'utf8');
    rmSync(runs, { recursive: true });
    return text.trimEnd().split('\n');
  };
  [lines, others] = [await trained(1), await trained(2)];
});

const at = (type: string, nth = 0) =>
  lines.map((line, k) => (line.includes(`"type":"${type}"`) ? k : -1)).filter(k => k >= 0)[nth];
const unsealed = (line: string) => {
  const { after: _after, check: _check, ...rest } = JSON.parse(line);
  return JSON.stringify(rest);
};

function read(changed: readonly string[]): RunLog | UnreadableRun {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'log.jsonl'), `${changed.join('\n')}\n`);
  return readRunLog(folder);
}

function readable(changed: readonly string[]): RunLog {
  const log = read(changed);
  if (!('start' in log)) throw new Error(log.reason);
  return log;
}

describe('a sealed log', () => {
  it('is read whole, whatever its line ends are', () => {
    const log = readable(lines);
    expect(log.damaged).toEqual([]);
    expect(log.epochs).toHaveLength(4);
    expect(readable(lines.map(line => `${line}\r`))).toMatchObject({ damaged: [], done: log.done });
  });

  it('has pictures up to the first that is missing, as each is seen against those before it', () => {
    const epochs = (log: RunLog) => log.pictures.map(({ epoch }) => epoch);
    expect(epochs(readable(lines))).toEqual([0, 1, 2, 3, 4]);
    expect(epochs(readable(lines.toSpliced(at('picture', 2), 1)))).toEqual([0, 1]);
    expect(epochs(readable(lines.toSpliced(at('picture', 0), 1)))).toEqual([]);
  });

  it('shows no number that was changed, although the line is JSON as before', () => {
    const epoch = at('epoch', 1);
    const changed = lines.with(epoch, lines[epoch].replace(/"stepMs":[\d.e-]+/, '"stepMs":17'));
    expect(changed[epoch]).not.toBe(lines[epoch]);
    const log = readable(changed);
    expect(log.epochs.map(line => line.epoch)).toEqual([1, 3, 4]);
    expect(log.damaged).toEqual([{ line: epoch + 1, reason: 'not what the run wrote: it was changed or cut' }]);
  });

  it('has no seal that can be left out of one line', () => {
    const epoch = at('epoch');
    for (const line of [unsealed(lines[epoch]), lines[epoch].replace('"check"', '"chock"')]) {
      const log = readable(lines.with(epoch, line));
      expect(log.epochs.map(each => each.epoch)).toEqual([2, 3, 4]);
      expect(log.damaged).toMatchObject([{ line: epoch + 1 }]);
    }
  });

  it('tells of lines that are missing, doubled, moved, or of another run, and keeps those that are right', () => {
    const epoch = at('epoch', 1);
    expect(readable(lines.toSpliced(epoch, 1))).toMatchObject({
      damaged: [{ line: epoch + 1, reason: 'lines are missing before it, or out of order' }],
      done: { epochs: 4 },
    });
    const doubled = readable(lines.toSpliced(epoch, 0, lines[at('epoch')]));
    expect(doubled.epochs.map(line => line.epoch)).toEqual([1, 2, 3, 4]);
    expect(doubled.damaged[0]).toEqual({ line: epoch + 1, reason: `is line ${at('epoch') + 1} again` });
    const foreign = readable(lines.with(epoch, others[epoch]));
    expect(foreign.epochs.map(line => line.epoch)).toEqual([1, 3, 4]);
    const moved = readable(lines.with(epoch, lines[epoch + 1]).with(epoch + 1, lines[epoch]));
    expect(moved.damaged.length).toBeGreaterThan(0);
    expect(moved.epochs).toHaveLength(4);
  });

  it('is unreadable with the start line of another run, and read below one', () => {
    expect(read(lines.with(0, others[0]))).toMatchObject({ reason: expect.stringContaining('no line is of the run') });
    expect(readable([lines[0], lines[1].slice(0, 20)])).toMatchObject({ start: { seed: 1 }, damaged: [{ line: 2 }] });
    const below = readable([others[0], ...lines]);
    expect(below).toMatchObject({ start: { seed: 1 }, damaged: [{ line: 1 }, { line: 2 }] });
    expect(below.epochs).toHaveLength(4);
  });

  it('is unreadable beside the spec of another run', () => {
    const folder = temporaryFolder();
    const digits = (of: string[]) => JSON.parse(of[0]).run.slice(-12);
    writeFileSync(join(folder, 'log.jsonl'), `${lines.join('\n')}\n`);
    writeFileSync(join(folder, 'spec.json'), JSON.stringify({ hash: `${digits(others)}ff` }));
    expect(readRunLog(folder)).toMatchObject({ reason: expect.stringContaining('spec.json beside it of another') });
    for (const text of [JSON.stringify({ hash: `${digits(lines)}ff` }), '{"hash":"', 'null']) {
      writeFileSync(join(folder, 'spec.json'), text);
      expect(readRunLog(folder)).toMatchObject({ damaged: [], start: { seed: 1 } });
    }
  });

  it('is unreadable without the start line that was written', () => {
    expect(read(lines.with(0, lines[0].replace('"seed":1', '"seed":2')))).toEqual({
      directory: expect.any(String),
      reason: 'log.jsonl has no readable start line (line 1: not what the run wrote: it was changed or cut)',
    });
  });
});

describe('a log from before there were seals', () => {
  const old = () => lines.map(unsealed);

  it('is read', () => {
    expect(readable(old())).toMatchObject({ damaged: [], done: readable(lines).done });
  });

  it.each([
    ['epoch', '"validationLoss":', 'validationPerplexity: expected'],
    ['epoch', '"step":', 'step: expected'],
    ['done', '"testPerplexity":', 'testPerplexity: expected'],
    ['done', '"bestEpoch":', 'bestEpoch: expected'],
    ['done', '"bestValidationLoss":', 'bestValidationPerplexity: expected'],
    ['done', '"step":', 'step: expected'],
    ['start', '"nnz":', 'expected'],
  ])('shows no %s line whose %s was changed alone', (type, key, reason) => {
    const k = at(type, type === 'epoch' ? 2 : 0);
    const changed = old();
    const value = Number(new RegExp(`${key}([\\d.]+)`).exec(changed[k])![1]);
    changed[k] = changed[k].replace(`${key}${value}`, `${key}${value === 3 ? 2 : value + 1}`);
    const log = read(changed);
    if (type === 'start') expect(log).toMatchObject({ reason: expect.stringContaining(reason) });
    else expect(log).toMatchObject({ damaged: [{ line: k + 1, reason: expect.stringContaining(reason) }] });
    if (type === 'done') expect(log).not.toHaveProperty('done.epochs');
  });

  it('shows no loss whose perplexity is no number', () => {
    const changed = old();
    changed[at('epoch')] = changed[at('epoch')].replace(/"trainLoss":[\d.]+/, '"trainLoss":1e300');
    expect(readable(changed).epochs.map(line => line.epoch)).toEqual([2, 3, 4]);
  });

  it('is vouched for by the sealed lines that follow it', async () => {
    const { runDir } = await run(temporaryFolder(), createSpec('demo', { epochs: 4 }, known), { open });
    const path = join(runDir, 'log.jsonl');
    writeFileSync(path, `${old().join('\n')}\n`);
    await evaluateRun(runDir, { open });
    expect(readRunLog(runDir)).toMatchObject({ damaged: [], evaluations: [{ model: 'best' }] });
    writeFileSync(path, readFileSync(path, 'utf8').replace(/"stepMs":[\d.e-]+/, '"stepMs":17'));
    expect(readRunLog(runDir)).toMatchObject({ reason: expect.stringContaining('line 1: was changed') });
  });
});

describe('readRuns', () => {
  it('reads the run folders in a folder, links to them too, each once, and passes over what is none', () => {
    const { directory } = readable(lines);
    const root = temporaryFolder();
    cpSync(directory, join(root, 'b'), { recursive: true });
    cpSync(directory, join(root, 'study', 'c'), { recursive: true });
    symlinkSync(directory, join(root, 'a'));
    symlinkSync('b', join(root, 'again'));
    symlinkSync('gone', join(root, 'dangling'));
    symlinkSync('loop', join(root, 'loop'));
    writeFileSync(join(root, 'file'), '');
    mkdirSync(join(root, 'foreign'));
    writeFileSync(join(root, 'foreign', 'log.jsonl'), '');
    const { runs, unreadable } = readRuns(root);
    expect(runs.map(run => run.directory)).toEqual([join(root, 'a'), join(root, 'b')]);
    expect(unreadable.map(each => each.directory)).toEqual([join(root, 'foreign')]);
    expect(readRuns(directory).runs).toEqual([]);
  });
});
