import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSnapshot } from '@sparse-rnn/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../run/runner.ts';
import { DISTANCES_FILE, type DistancePair, readDistances } from '../runlog/distances.ts';
import { sealDocument } from '../runlog/seal.ts';
import { knownNames } from '../specs/knownNames.ts';
import { createSpec } from '../specs/spec.ts';
import { cli, writeCorpus } from '../testing/cli.ts';
import { temporaryFolder } from '../testing/runs.ts';
import { compareSeeds } from './distances.ts';

const TINY = { hidden: 12, embedding: 10, layers: 2, batch: 4, evaluationBatch: 4, window: 8, epochs: 3 };
let trained: string;

/** Trains a run of every setting and seed into a folder. */
async function train(runs: string, settings: Record<string, unknown>, seeds: number[], preset = 'demo') {
  for (const seed of seeds) {
    const spec = createSpec(preset, { ...settings, seed }, knownNames());
    const result = await run(runs, spec, { threads: 1 });
    expect(result.status).toBe('finished');
  }
}

beforeAll(async () => {
  trained = mkdtempSync(join(tmpdir(), 'sparse-rnn-distances-'));
  const data = writeCorpus(join(trained, 'corpus'), 60);
  const runs = join(trained, 'runs');
  await train(runs, { ...TINY, data, method: 'set', density: 0.3 }, [3, 1, 2]);
  await train(runs, { ...TINY, data, method: 'set', density: 0.2 }, [1]);
  await train(runs, { ...TINY, data, method: 'static', density: 0.3 }, [1, 2]);
  await train(runs, { ...TINY, data, method: 'gmp', density: 0.3 }, [1, 2]);
  await train(runs, { ...TINY, data, method: 'dense' }, [1, 2]);
  const texts = Array.from({ length: 60 }, (_, k) => `${k % 2 ? 'good' : 'bad'},word${k % 7} word${(3 * k) % 11}`);
  const file = join(trained, 'texts.csv');
  writeFileSync(file, `label,text\n${texts.join('\n')}\n`);
  const csv = {
    data: `csv:${file}`,
    csvText: 'text',
    csvLabel: 'label',
    density: 0.3,
    epochs: 2,
    batch: 8,
    bidirectional: true,
  };
  await train(runs, { ...csv, hidden: 8, embedding: 6, method: 'set' }, [1, 2], 'csv');
}, 120_000);

afterAll(() => rmSync(trained, { recursive: true, force: true }));

/** A copy of the trained runs of the test's own, and their names by method and seed. */
function copy(): { runs: string; named: (start: string, seed: number) => string } {
  const runs = temporaryFolder();
  cpSync(join(trained, 'runs'), runs, { recursive: true });
  const specs = readdirSync(runs).map(name => {
    return { name, spec: JSON.parse(readFileSync(join(runs, name, 'spec.json'), 'utf8')).spec };
  });
  const named = (start: string, seed: number) =>
    specs.find(({ name, spec }) => name.startsWith(start) && spec.seed === seed && spec.density !== 0.2)!.name;
  return { runs, named };
}

const labels = (pairs: readonly DistancePair[]) =>
  pairs.map(({ a, b }) => `${a.run.replace(/-[0-9a-f]{12}$/, '')} ${a.seed} ${b.seed}`).sort();

