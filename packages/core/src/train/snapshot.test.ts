import { afterEach, describe, expect, it } from 'vitest';
import { InputError } from '../base/errors.ts';
import type { StartedEngine } from '../engines/createEngine.ts';
import type { LanguageModelSettings } from '../models/settings.ts';
import { startEngine } from '../testing/engines.ts';
import { learnableSource } from '../testing/textSource.ts';
import { createLanguageModelTrainer } from './create.ts';
import { model, STEPS, source, training, VOCABULARY } from './trainer.testing.ts';
import type { Snapshot, TrainingSettings } from './types.ts';

let engine: StartedEngine | undefined;
afterEach(async () => {
  await engine?.dispose();
  engine = undefined;
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
