import { afterEach, describe, expect, it } from 'vitest';
import { rng } from '../base/philox.ts';
import type { StartedEngine } from '../engines/createEngine.ts';
import { assertClose } from '../testing/close.ts';
import { startEngine } from '../testing/engines.ts';
import { createLanguageModelTrainer } from './create.ts';
import { model, STEPS, source, training, VOCABULARY } from './trainer.testing.ts';
import type { Snapshot, TrainingSettings } from './types.ts';

let engine: StartedEngine | undefined;
afterEach(async () => {
  await engine?.dispose();
  engine = undefined;
});

/** Trains `steps` steps on a fresh engine; `interrupt` restores into a new trainer after so many. */
async function train(
  settings: Partial<TrainingSettings>,
  steps: number,
  { threads = 2, interrupt, name = 'simd' }: { threads?: number; interrupt?: number; name?: string } = {},
): Promise<{ losses: number[]; snapshot: Snapshot; updates: number }> {
  engine = await startEngine(name, threads);
  const create = () => createLanguageModelTrainer(model, { ...training, ...settings }, source(), engine!);
  let trainer = create();
  const losses: number[] = [];
  let updates = 0;
  for (let step = 0; step < steps; step++) {
    if (step === interrupt) {
      const snapshot = structuredClone(trainer.snapshot());
      trainer.dispose();
      trainer = create();
      trainer.restore(snapshot);
    }
    const result = trainer.step();
    losses.push(result.loss);
    if (result.topology !== undefined) updates++;
    // Losses that rise: with nonMonotone 0 averaging begins after the second epoch.
    if ((step + 1) % STEPS === 0) trainer.endEpoch(step);
  }
  const snapshot = structuredClone(trainer.snapshot());
  trainer.dispose();
  await engine.dispose();
  engine = undefined;
  return { losses, snapshot, updates };
}

const OPTIMIZERS: [string, Partial<TrainingSettings>][] = [
  ['sgd', {}],
  ['momentum', { optimizer: { ...training.optimizer, name: 'momentum' }, learningRate: 0.1 }],
  ['adam', { optimizer: { ...training.optimizer, name: 'adam' }, learningRate: 0.01, loss: 'mean' }],
  ['nt-asgd', { optimizer: { ...training.optimizer, name: 'nt-asgd', nonMonotone: 0 } }],
  ['snt-asgd', { optimizer: { ...training.optimizer, name: 'snt-asgd', nonMonotone: 0 } }],
];

describe('training', () => {
  it.each(['dense', 'static', 'set'])('%s learns a learnable text', async method => {
    const { losses } = await train({ method }, 120);
    const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean(losses.slice(0, 5))).toBeGreaterThan(2.5);
    expect(mean(losses.slice(-10))).toBeLessThan(1.8);
  });

  it.each(OPTIMIZERS)(
    '%s: resume is bit-exact, across topology updates and the switch to averaging',
    async (_name, settings) => {
      const whole = await train(settings, 33);
      expect(whole.updates).toBe(3);
      // 20: averaging has just begun, and the update that follows moves the averages; 31: after another.
      for (const interrupt of [7, 10, 11, 20, 21, 31]) {
        const resumed = await train(settings, 33, { interrupt });
        expect(resumed.losses).toEqual(whole.losses);
        expect(resumed.snapshot).toEqual(whole.snapshot);
      }
    },
  );

  it.each(OPTIMIZERS)(
    '%s: weights, topology and losses are the same for 1, 2 and 4 threads',
    async (_name, settings) => {
      const one = await train(settings, 15, { threads: 1 });
      for (const threads of [2, 4]) expect(await train(settings, 15, { threads })).toEqual(one);
    },
  );

  it.each(OPTIMIZERS)(
    '%s: simd follows the float64 references of the cpu engine over ten steps',
    async (_name, settings) => {
      const reference = await train({ ...settings, update: { ...training.update, steps: 5 } }, 10, { name: 'cpu' });
      const simd = await train({ ...settings, update: { ...training.update, steps: 5 } }, 10);
      expect(simd.updates).toBe(1);
      simd.losses.forEach((loss, step) => {
        expect(Math.abs(loss - reference.losses[step])).toBeLessThan(1e-4);
      });
    },
  );
});

