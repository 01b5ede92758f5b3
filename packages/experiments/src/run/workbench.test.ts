import { expect, it } from 'vitest';
import { knownNames } from '../specs/knownNames.ts';
import { createSpec } from '../specs/spec.ts';
import { openWorkbench } from './workbench.ts';

const tiny = { hidden: 4, embedding: 4, layers: 1, batch: 10, evaluationBatch: 10, window: 20 };

it('uses the first share of every part of a corpus, tells how much that is, and leaves the vocabulary as it is', async () => {
  const look = async (dataShare: number) => {
    const spec = createSpec('demo', { ...tiny, dataShare }, knownNames());
    const { dataset, stepsPerEpoch, evaluate, dispose } = await openWorkbench(spec, { threads: 1 });
    const { predictions } = evaluate('test', () => {});
    await dispose();
    return { dataset, stepsPerEpoch, predictions };
  };
  const [whole, part] = [await look(1), await look(0.05)];
  const { tokens, vocabulary, sha256 } = whole.dataset;
  const share = (count: number) => Math.ceil(0.05 * count);
  const expected = { train: share(tokens.train), validation: share(tokens.validation), test: share(tokens.test) };
  expect(part.dataset).toMatchObject({ vocabulary, sha256, tokens: expected });
  expect(part.stepsPerEpoch).toBeLessThan(whole.stepsPerEpoch / 18);
  expect(part.predictions).toBeLessThan(whole.predictions / 10);
});

it('makes the gate matrices sparse that sparseGates names', async () => {
  for (const [sparseGates, sparse] of [
    ['input', ['lstm0.wx']],
    ['recurrent', ['lstm0.wh']],
    ['both', ['lstm0.wx', 'lstm0.wh']],
  ] as const) {
    const settings = { ...tiny, sparseEmbedding: false, sparseDecoder: false, sparseGates, dataShare: 0.05 };
    const bench = await openWorkbench(createSpec('demo', settings, knownNames()), { threads: 1 });
    expect(bench.trainer.matrices.filter(matrix => matrix.sparse).map(({ name }) => name)).toEqual(sparse);
    expect(Number.isFinite(bench.trainer.step().loss)).toBe(true);
    await bench.dispose();
  }
});
