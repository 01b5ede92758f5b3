import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rng } from '../base/philox.ts';
import type { StartedEngine } from '../engines/createEngine.ts';
import { createOptimizer } from '../optim/optimizer.ts';
import { moveSlot, zeroSlots } from '../optim/slots.ts';
import { randomTopology } from '../sparsity/initial.ts';
import { SparseMatrix } from '../sparsity/sparseMatrix.ts';
import { hashTopology } from '../sparsity/topologyOps.ts';
import { ENGINES, startEngine } from '../testing/engines.ts';
import { Slots } from '../train/slots.ts';
import type { Snapshot } from '../train/types.ts';
import type { RuleMemory } from './drop/rule.ts';
import type { SparseWeights, UpdatedMatrix } from './matrix.ts';
import { METHODS } from './methods.ts';
import { anyModel, largest } from './random.testing.ts';
import { updateTopology } from './update.ts';

const methods = [...METHODS.values()].flatMap(({ name, update }) => (update ? [[name, update] as const] : []));

/** Several panels of the simd engine, whose order is then not the canonical one. */
function wide(): SparseWeights {
  const topology = randomTopology(36, 2500, 9001, rng(4, 'topology'));
  const numbers = (what: string) => {
    const stream = rng(4, what);
    return Float32Array.from(topology.indices, () => stream.normal());
  };
  return { name: 'wide', topology, values: numbers('values'), momentum: numbers('momentum'), gates: 4 };
}

const models = [...fc.sample(anyModel, { numRuns: 8, seed: 6 }), [wide()]];
const optimizer = createOptimizer({ name: 'momentum', momentum: 0.9, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 });
const [momentumSlot] = zeroSlots('momentum');
const UPDATES = 3;

const optionsOf = (step: number, memory: Record<string, RuleMemory>) => {
  return { rate: 0.3, seed: 2, step, growStd: 0.1, regrow: step === 2, largest, memory };
};
const movedMomentum = (matrix: SparseWeights, { kept, values }: UpdatedMatrix) =>
  moveSlot(momentumSlot, matrix.momentum!, kept, values);

/** What each matrix comes to: the updates of plain arrays, a step of size 1 along the momentum before each. */
function inArrays(start: SparseWeights[], update: (typeof methods)[number][1]): SparseWeights[] {
  const memory = {};
  let matrices = start;
  for (let step = 1; step <= UPDATES; step++) {
    const stepped = matrices.map(each => ({ ...each, values: each.values.map((w, i) => w - each.momentum![i]) }));
    const updated = updateTopology(stepped, update, optionsOf(step, memory));
    matrices = stepped.map((each, m) => {
      const { topology, values } = updated[m];
      return { ...each, topology, values, momentum: movedMomentum(each, updated[m]) };
    });
  }
  return matrices;
}

describe.each(ENGINES)('engine %s', name => {
  let engine: StartedEngine;
  beforeAll(async () => {
    engine = await startEngine(name);
  });
  afterAll(() => engine.dispose());

  test.each(methods)('%s: random models take the topologies, values and slots that plain arrays take', (_, update) => {
    for (const start of models) {
      const memory = {};
      const parameters = start.map(({ name, topology, values }) => {
        return { name, role: 'recurrent' as const, gates: [], weight: new SparseMatrix(engine, topology, values) };
      });
      const slots = new Slots(parameters, optimizer);
      const momenta: Snapshot['tensors'] = {};
      for (const { name, momentum: data } of start)
        momenta[`${name}.momentum`] = { dtype: 'F32', shape: [data!.length], data: data! };
      slots.load(momenta);
      const read = () =>
        start.map((each, m): SparseWeights => {
          const { weight } = parameters[m];
          const [values, momentum] = [weight.values, slots.of(parameters[m])[0]].map(t => weight.toCanonical(t));
          return { ...each, topology: weight.topology, values, momentum };
        });
      for (let step = 1; step <= UPDATES; step++) {
        for (const parameter of parameters)
          engine.sgd(parameter.weight.values, slots.of(parameter)[0], { rate: 1, scale: 1, decay: 0 });
        updateTopology(read(), update, optionsOf(step, memory)).forEach(({ topology, values, kept }, m) => {
          slots.move(parameters[m], kept, values, () => parameters[m].weight.replace(topology, values));
        });
      }
      const [now, wanted] = [read(), inArrays(start, update)];
      expect(now.map(each => hashTopology(each.topology))).toEqual(wanted.map(each => hashTopology(each.topology)));
      expect(now.map(each => [each.values, each.momentum])).toEqual(wanted.map(each => [each.values, each.momentum]));
      slots.dispose();
      for (const { weight } of parameters) weight.dispose();
    }
  });
});

test('the wide matrix tells orders apart: on simd it is not stored in canonical order', async () => {
  const engine = await startEngine('simd');
  const { topology, values } = wide();
  const matrix = new SparseMatrix(engine, topology, values);
  expect(matrix.values.dataSync()).not.toEqual(values);
  matrix.dispose();
  await engine.dispose();
});
