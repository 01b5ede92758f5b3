import { cellNames, findMethod, methodNames } from '@sparse-rnn/core';
import { describe, expect, it } from 'vitest';
import { methodSettings } from './methodSettings.ts';
import { trainingSettings } from './settings.ts';
import { createSpec, parseSettings } from './spec.ts';

const known = {
  methods: methodNames(),
  methodSettings,
  cells: cellNames(),
  corpora: { 'language-model': ['moby-dick', 'ptb'], classification: [] },
};
const create = (preset: string, ...set: string[]) => createSpec(preset, parseSettings(set), known);

describe('what a method prescribes', () => {
  it('comes after the preset and before the settings of the user', () => {
    const pick = ({ optimizer, gates, rateSchedule, endRate }: ReturnType<typeof create>) => {
      return [optimizer, gates, rateSchedule, endRate];
    };
    expect(create('demo').optimizer).toBe('adam');
    expect(pick(create('demo', 'method=selfish', 'learningRate=5'))).toEqual(['snt-asgd', 'free', 'cosine', 0.005]);
    expect(pick(create('demo', 'method=selfish', 'optimizer=sgd', 'gates=keep', 'endRate=0.01'))).toEqual([
      'sgd',
      'keep',
      'cosine',
      0.01,
    ]);
    expect(create('demo', 'method=hyper').distribution).toBe('er');
    expect(create('demo', 'method=hyper', 'distribution=uniform').distribution).toBe('uniform');
    expect(create('demo', 'method=deepr').growStd).toBe(0.001);
    expect(create('demo', 'method=deepr', 'growStd=0.01').growStd).toBe(0.01);
  });

  it.each(methodNames())('%s: is in its spec, and all else is that of the preset', name => {
    const own = methodSettings(name);
    // A recipe of plain gradient descent, whose learning rate fits what selfish prescribes.
    const { method, density: _density, ...rest } = create('ptb-lstm-256', `method=${name}`);
    expect(method).toBe(name);
    const { density: _other, ...preset } = create('ptb-lstm-256');
    expect(rest).toEqual({ ...preset, method: undefined, ...own });
    expect(Object.keys(own).length).toBe(Object.keys(findMethod(name).settings ?? {}).length);
  });
});

describe('keys of a spec that name rules and prunings', () => {
  it('drop, redistribute and grow take the place of the rules of the method; method leaves them', () => {
    expect(trainingSettings(create('demo')).rules).toEqual({});
    const spec = create('demo', 'drop=threshold', 'redistribute=nonzeros', 'regrow=true');
    expect(trainingSettings(spec).rules).toEqual({ drop: 'threshold', redistribute: 'nonzeros' });
    expect(trainingSettings(spec).update.regrow).toBe(true);
    expect(trainingSettings(create('demo', 'grow=gradient')).rules).toEqual({ grow: 'gradient' });
  });

  it('pruneSteps, pruneBegin and pruneEnd are the schedule of gmp: every epoch up to the middle unless set', () => {
    expect(trainingSettings(create('demo', 'method=gmp')).prune).toEqual({ steps: 0, begin: 0, end: 0.5 });
    const spec = create('demo', 'method=gmp', 'pruneSteps=100', 'pruneBegin=0.1', 'pruneEnd=0.8');
    expect(trainingSettings(spec).prune).toEqual({ steps: 100, begin: 0.1, end: 0.8 });
    expect(() => create('demo', 'pruneEnd=1.1')).toThrow(/^pruneEnd: expected a number in \[0, 1\], got 1\.1/);
  });
});
