import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PLAN_FILE, type Plan, sealDocument } from '@sparse-rnn/experiments/runlog';
import { expect, it } from 'vitest';
import { claimParagraph } from '../pages/claim.ts';
import { loadSummarise } from '../tables/statistics.ts';
import { temporaryFolder } from '../testing/folders.ts';
import { writeStudy } from '../testing/syntheticPlan.ts';
import { loadRuns } from './index.ts';

it('an exhibit has its own scale, else its plan’s, and the claim names those of the tables of results', async () => {
  const root = temporaryFolder();
  const rows = [
    { method: 'dense', density: 1, testPerplexity: 100 },
    { method: 'set', density: 0.1, testPerplexity: 95 },
  ];
  writeStudy(
    root,
    [
      { id: 'table-1', rows },
      { id: 'own', rows },
      { id: 'figure-1', rows },
    ],
    'desk',
  );
  const path = join(root, PLAN_FILE);
  const plan: Plan = JSON.parse(readFileSync(path, 'utf8'));
  const told = async (...scales: Plan['scale'][]) => {
    const exhibits = plan.exhibits.map((each, k) => ({ ...each, ...(scales[k] && { scale: scales[k] }) }));
    writeFileSync(path, JSON.stringify(sealDocument({ ...plan, exhibits })));
    const loaded = loadRuns([root]);
    const claim = claimParagraph(loaded, await loadSummarise()).markup;
    const named = /The plan’s scale is ([^:]*): smaller/.exec(claim)?.[1];
    return [loaded.plans[0].exhibits.map(({ scale }) => scale), named];
  };
  expect(await told()).toEqual([['desk', 'desk', 'desk'], '“desk”']);
  expect(await told('desk', 'study')).toEqual([['desk', 'study', 'desk'], '“desk”']);
  expect(await told('desk', 'quick')).toEqual([['desk', 'quick', 'desk'], '“desk” and “quick”']);
  expect(await told('paper', 'study', 'quick')).toEqual([['paper', 'study', 'quick'], undefined]);
});
