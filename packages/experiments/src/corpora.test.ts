import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cli, writeCorpus } from './testing/cli.ts';
import { temporaryFolder } from './testing/runs.ts';

/** One line, which names every corpus and the one command that fetches all. */
function named(cwd: string, ...names: string[]) {
  const them = names.length === 1 ? 'it' : 'them';
  return {
    code: 2,
    stdout: '',
    stderr:
      `Expected the ${names.length === 1 ? 'corpus' : 'corpora'} ${names.join(', ')} below ${join(cwd, 'data')}, got no such ` +
      `files; nothing was trained. Fetch ${them} first: npx sparse-rnn data fetch ${names.join(' ')}   (or set ` +
      `SPARSE_RNN_DATA to a mirror folder that holds ${them})\n`,
  };
}

describe('without the corpora of its runs, a command that would train many says which to fetch, and does nothing', () => {
  const study = (cwd: string) => {
    const text = 'name: a\npreset: demo\nsettings: { hidden: 8 }\ngrid: { data: [ptb, moby-dick, wikitext-2] }\n';
    writeFileSync(join(cwd, 'study.yaml'), text);
  };
  const slurm = ['--launch', 'slurm', '--time', '1:00:00'];
  it.each([
    ['reproduce table-4 --scale desk', ['imdb', 'trec-6', 'trec-50', 'sst2']],
    ['reproduce table-2', ['ptb']],
    ['reproduce table-2 --dry-run', ['ptb']],
    ['reproduce', ['ptb', 'wikitext-2', 'imdb', 'trec-6', 'trec-50', 'sst2']],
    [`reproduce table-2 ${slurm.join(' ')}`, ['ptb']],
    ['sweep study.yaml', ['ptb', 'wikitext-2']],
    ['sweep study.yaml --dry-run', ['ptb', 'wikitext-2']],
    [`sweep study.yaml ${slurm.join(' ')}`, ['ptb', 'wikitext-2']],
    ['run ptb-lstm-256 --seeds 1,2', ['ptb']],
  ])('%s', async (command, names) => {
    const cwd = temporaryFolder();
    study(cwd);
    const { signal: _signal, ...result } = await cli(command.split(' '), { cwd });
    expect(result).toEqual(named(cwd, ...names));
    expect(readdirSync(cwd)).toEqual(['study.yaml']);
  });

  it('finds them in the data folder, and asks for none that comes with the package', async () => {
    const cwd = temporaryFolder();
    study(cwd);
    mkdirSync(join(cwd, 'data/ptb'), { recursive: true });
    for (const part of ['train', 'valid', 'test']) writeFileSync(join(cwd, `data/ptb/ptb.${part}.txt`), '');
    const { signal: _signal, ...result } = await cli(['sweep', 'study.yaml'], { cwd });
    expect(result).toEqual(named(cwd, 'wikitext-2'));
  });
});

it('runs that are finished need their corpus no more', async () => {
  const cwd = temporaryFolder();
  const data = writeCorpus(join(cwd, 'corpus'), 20);
  const tiny = `{ data: '${data}', hidden: 8, embedding: 8, layers: 1, batch: 4, evaluationBatch: 4, window: 8, epochs: 1 }`;
  writeFileSync(join(cwd, 'study.yaml'), `name: a\npreset: demo\nsettings: ${tiny}\n`);
  expect((await cli(['sweep', 'study.yaml'], { cwd })).code).toBe(0);
  expect(existsSync(join(cwd, 'runs/a/plan.json'))).toBe(true);
  rmSync(join(cwd, 'corpus'), { recursive: true });
  expect(await cli(['sweep', 'study.yaml'], { cwd })).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('1 of 1 finished'),
  });
});

it('a run whose process ends before its log is begun is listed with the reason', async () => {
  const cwd = temporaryFolder();
  const data = writeCorpus(join(cwd, 'corpus'), 20);
  const tiny = `{ data: '${data}', embedding: 8, layers: 1, batch: 4, evaluationBatch: 4, epochs: 1, hidden: 8 }`;
  // The window is longer than the text.
  writeFileSync(join(cwd, 'study.yaml'), `name: a\npreset: demo\nsettings: ${tiny}\ngrid: { window: [8, 5000] }\n`);
  const { code, stdout } = await cli(['sweep', 'study.yaml'], { cwd });
  expect(code).toBe(1);
  const end = stdout.slice(stdout.lastIndexOf('run '));
  expect(end).toMatch(/\nwindow=5000, seed=1 ended with \d before it could say how: .*\S.*\n/);
  expect(end).toMatch(/\n1 runs are not finished: start the same command again .*, once what ended them is mended\.\n/);
});
