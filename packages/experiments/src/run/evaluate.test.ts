import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readRunLog } from '../runlog/reader.ts';
import { createSpec } from '../specs/spec.ts';
import { fakeWorkbench } from '../testing/fakeWorkbench.ts';
import { temporaryFolder } from '../testing/runs.ts';
import { evaluateRun } from './evaluate.ts';
import { run } from './runner.ts';

const corpora = { 'language-model': ['moby-dick'], classification: [] };
const spec = createSpec('demo', { epochs: 4 }, { methods: ['set'], cells: ['lstm'], corpora });
const open = fakeWorkbench();

it('evaluates the best and the last model of a finished run, and adds both to its log', async () => {
  const { runDir, testPerplexity, bestEpoch } = await run(temporaryFolder(), spec, { open });
  const best = await evaluateRun(runDir, { open });
  const last = await evaluateRun(runDir, { open, model: 'last', part: 'validation' });
  const log = readRunLog(runDir);
  if (!('start' in log)) throw new Error(log.reason);
  expect(log.damaged).toEqual([]);
  expect(log.evaluations).toEqual([best, last]);
  expect(best).toMatchObject({ model: 'best', part: 'test', epoch: bestEpoch, perplexity: testPerplexity });
  expect(last).toMatchObject({ model: 'last', part: 'validation', epoch: 4, loss: log.epochs[3].validationLoss });
  // The run stays finished, and is not trained again.
  expect((await run(join(runDir, '..'), spec, { open })).reused).toBe(true);
});

it('refuses a run that is not finished, and leaves its log alone', async () => {
  const { runDir } = await run(temporaryFolder(), spec, { open, maxSteps: 50 });
  const before = readFileSync(join(runDir, 'log.jsonl'));
  await expect(evaluateRun(runDir, { open })).rejects.toThrow(/expected a finished run.*resume/);
  expect(readFileSync(join(runDir, 'log.jsonl'))).toEqual(before);
});

it('says so where the model files of a finished run are gone, as in a folder of committed logs', async () => {
  const { runDir } = await run(temporaryFolder(), spec, { open });
  for (const name of ['checkpoint', 'best']) rmSync(join(runDir, `${name}.safetensors`));
  await expect(evaluateRun(runDir, { open })).rejects.toThrow(/checkpoint\.safetensors/);
});
