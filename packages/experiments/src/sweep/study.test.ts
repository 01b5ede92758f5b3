import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../testing/runs.ts';
import { planRows, planRuns, readStudy } from './study.ts';

function study(text: string) {
  const path = join(temporaryFolder(), 'study.yaml');
  writeFileSync(path, text);
  return readStudy(path);
}

describe('planRuns', () => {
  it('takes every combination of the grid, the first key slowest, then the listed runs, each with every seed', () => {
    const runs = planRuns(
      study(`
name: densities
preset: demo
settings: { epochs: 2 }
seeds: [1, 2]
grid:
  method: [set, static]
  density: [0.1, 0.5]
runs:
  - { method: rigl, density: 0.1, seed: 7 }
`),
    );
    expect(runs.map(({ label }) => label)).toEqual([
      'method=set, density=0.1, seed=1',
      'method=set, density=0.1, seed=2',
      'method=set, density=0.5, seed=1',
      'method=set, density=0.5, seed=2',
      'method=static, density=0.1, seed=1',
      'method=static, density=0.1, seed=2',
      'method=static, density=0.5, seed=1',
      'method=static, density=0.5, seed=2',
      'method=rigl, density=0.1, seed=7',
    ]);
    for (const { spec, name } of runs) {
      expect(spec.epochs).toBe(2);
      expect(name).toMatch(new RegExp(`^demo-${spec.method}-[0-9a-f]{12}$`));
    }
  });

  it('gives dense no density of the grid, and runs that come to the same spec are one', () => {
    const runs = planRuns(study('name: a\npreset: demo\ngrid: { method: [dense, set], density: [0.1, 0.2] }'));
    expect(runs.map(({ spec }) => [spec.method, spec.density])).toEqual([
      ['dense', 1],
      ['set', 0.1],
      ['set', 0.2],
    ]);
  });

  it('gives a setting that is listed several times all seeds that are asked for, in one row', () => {
    const rows = planRows(
      study(`
name: a
preset: demo
seeds: [1, 2, 2]
grid: { method: [dense, set] }
runs:
  - { method: dense, seed: 3 }
  - { method: static, seed: 2 }
  - { method: static }
`),
    );
    expect(rows.map(({ settings, runs }) => [settings.method, runs.map(({ spec }) => spec.seed)])).toEqual([
      ['dense', [1, 2, 3]],
      ['set', [1, 2]],
      ['static', [2, 1]],
    ]);
  });

  it('without a grid runs what is listed, and without both the preset itself', () => {
    expect(planRuns(study('name: a\npreset: demo\nruns: [{ method: static }]'))).toHaveLength(1);
    expect(planRuns(study('name: a\npreset: demo'))).toHaveLength(1);
  });

  it('applies what a method prescribes, and lets the study override it', () => {
    const [own, other] = planRuns(
      study(
        'name: a\npreset: demo\nruns: [{ method: selfish, learningRate: 5 }, { method: selfish, optimizer: adam }]',
      ),
    );
    expect([own.spec.optimizer, other.spec.optimizer]).toEqual(['snt-asgd', 'adam']);
  });
});

describe('a study that cannot be used is one clear error', () => {
  const bomb = ['ab', 'bc', 'cd']
    .map(([from, to]) => `${to}: &${to} [${Array(9).fill(`*${from}`).join(',')}]`)
    .join('\n');
  const values = Array.from({ length: 20 }, (_, k) => k / 40 + 0.1).join(', ');
  const wide = `{ density: [${values}], dropoutInput: [${values}], dropoutOutput: [${values}], dropoutBetween: [${values}] }`;
  it.each([
    ['name: a\npreset: demo\nseed: [1]', /unknown key 'seed'.*seeds/],
    ['name: a b\npreset: demo', /name: expected a name of letters, digits and dashes/],
    ['name: a', /preset: expected the name of a preset/],
    ['name: a\npreset: demo\nseeds: []', /seeds: expected at least one seed/],
    ['name: a\npreset: demo\ngrid: { density: 0.1 }', /grid\.density: expected a list of values/],
    ['name: a\npreset: demo\nsettings: { seed: 7 }', /settings\.seed: expected no seed.*under seeds/],
    ['name: a\npreset: demo\ngrid: { seed: [1, 2] }', /grid\.seed: expected no seed.*under seeds/],
    ['name: a\npreset: demo\nbudget: { hours: 0 }', /budget\.hours: expected a number of hours above 0/],
    ['name: [a\npreset: demo', /study\.yaml: expected YAML/],
    ['name: a\npreset: demo\nruns: [*none]', /study\.yaml: expected YAML; Unresolved alias/],
    [`name: a\na: &a [1,2,3,4,5,6,7,8,9]\n${bomb}\nseeds: [*d]`, /study\.yaml: expected YAML; Excessive alias count/],
    [`name: a\npreset: demo\ngrid: ${wide}`, /grid: expected at most 10,000 runs, got 160,000/],
    ['name: a\npreset: demi', /Unknown preset 'demi'.*demo/],
    ['name: a\npreset: demo\ngrid: { densty: [0.1] }', /Unknown setting 'densty'.*density/],
    ['name: a\npreset: demo\ngrid: { density: [0.1, 2] }', /density: expected a number in \(0, 1\], got 2/],
  ])('%j', (text, message) => {
    expect(() => planRuns(study(text))).toThrow(message);
  });

  it('a file that is not there', () => {
    expect(() => readStudy('/none.yaml')).toThrow(/none\.yaml: expected a study file/);
  });
});
