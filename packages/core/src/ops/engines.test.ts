import { tidy } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, it } from 'vitest';
import type { StartedEngine } from '../engines/createEngine.ts';
import { assertClose } from '../testing/close.ts';
import { ENGINES, startEngine } from '../testing/engines.ts';
import { cases as dropout } from './dropout/cases.ts';
import { cases as reverseSequences } from './reverseSequences/cases.ts';
import { cases as softmaxCrossEntropy } from './softmaxCrossEntropy/cases.ts';
import { cases as sparseEmbedding } from './sparseEmbedding/cases.ts';
import { opCases as sparseGru } from './sparseGru/opCases.ts';
import { opCases as sparseLstm } from './sparseLstm/opCases.ts';
import { cases as sparseMatMul } from './sparseMatMul/cases.ts';
import { opCases as sparseRhn } from './sparseRhn/opCases.ts';

const CASES = [
  ...sparseMatMul,
  ...sparseEmbedding,
  ...sparseLstm,
  ...sparseGru,
  ...sparseRhn,
  ...softmaxCrossEntropy,
  ...dropout,
  ...reverseSequences,
];

describe.each(ENGINES)('engine %s', name => {
  let engine: StartedEngine;
  beforeAll(async () => {
    engine = await startEngine(name);
  });
  afterAll(() => engine?.dispose());

  it.each(CASES.map(each => [each.title, each] as const))('%s', (_title, opCase) => {
    tidy(() => {
      for (const { what, actual, expected, slack } of opCase.run(engine))
        assertClose(what, actual, expected, name, slack);
    });
  });
});
