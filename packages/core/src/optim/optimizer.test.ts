import { readFileSync } from 'node:fs';
import { tensor1d } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StartedEngine } from '../engines/createEngine.ts';
import { assertClose } from '../testing/close.ts';
import { ENGINES, startEngine } from '../testing/engines.ts';
import { createOptimizer, type OptimizerSettings } from './optimizer.ts';
import {
  EPOCHS,
  FIRES_AFTER_EPOCH,
  gradientAt,
  positionsAfter,
  SETTINGS,
  STEPS_PER_EPOCH,
  stepOptions,
  Training,
  UPDATES_AFTER,
  valueAt,
} from './training.testing.ts';

type Name = OptimizerSettings['name'];
const RATES: Record<Name, number> = { sgd: 0.2, momentum: 0.05, adam: 0.02, 'nt-asgd': 0.2, 'snt-asgd': 0.2 };
const NAMES = Object.keys(RATES) as Name[];
const SIMULATED: [title: string, name: Name][] = [
  ['sgd follows a float64 simulation', 'sgd'],
  ['momentum follows a float64 simulation', 'momentum'],
  ['adam follows a float64 simulation', 'adam'],
  ['nt-asgd follows a float64 simulation', 'nt-asgd'],
  ['snt-asgd follows a float64 simulation', 'snt-asgd'],
];

/** A weight in float64, and all that it has been through. */
interface Weight {
  w: number;
  m: number;
  v: number;
  /** Its values after every step since the trigger during which it existed. */
  path: number[];
}

/**
 * The training of training.testing.ts in float64, one weight after the other. Averages are taken from the definition: the
 * mean of what is in a weight's path.
 */
function simulate(name: Name): { weights: Map<number, Weight>; averagedSteps: number } {
  const fresh = (w: number): Weight => ({ w, m: 0, v: 0, path: [] });
  let weights = new Map([...positionsAfter(0)].map(position => [position, fresh(valueAt(position, 0))]));
  let updates = 0;
  let averagedSteps = 0;
  for (let step = 1; step <= EPOCHS * STEPS_PER_EPOCH; step++) {
    const { rate, scale, decay } = stepOptions(step, RATES[name]);
    for (const [position, weight] of weights) {
      const slope = scale * gradientAt(position, step, weight.w) + decay * weight.w;
      if (name === 'momentum') {
        weight.m = SETTINGS.momentum * weight.m + slope;
        weight.w -= rate * weight.m;
      } else if (name === 'adam') {
        weight.m = SETTINGS.beta1 * weight.m + (1 - SETTINGS.beta1) * slope;
        weight.v = SETTINGS.beta2 * weight.v + (1 - SETTINGS.beta2) * slope ** 2;
        const [m, v] = [weight.m / (1 - SETTINGS.beta1 ** step), weight.v / (1 - SETTINGS.beta2 ** step)];
        weight.w -= (rate * m) / (Math.sqrt(v) + SETTINGS.epsilon);
      } else weight.w -= rate * slope;
      if (step > FIRES_AFTER_EPOCH * STEPS_PER_EPOCH) weight.path.push(weight.w);
    }
    if (step > FIRES_AFTER_EPOCH * STEPS_PER_EPOCH) averagedSteps++;
    if (step % STEPS_PER_EPOCH === 0 && UPDATES_AFTER.includes(step / STEPS_PER_EPOCH)) {
      updates++;
      const old = weights;
      const positions = [...positionsAfter(updates)];
      weights = new Map(positions.map(position => [position, old.get(position) ?? fresh(valueAt(position, updates))]));
    }
  }
  return { weights, averagedSteps };
}

const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);