describe('compareSeeds', () => {
  it('compares every two finished sparse runs that differ in their seed alone, and no others', async () => {
    const { runs } = copy();
    const { distances, computed } = await compareSeeds(runs);
    const all = ['csv-set 1 2', 'demo-gmp 1 2', 'demo-set 1 2', 'demo-set 1 3', 'demo-set 2 3', 'demo-static 1 2'];
    expect(labels(distances.pairs)).toEqual(all);
    expect(computed).toBe(6);
    expect(readDistances(runs)).toEqual(distances);
    expect(JSON.parse(readFileSync(join(runs, DISTANCES_FILE), 'utf8'))).toEqual(sealDocument(distances));
    for (const { a, b } of distances.pairs) expect(a.seed).toBeLessThan(b.seed);
  });

  it('what it says is true of the models that were tested, and of the start', async () => {
    const { runs, named } = copy();
    const { distances } = await compareSeeds(runs);
    const pair = (start: string) =>
      distances.pairs.find(({ a, b }) => a.run === named(start, 1) && b.run === named(start, 2))!;
    const { a, b, end, start } = pair('demo-set');
    // The decoder's rows are words and its columns are units: rows of one number are compared.
    const rows = (run: string) => {
      const found = new Map<number, Set<number>>();
      for (const flat of readSnapshot(join(runs, run), 'best').tensors['decoder.indices'].data) {
        const row = Math.floor(flat / TINY.hidden);
        found.set(row, (found.get(row) ?? new Set<number>()).add(flat % TINY.hidden));
      }
      return found;
    };
    const [one, other] = [rows(a.run), rows(b.run)];
    const words = 24;
    let sum = 0;
    for (let word = 0; word < words; word++) {
      const [x, y] = [one.get(word) ?? new Set<number>(), other.get(word) ?? new Set<number>()];
      const shared = [...x].filter(unit => y.has(unit)).length;
      if (x.size + y.size > 0) sum += 1 - shared / (x.size + y.size - shared);
    }
    const decoder = end.matrices.find(({ name }) => name === 'decoder')!;
    expect(decoder.raw).toBeCloseTo(sum / words, 12);
    expect(a.epoch).toBe(readSnapshot(join(runs, a.run), 'best').state['epoch']);

    expect(end.matrices.map(({ name }) => name)).toEqual([
      'embedding',
      'lstm0.wx',
      'lstm0.wh',
      'lstm1.wx',
      'lstm1.wh',
      'decoder',
    ]);
    expect(start!.raw).not.toBe(end.raw);
    for (const each of [start!, end]) {
      expect(Math.abs(each.raw - each.expected)).toBeLessThan(0.06);
      expect(each.matched).toBeLessThan(each.raw);
      expect(each.randomMatched).toBeLessThan(each.expected);
    }
    expect(pair('demo-static').start).toEqual(pair('demo-static').end);
    expect(pair('demo-gmp').start).toBeNull();
    const { matrices } = pair('csv-set').end;
    expect(matrices.map(({ name }) => name)).toContain('lstm0.backwards.wh');
  });

  it('takes over what has not changed, byte by byte', async () => {
    const { runs } = copy();
    await compareSeeds(runs);
    const before = readFileSync(join(runs, DISTANCES_FILE), 'utf8');
    expect(await compareSeeds(runs)).toMatchObject({ computed: 0, reused: 6, kept: 0 });
    expect(readFileSync(join(runs, DISTANCES_FILE), 'utf8')).toBe(before);
  });

  it('writes under a name of its own, which no other process uses', async () => {
    const { runs } = copy();
    // As if another wrote just now.
    mkdirSync(join(runs, `${DISTANCES_FILE}.tmp`));
    expect((await compareSeeds(runs)).computed).toBe(6);
    expect(
      readdirSync(runs)
        .filter(name => name.startsWith(DISTANCES_FILE))
        .sort(),
    ).toEqual([DISTANCES_FILE, `${DISTANCES_FILE}.tmp`]);
  });

  it('keeps what it said of runs whose model files are gone or damaged, and drops what it said of runs that are gone', async () => {
    const { runs, named } = copy();
    const before = (await compareSeeds(runs)).distances;
    rmSync(join(runs, named('demo-static', 1), 'best.safetensors'));
    truncateSync(join(runs, named('demo-gmp', 2), 'best.safetensors'), 2000);
    rmSync(join(runs, named('demo-set', 3)), { recursive: true });
    const { distances, withoutModel, unusable, kept, reused } = await compareSeeds(runs);
    expect(withoutModel).toEqual([named('demo-static', 1)]);
    expect(unusable).toEqual([{ run: named('demo-gmp', 2), reason: expect.stringMatching(/is damaged/) }]);
    expect([kept, reused]).toEqual([2, 2]);
    const left = before.pairs.filter(({ b }) => b.run !== named('demo-set', 3));
    expect(distances.pairs).toEqual(left);
    expect(left).toHaveLength(4);
  });

  it('compares anew where a run was trained again to another topology', async () => {
    const { runs } = copy();
    const { distances } = await compareSeeds(runs);
    const file = join(runs, DISTANCES_FILE);
    const stale = { ...distances, pairs: distances.pairs.map(pair => ({ ...pair, end: { ...pair.end, raw: 0 } })) };
    stale.pairs[0] = { ...stale.pairs[0], a: { ...stale.pairs[0].a, topology: 'other' } };
    writeFileSync(file, JSON.stringify(sealDocument(stale)));
    const again = await compareSeeds(runs);
    expect([again.computed, again.reused]).toEqual([1, 5]);
    expect(again.distances.pairs[0]).toEqual(distances.pairs[0]);
  });

  it('stops between two pairs with what it has, and compares only what it is asked to', async () => {
    const { runs, named } = copy();
    const controller = new AbortController();
    const stopped = await compareSeeds(runs, {
      signal: controller.signal,
      tick: done => done === 1 && controller.abort(),
    });
    expect([stopped.stopped, stopped.computed]).toEqual([true, 2]);
    expect(readDistances(runs)).toMatchObject({ pairs: stopped.distances.pairs });

    const { runs: others } = copy();
    const only = [named('demo-set', 1), named('demo-set', 3), named('demo-static', 1)];
    expect(labels((await compareSeeds(others, { only })).distances.pairs)).toEqual(['demo-set 1 3']);
  });
});

