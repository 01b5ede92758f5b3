import { afterEach, describe, expect, it } from 'vitest';
import { InputError } from '../base/errors.ts';
import { rng } from '../base/philox.ts';
import type { StartedEngine } from '../engines/createEngine.ts';
import type { LanguageModelSettings } from '../models/settings.ts';
import { assertClose } from '../testing/close.ts';
import { startEngine } from '../testing/engines.ts';
import { learnableSource } from '../testing/textSource.ts';
import { createLanguageModelTrainer } from './create.ts';
import type { Snapshot, TrainingSettings } from './types.ts';

const VOCABULARY = 23;
const model: LanguageModelSettings = {
  vocabulary: VOCABULARY,
  embedding: 12,
  hidden: 20,
  layers: 2,
  dropout: { kind: 'elementwise', input: 0.1, between: 0.1, output: 0.1, word: 0.02 },
  init: { recurrent: 0.3, embedding: 0.5, decoder: 0.3 },
  sparse: { embedding: true, recurrent: true, decoder: true },
};
const training: TrainingSettings = {
  method: 'set',
  density: 0.4,
  distribution: 'uniform',
  seed: 3,
  optimizer: { name: 'sgd', momentum: 0.9, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
  learningRate: 1,
  decay: { factor: 0.9, after: 2 },
  clip: 5,
  weightDecay: 1e-6,
  loss: 'sum-over-time',
  epochs: 4,
  update: { steps: 0, rate: 0.3, schedule: 'cosine', endRate: 0.01, stop: 1, growStd: 0, gates: 'free' },
};
const STEPS = 10;
const source = () => learnableSource(VOCABULARY, 5, 7, STEPS);

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

describe('a snapshot', () => {
  const make = (
    settings: Partial<TrainingSettings> = {},
    sizes: Partial<LanguageModelSettings> = {},
    batch = 5,
    steps = STEPS,
  ) => {
    const text = learnableSource(sizes.vocabulary ?? VOCABULARY, batch, 7, steps);
    const seek = (position: { epoch: number; step: number }) => {
      if (position.step > steps) throw new Error(`expected a step below ${steps}, got ${position.step}`);
      text.seek(position);
    };
    return createLanguageModelTrainer({ ...model, ...sizes }, { ...training, ...settings }, { ...text, seek }, engine!);
  };
  const adam = { ...training.optimizer, name: 'adam' } as const;
  type Made = ReturnType<typeof make>;

  it.each<[string, () => Made, RegExp]>([
    ['more tokens', () => make({}, { vocabulary: 29 }), /expected matrices .*\[23,12\].*got .*\[29,12\]/],
    ['another embedding', () => make({}, { embedding: 16 }), /expected matrices/],
    ['other units', () => make({}, { hidden: 18 }), /expected matrices/],
    ['fewer layers', () => make({}, { layers: 1 }), /expected matrices/],
    ['another density', () => make({ density: 0.6 }), /expected a training with .*"density":0.4.*got .*"density":0.6/],
    ['another method', () => make({ method: 'static' }), /expected a training with .*"set".*got .*"static"/],
    ['another optimizer', () => make({ optimizer: adam }), /expected a training with .*"sgd".*got .*"adam"/],
    ['another batch', () => make({}, {}, 6), /expected an array 'state.h0' of 100 numbers .*got one of 120 numbers/],
    ['a longer text', () => make({}, {}, 5, STEPS + 9), /does not fit the data .*: expected a step below 10, got 17/],
  ])(
    'of a training with %s is refused, and the trainer goes on as if nothing had happened',
    async (_what, other, message) => {
      engine = await startEngine('simd');
      const [trainer, alone] = [make(), make()];
      for (let step = 0; step < 3; step++) [trainer, alone].map(each => each.step());
      const foreign = other();
      for (let step = 0; step < 17; step++) foreign.step();
      const snapshot = structuredClone(foreign.snapshot());
      expect(() => trainer.restore(snapshot)).toThrow(InputError);
      expect(() => trainer.restore(snapshot)).toThrow(message);
      expect(trainer.step()).toEqual(alone.step());
      expect(trainer.snapshot()).toEqual(alone.snapshot());
      for (const each of [trainer, alone, foreign]) each.dispose();
    },
  );

  it('from before sizes and origin were kept is taken where its arrays fit, and refused where they do not', async () => {
    engine = await startEngine('simd');
    const strip = ({ tensors, state: { origin: _origin, sizes: _sizes, ...state } }: Snapshot) => ({ tensors, state });
    const trainer = make();
    const own = strip(structuredClone(trainer.snapshot()));
    const first = trainer.step();
    trainer.restore(own);
    expect(trainer.step()).toEqual(first);
    for (const other of [make({}, { hidden: 18 }), make({}, { vocabulary: 29 }), make({ optimizer: adam })]) {
      // Adam's second slot is what sgd does not know.
      if (other.snapshot().tensors['decoder.m']) {
        expect(() => other.restore(own)).toThrow(/expected an array '.*\.m' of \d+ numbers of type F32, got none\./);
      } else expect(() => trainer.restore(strip(other.snapshot()))).toThrow(/does not fit this model/);
      other.dispose();
    }
    const still = make({ method: 'static' });
    const before = structuredClone(trainer.snapshot());
    // A topology that never moves keeps no account of what was explored.
    expect(() => trainer.restore(strip(still.snapshot()))).toThrow(
      /expected an array 'embedding.explored' of type U8, got none\./,
    );
    expect(trainer.snapshot()).toEqual(before);
    still.dispose();
    const { tensors, state } = own;
    const falling = {
      ...tensors['decoder.indices'],
      data: (tensors['decoder.indices'].data as Uint32Array).toReversed(),
    };
    const reversed = { tensors: { ...tensors, 'decoder.indices': falling }, state };
    expect(() => trainer.restore(reversed)).toThrow(/expected rising positions below 23 x 20 in 'decoder.indices'/);
    trainer.dispose();
  });

  it('of the model alone is evaluated, and not trained on', async () => {
    engine = await startEngine('simd');
    const [trainer, other] = [make(), make({ density: 0.6, method: 'static' })];
    const before = structuredClone(trainer.snapshot());
    const first = trainer.step();
    for (let step = 0; step < 3; step++) other.step();
    trainer.loadModel(other.model());
    expect(trainer.evaluate(source())).toEqual(other.evaluate(source()));
    for (const work of [() => trainer.step(), () => trainer.endEpoch(1), () => trainer.snapshot()]) {
      expect(work).toThrow(/expected the model that is being trained, got one of loadModel/);
    }
    trainer.restore(before);
    expect(trainer.step()).toEqual(first);
    const larger = make({}, { hidden: 24 });
    expect(() => trainer.loadModel(larger.model())).toThrow(InputError);
    for (const each of [trainer, other, larger]) each.dispose();
  });
});

it('an evaluation on the batches of the training leaves them where they stood, also where it is broken off', async () => {
  engine = await startEngine('simd');
  const losses = [true, false].map(evaluates => {
    const batches = source();
    const trainer = createLanguageModelTrainer(model, training, batches, engine!);
    const taken = Array.from({ length: STEPS + 3 }, () => {
      if (evaluates) {
        const broken = () => {
          throw new Error('broken off');
        };
        expect(() => trainer.evaluate(batches, broken)).toThrow('broken off');
        trainer.evaluate(batches);
      }
      return trainer.step().loss;
    });
    trainer.dispose();
    return taken;
  });
  expect(losses[0]).toEqual(losses[1]);
});

it('an optimizer whose slots a snapshot lacks stays as it was', async () => {
  engine = await startEngine('simd');
  const [averaging, sparse] = (['nt-asgd', 'snt-asgd'] as const).map(name => {
    const optimizer = { ...training.optimizer, name, nonMonotone: 0 };
    return createLanguageModelTrainer(model, { ...training, optimizer }, source(), engine!);
  });
  for (const loss of [1, 2, 3]) {
    averaging.step();
    averaging.endEpoch(loss);
  }
  expect(averaging.averages).toBe(true);
  // From before snapshots told their optimizer: SNT-ASGD also counts the age of every weight.
  const { tensors, state } = structuredClone(averaging.snapshot());
  const { origin: _origin, ...older } = state;
  const before = structuredClone(sparse.snapshot());
  expect(() => sparse.restore({ tensors, state: older })).toThrow(/expected an array '.*\.age'/);
  expect(sparse.averages).toBe(false);
  expect(sparse.snapshot()).toEqual(before);
  expect(sparse.step().loss).toBeGreaterThan(0);
  for (const trainer of [averaging, sparse]) trainer.dispose();
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
