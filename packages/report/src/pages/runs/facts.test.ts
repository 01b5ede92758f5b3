import { expect, it } from 'vitest';
import { loadSynthetic } from '../../testing/folders.ts';
import { runResults } from './facts.ts';

it.each([
  ['from the epoch on in which its averages were first evaluated', 3, 'from epoch 3 on'],
  ['that they have not begun', 0, 'not yet: its trigger has not fired'],
  ['nothing of an optimizer that does not average', undefined, undefined],
])('tells of averaged weights %s', (_what, averagedFrom, told) => {
  const [study] = loadSynthetic({ method: 'selfish', density: 0.1, averagedFrom }).studies;
  const facts = new Map(runResults(study, study.settings[0].runs[0]));
  expect(facts.get('Averaged weights')).toBe(told);
});