describe('sparse-rnn distances', () => {
  it('prints a line per pair, with --json the pairs alone on stdout', async () => {
    const { runs } = copy();
    const { code, stdout } = await cli(['distances', '--runs', runs], { cwd: temporaryFolder() });
    expect(code).toBe(0);
    expect(stdout).toMatch(/demo-set-\w+, demo-set-\w+ +1, 2 +0\.\d{4} +0\.\d{4} +0\.\d{4}/);
    expect(stdout).toMatch(/6 pairs compared, 0 taken over, 0 kept as they were\./);
    const again = await cli(['distances', '--runs', runs, '--json'], { cwd: temporaryFolder() });
    expect(
      again.stdout
        .trimEnd()
        .split('\n')
        .map(line => JSON.parse(line)),
    ).toEqual((readDistances(runs) as { pairs: DistancePair[] }).pairs);
  });

  it('a folder without pairs is told so and gets no file', async () => {
    const runs = temporaryFolder();
    const { code, stdout } = await cli(['distances', '--runs', runs], { cwd: temporaryFolder() });
    expect([code, stdout]).toEqual([0, expect.stringMatching(/No pairs in .*: there must be two finished runs/)]);
    expect(existsSync(join(runs, DISTANCES_FILE))).toBe(false);
  });

  it('a folder of studies is told which folders below it hold the runs', async () => {
    const cwd = temporaryFolder();
    for (const study of 'abcdef') {
      mkdirSync(join(cwd, 'runs', study, 'run'), { recursive: true });
      writeFileSync(join(cwd, 'runs', study, 'run', 'log.jsonl'), '');
    }
    const { code, stdout } = await cli(['distances'], { cwd });
    const told =
      'No pairs in runs. Runs are compared that lie in one folder: name it with --runs, as in --runs runs/a. ' +
      'Folders of runs: runs/a, runs/b, runs/c, runs/d, runs/e, ...\n';
    expect([code, stdout]).toEqual([0, told]);
  });

  it('no folder, and a damaged file, are errors of input; the damaged file stays', async () => {
    const { runs } = copy();
    const missing = await cli(['distances', '--runs', join(runs, 'none')], { cwd: temporaryFolder() });
    expect([missing.code, missing.stderr]).toEqual([2, expect.stringMatching(/Expected a folder of runs at/)]);
    writeFileSync(join(runs, DISTANCES_FILE), '{"schema": 1, "pairs": [');
    const damaged = await cli(['distances', '--runs', runs], { cwd: temporaryFolder() });
    expect([damaged.code, damaged.stderr]).toEqual([2, expect.stringMatching(/not a whole JSON value. Put it back/)]);
    expect(readFileSync(join(runs, DISTANCES_FILE), 'utf8')).toBe('{"schema": 1, "pairs": [');
  });
});