describe.each(ENGINES)('engine %s', engineName => {
  let engine: StartedEngine;
  beforeAll(async () => {
    engine = await startEngine(engineName);
  });
  afterAll(() => engine?.dispose());

  function train(name: Name, interrupted = false) {
    const training = new Training(engine, { ...SETTINGS, name }, RATES[name]);
    training.run(EPOCHS, interrupted);
    const outcome = training.outcome();
    training.dispose();
    return outcome;
  }

  it.each(SIMULATED)('%s, over weights that come and go', (_title, name) => {
    const { positions, weights, slots } = train(name);
    const wanted = simulate(name).weights;
    expect([...positions]).toEqual([...wanted.keys()]);
    const all = [...wanted.values()];
    const column = (field: 'w' | 'm' | 'v') => all.map(weight => weight[field]);
    assertClose('w', weights, column('w'), engineName);
    const names = { sgd: [], momentum: ['momentum'], adam: ['m', 'v'], 'nt-asgd': ['average'] }[name as string];
    expect(Object.keys(slots)).toEqual(names ?? ['average', 'age']);
    if (name === 'momentum') assertClose('momentum', slots.momentum, column('m'), engineName);
    if (name === 'adam') assertClose('m', slots.m, column('m'), engineName);
    if (name === 'adam') assertClose('v', slots.v, column('v'), engineName);
  });

  it('snt-asgd: the average of a weight is its mean since its own second step, or since that after the trigger', () => {
    const { slots } = train('snt-asgd');
    const { weights, averagedSteps } = simulate('snt-asgd');
    const paths = [...weights.values()].map(({ path }) => path);
    const ages = new Set(paths.map(({ length }) => length));
    expect(ages).toEqual(new Set([averagedSteps, averagedSteps - 2 * STEPS_PER_EPOCH]));
    expect([...slots.age]).toEqual(paths.map(({ length }) => length));
    const means = paths.map(path => sum(path.slice(1)) / (path.length - 1));
    assertClose('average', slots.average, means, engineName);
  });

  it('nt-asgd: the time in which a weight was absent counts as 0', () => {
    const { slots } = train('nt-asgd');
    const { weights, averagedSteps } = simulate('nt-asgd');
    const paths = [...weights.values()].map(({ path }) => path);
    const means = paths.map(path => {
      const fromSecondStep = path.length === averagedSteps ? path.slice(1) : path;
      return sum(fromSecondStep) / (averagedSteps - 1);
    });
    assertClose('average', slots.average, means, engineName);
  });

  it.each(NAMES)('%s: resume from its JSON state is bit-exact, across topology updates and the trigger', name => {
    expect(train(name, true)).toEqual(train(name));
  });

  it('asgd equals torch.optim.ASGD with t0 = 0 and lambd = 0 in every step', () => {
    const path = new URL('../../../../fixtures/optim/asgd.json', import.meta.url);
    const golden = JSON.parse(readFileSync(path, 'utf8')) as {
      rate: number;
      decay: number;
      start: number[];
      gradients: number[][];
      weights: number[][];
      averages: number[][];
    };
    const { rate, decay, start } = golden;
    const [w, sparseW, average, sparseAverage] = [1, 2, 3, 4].map(() => tensor1d(start));
    const age = tensor1d(new Float32Array(start.length));
    expect(golden.gradients.length).toBeGreaterThan(30);
    golden.gradients.forEach((values, step) => {
      const g = tensor1d(values);
      engine.asgd(w, g, average, { rate, scale: 1, decay, count: step + 1 });
      engine.sparseAsgd(sparseW, g, sparseAverage, age, { rate, scale: 1, decay });
      for (const weights of [w, sparseW]) {
        assertClose(`w, step ${step}`, weights.dataSync(), golden.weights[step], engineName);
      }
      for (const mean of [average, sparseAverage]) {
        assertClose(`average, step ${step}`, mean.dataSync(), golden.averages[step], engineName);
      }
      g.dispose();
    });
    for (const tensor of [w, sparseW, average, sparseAverage, age]) tensor.dispose();
  });

  it('nt-asgd counts a step once, however many parameters it has', () => {
    const optimizer = createOptimizer({ ...SETTINGS, name: 'nt-asgd', nonMonotone: 0 });
    for (const loss of [1, 2]) optimizer.observe(loss);
    const parameters = [1, 2].map(start => [start, start].map(value => tensor1d([value])));
    const g = tensor1d([1]);
    // Step 13 is left out, as a trainer does where the loss is not finite.
    for (const step of [11, 12, 14, 15]) {
      for (const [w, average] of parameters) {
        optimizer.apply(engine, w, g, [average], { rate: 0.25, scale: 1, decay: 0, step });
      }
    }
    // The means of the values after the steps 12, 14 and 15.
    const averages = parameters.map(([, average]) => average.dataSync()[0]);
    assertClose('average', averages, [1 - 0.75, 2 - 0.75], engineName);
    expect(optimizer.save()).toEqual({ losses: [1, 2], fired: true, averaged: 4 });
    for (const tensor of [...parameters.flat(), g]) tensor.dispose();
  });

  it('an average follows 10,000 steps', () => {
    const w = tensor1d([0.5, -2, 3]);
    const [average, age] = [1, 2].map(() => tensor1d(new Float32Array(3)));
    const weights = [0.5, -2, 3];
    const sums = [0, 0, 0];
    const steps = 10_000;
    for (let step = 1; step <= steps; step++) {
      const gradients = weights.map((value, i) => gradientAt(i, step, value));
      const g = tensor1d(gradients);
      engine.sparseAsgd(w, g, average, age, { rate: 0.1, scale: 1, decay: 0 });
      for (let i = 0; i < 3; i++) weights[i] -= 0.1 * gradients[i];
      if (step > 1) for (let i = 0; i < 3; i++) sums[i] += weights[i];
      g.dispose();
    }
    expect([...age.dataSync()]).toEqual([steps, steps, steps]);
    const means = sums.map(total => total / (steps - 1));
    assertClose('average', average.dataSync(), means, engineName, 10);
    for (const tensor of [w, average, age]) tensor.dispose();
  });
});