describe('averaging', () => {
  it.each(['nt-asgd', 'snt-asgd'] as const)(
    '%s: the average is evaluated and saved as model, training goes on from w',
    async name => {
      engine = await startEngine('simd');
      const optimizer = { ...training.optimizer, name, nonMonotone: 0 };
      const averaging = createLanguageModelTrainer(
        model,
        { ...training, method: 'static', optimizer },
        source(),
        engine,
      );
      const plain = createLanguageModelTrainer(model, { ...training, method: 'static' }, source(), engine);
      const sums = new Map<string, Float64Array>();
      for (let step = 1; step <= 3 * STEPS; step++) {
        expect(averaging.step().loss).toBe(plain.step().loss);
        if (step % STEPS === 0) averaging.endEpoch(step);
        expect(averaging.averages).toBe(step >= 2 * STEPS);
        // The mean of the weights after the steps 2 .. k since the switch.
        if (step < 2 * STEPS + 2) continue;
        for (const [key, { data }] of Object.entries(plain.model().tensors)) {
          const sum = sums.get(key) ?? new Float64Array(data.length);
          data.forEach((value, i) => {
            sum[i] += value;
          });
          sums.set(key, sum);
        }
      }
      expect(plain.averages).toBe(false);
      const { tensors } = averaging.model();
      for (const [key, sum] of sums) {
        if (key.endsWith('.indices')) continue;
        const mean = sum.map(total => total / (STEPS - 1));
        assertClose(key, tensors[key].data as Float32Array, mean, 'simd');
      }
      expect(tensors).not.toEqual(plain.model().tensors);
      const evaluated = averaging.evaluate(source()).loss;
      plain.loadModel(averaging.model());
      expect(evaluated).toBe(plain.evaluate(source()).loss);
      // A model that is loaded is what is evaluated from then on, not the averages of the training.
      const other = plain.model();
      other.tensors['decoder.bias'].data = new Float32Array(VOCABULARY).fill(3).map((value, i) => value * i);
      averaging.loadModel(other);
      plain.loadModel(other);
      expect(averaging.evaluate(source()).loss).toBe(plain.evaluate(source()).loss);
      averaging.dispose();
      plain.dispose();
    },
  );
});

