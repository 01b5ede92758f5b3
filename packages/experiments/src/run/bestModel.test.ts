import { expect, it } from 'vitest';
import { createSpec } from '../specs/spec.ts';
import { fakeWorkbench } from '../testing/fakeWorkbench.ts';
import { temporaryFolder } from '../testing/runs.ts';
import { evaluateRun } from './evaluate.ts';
import { run } from './runner.ts';
import { runState } from './status.ts';
import { hashTensors } from './training.ts';
import type { OpenWorkbench } from './types.ts';

const spec = createSpec(
  'demo',
  { epochs: 5 },
  {
    methods: ['set'],
    cells: ['lstm'],
    corpora: { 'language-model': ['moby-dick'], classification: [] },
  },
);

/** A workbench whose validation losses are given, and that remembers which models were tested. */
function workbench(losses: number[], settledAtStep = 0) {
  const models: string[] = [];
  const tested: string[] = [];
  const open: OpenWorkbench = async (each, options) => {
    const bench = await fakeWorkbench({ settledAtStep })(each, options);
    return {
      ...bench,
      evaluate(part) {
        const model = hashTensors(bench.trainer.model());
        if (part === 'validation') models.push(model);
        else tested.push(model);
        return { loss: part === 'validation' ? losses[models.length - 1] : 7, predictions: 80 };
      },
    };
  };
  return { open, models, tested };
}

it.each([
  [[5, 4, 3, 4, 5], 3],
  [[5, 3, 4, 3, 3], 2],
  [[1, 2, 3, 4, 5], 1],
])('validation losses %j: the model of epoch %d is tested, once; of equal losses the first', async (losses, best) => {
  const { open, models, tested } = workbench(losses);
  const result = await run(temporaryFolder(), spec, { open });
  expect(result).toMatchObject({ status: 'finished', bestEpoch: best, testPerplexity: Math.exp(7) });
  expect(tested).toEqual([models[best - 1]]);
  // The model that training ended with is evaluated when it is asked for.
  const line = await evaluateRun(result.runDir, { open, model: 'last' });
  expect(line).toMatchObject({ model: 'last', epoch: 5, part: 'test' });
  expect(tested[1]).toBe(models[4]);
});

it('a model that is still being pruned is never the best one', async () => {
  // 40 steps an epoch: settled from the third on.
  const { open, models, tested } = workbench([1, 2, 5, 4, 6], 120);
  const result = await run(temporaryFolder(), spec, { open });
  expect(result).toMatchObject({ status: 'finished', bestEpoch: 4 });
  expect(tested).toEqual([models[3]]);

  const until = async (maxSteps: number) => {
    const { runDir } = await run(temporaryFolder(), spec, { open: workbench([1, 2, 5], 120).open, maxSteps });
    return runState('', runDir).bestValidationPerplexity;
  };
  expect(await until(100)).toBeNull();
  expect(await until(130)).toBe(Math.exp(5));
});