describe('createOptimizer', () => {
  it('an unknown name is an error that lists the valid ones', () => {
    const settings = { ...SETTINGS, name: 'asgd' as Name };
    expect(() => createOptimizer(settings)).toThrow(
      'expected an optimizer of sgd, momentum, adam, nt-asgd, snt-asgd, got "asgd"',
    );
  });

  it.each(['nt-asgd', 'snt-asgd'] as const)('%s: before the trigger there are no slots and no average', name => {
    const optimizer = createOptimizer({ ...SETTINGS, name, nonMonotone: 0 });
    expect([optimizer.slots, optimizer.averageSlot]).toEqual([[], undefined]);
    expect(optimizer.observe(1)).toBe(false);
    expect(optimizer.observe(2)).toBe(true);
    expect(optimizer.slots).toEqual(optimizer.allSlots.map(slot => slot.name));
    expect(optimizer.averageSlot).toBe('average');
  });

  it.each(['nt-asgd', 'snt-asgd'] as const)('%s: five earlier losses are left out unless set otherwise', name => {
    const optimizer = createOptimizer({ ...SETTINGS, name, nonMonotone: undefined });
    expect([1, 2, 2, 2, 2, 2].map(loss => optimizer.observe(loss))).not.toContain(true);
    expect(optimizer.observe(2)).toBe(true);
  });

  it.each(['sgd', 'momentum', 'adam'] as const)('%s never averages', name => {
    const optimizer = createOptimizer({ ...SETTINGS, name, nonMonotone: 0 });
    expect([1, 2, 3, 4].map(loss => optimizer.observe(loss))).not.toContain(true);
    expect(optimizer.averageSlot).toBeUndefined();
    expect(optimizer.save()).toEqual({});
  });

  it.each([
    {},
    { losses: [1], fired: true },
    { losses: ['1'], fired: false, averaged: 0 },
    { losses: [], fired: false, averaged: 0.5 },
  ])('the state %j of another run is an error', state => {
    const optimizer = createOptimizer({ ...SETTINGS, name: 'snt-asgd' });
    expect(() => optimizer.load(state)).toThrow(/^expected the state of an averaging optimizer, got /);
  });
});