describe('a topology update', () => {
  it('keeps the number of nonzeros, and reports what it did', async () => {
    engine = await startEngine('simd');
    const trainer = createLanguageModelTrainer(model, training, source(), engine);
    for (let step = 0; step < STEPS; step++) trainer.step();
    const before = structuredClone(trainer.snapshot().tensors);
    const nnz = trainer.matrixStates().map(state => state.nnz);
    const { topology } = trainer.step();
    expect(trainer.matrixStates().map(state => state.nnz)).toEqual(nnz);
    const after = trainer.snapshot().tensors;
    for (const { name, dropped, grown, explored, initialKept } of topology!.matrices) {
      const old = before[`${name}.indices`].data as Uint32Array;
      const now = after[`${name}.indices`].data as Uint32Array;
      const kept = new Set(old);
      const fresh = now.filter(index => !kept.has(index));
      expect(dropped).toBe(grown);
      expect(fresh.length).toBe(grown);
      expect(initialKept).toBeCloseTo((old.length - dropped) / old.length, 12);
      const { rows, cols } = trainer.matrices.find(matrix => matrix.name === name)!;
      expect(explored).toBeCloseTo((old.length + grown) / (rows * cols), 12);
    }
    trainer.dispose();
  });

  /** What the slots of a new weight of value w hold; those of all others stay as they are. */
  const FRESH: Record<string, Record<string, (w: number) => number>> = {
    sgd: {},
    momentum: { momentum: () => 0 },
    adam: { m: () => 0, v: () => 0 },
    'nt-asgd': { average: () => 0 },
    'snt-asgd': { average: w => w, age: () => 0 },
  };

  it.each(OPTIMIZERS)(
    '%s: weights that stay keep their bits and slots, new ones are drawn, their slots start anew',
    async (name, settings) => {
      engine = await startEngine('simd');
      const all = { ...training, ...settings, update: { ...training.update, growStd: 0.1 } };
      const trainer = createLanguageModelTrainer(model, all, source(), engine);
      const steps = 3 * STEPS;
      for (let step = 0; step < steps; step++) {
        trainer.step();
        if ((step + 1) % STEPS === 0) trainer.endEpoch(step);
      }
      // A loss that is not finite changes nothing: what the step leaves is what the update before it made.
      const before = structuredClone(trainer.snapshot());
      (before.tensors['decoder.bias'].data as Float32Array)[3] = Number.NaN;
      trainer.restore(before);
      const { loss, topology } = trainer.step();
      expect(loss).toBeNaN();
      const after = trainer.snapshot().tensors;
      const slots = Object.entries(FRESH[name]);
      for (const { name: matrix, grown } of topology!.matrices) {
        const of = (tensors: Snapshot['tensors'], what: string) => [...tensors[`${matrix}.${what}`].data];
        const stream = rng(all.seed, 'grown-values', matrix, steps);
        const old = new Map(of(before.tensors, 'indices').map((index, rank) => [index, rank]));
        const whats = ['values', ...slots.map(([slot]) => slot)];
        const had = whats.map(what => of(before.tensors, what));
        const has = whats.map(what => of(after, what));
        let fresh = 0;
        of(after, 'indices').forEach((index, rank) => {
          const now = has.map(each => each[rank]);
          if (old.has(index)) {
            expect(now).toEqual(had.map(each => each[old.get(index)!]));
            return;
          }
          fresh++;
          const value = Math.fround(0.1 * stream.normal());
          expect(now).toEqual([value, ...slots.map(([, start]) => start(value))]);
        });
        expect(fresh).toBe(grown);
        // Or there would be nothing to carry over.
        for (const each of had) expect(each.filter(number => number !== 0).length).toBeGreaterThan(each.length / 2);
      }
      for (const bias of ['lstm0.bias', 'lstm1.bias'])
        for (const what of ['', ...slots.map(([slot]) => `.${slot}`)])
          expect(after[bias + what]).toEqual(before.tensors[bias + what]);
      trainer.dispose();
    },
  );
});

describe('a loss that is not finite', () => {
  it('is reported and leaves the weights alone', async () => {
    engine = await startEngine('simd');
    const trainer = createLanguageModelTrainer(model, training, source(), engine);
    trainer.step();
    const snapshot = structuredClone(trainer.snapshot());
    const values = snapshot.tensors['decoder.bias'].data as Float32Array;
    values[3] = Number.NaN;
    trainer.restore(snapshot);
    expect(trainer.step().loss).toBeNaN();
    const { data } = trainer.snapshot().tensors['lstm0.wh.values'];
    expect(data).toEqual(snapshot.tensors['lstm0.wh.values'].data);
    trainer.dispose();
  });
});

describe('memory', () => {
  it('does not grow from step to step, and all of it comes back', async () => {
    engine = await startEngine('simd');
    const empty = engine.memory().heapBytes;
    const trainer = createLanguageModelTrainer(model, training, source(), engine);
    for (let step = 0; step < 3; step++) trainer.step();
    const { heapBytes, peakHeapBytes } = trainer.memory();
    for (let step = 0; step < 30; step++) trainer.step();
    expect(trainer.memory().heapBytes).toBe(heapBytes);
    expect(trainer.memory().peakHeapBytes).toBeLessThan(peakHeapBytes * 1.1);
    trainer.dispose();
    // Shared scratch of the kernels stays with the engine.
    expect(engine.memory().heapBytes - empty).toBeLessThan(2 ** 20);
  });
});
