import { describe, expect, it } from 'vitest';
import type { Run } from '../load/run.ts';
import { loadSynthetic } from '../testing/folders.ts';
import type { SyntheticRun } from '../testing/syntheticRuns.ts';
import { denseTwins, sameModel } from './twins.ts';

const DENSE: SyntheticRun = { method: 'dense', density: 1 };
const SPARSE: SyntheticRun = { method: 'set', density: 0.1 };

function pair(spec: Record<string, unknown>): [Run, Run] {
  const { studies } = loadSynthetic(DENSE, { ...SPARSE, spec });
  const [dense, sparse] = studies[0].settings;
  return [dense.runs[0], sparse.runs[0]];
}

describe('sameModel', () => {
  it.each([
    ['cell', 'gru'],
    ['depth', 2],
    ['hidden', 32],
    ['embedding', 32],
    ['layers', 3],
    ['tied', true],
    ['bidirectional', true],
    ['output', 'sigmoid'],
  ])('is false where %s differs', (key, value) => expect(sameModel(...pair({ [key]: value }))).toBe(false));

  it('is true where training alone differs', () => {
    expect(sameModel(...pair({ learningRate: 3, removalRate: 0.9, dropoutInput: 0.2, optimizer: 'adam' }))).toBe(true);
  });

  it('takes a key that an older log lacks for what its run did', () => {
    expect(sameModel(...pair({ cell: 'lstm', depth: 1, tied: false, bidirectional: false, output: 'softmax' }))).toBe(
      true,
    );
  });

  it('is false where the vocabularies or the classes differ in number', () => {
    const [dense, sparse] = pair({});
    const withData = (more: Partial<Run['start']['dataset']>): Run => ({
      ...sparse,
      start: { ...sparse.start, dataset: { ...sparse.start.dataset, ...more } },
    });
    expect(sameModel(dense, sparse)).toBe(true);
    expect(sameModel(dense, withData({ vocabulary: 999 }))).toBe(false);
    expect(sameModel(dense, withData({ classes: ['a', 'b'] }))).toBe(false);
  });
});

describe('denseTwins', () => {
  it('lists dense settings of the same model, the nearest spec first', () => {
    const { studies } = loadSynthetic(
      { ...DENSE, spec: { learningRate: 5, clip: 1 } },
      { ...DENSE, spec: { learningRate: 7, clip: 1 } },
      { ...DENSE, spec: { learningRate: 7, clip: 2, hidden: 32 } },
      { ...SPARSE, spec: { learningRate: 7, clip: 2 } },
    );
    const sparse = studies[0].settings.find(({ method }) => method === 'set')!;
    const rates = denseTwins(studies[0], sparse).map(({ runs }) => runs[0].start.spec['learningRate']);
    expect(rates).toEqual([7, 5]);
    expect(denseTwins(studies[0], studies[0].settings[0])).toEqual([]);
  });
});
