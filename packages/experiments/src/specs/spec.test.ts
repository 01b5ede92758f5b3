import { describe, expect, it } from 'vitest';
import { PRESETS } from './presets.ts';
import { SPEC_KEYS } from './schema.ts';
import { createSpec, parseSettings, runName, specHash, validateSpec } from './spec.ts';
import { UsageError } from './usageError.ts';

const known = {
  methods: ['dense', 'static', 'set'],
  cells: ['lstm', 'gru', 'rhn'],
  corpora: {
    'language-model': ['moby-dick', 'sotu', 'ptb', 'wikitext-2'],
    classification: ['imdb', 'sst2', 'trec-6', 'spam-assassin'],
  },
};
const create = (preset: string, ...set: string[]) => createSpec(preset, parseSettings(set), known);

it('-0 is 0, as it has the same hash', () => {
  const spec = create('demo', 'dropoutBetween=-0');
  expect(spec.dropoutBetween).toBe(0);
  expect(validateSpec({ ...spec, growStd: -0 }).growStd).toBe(0);
});

describe('presets', () => {
  it.each(Object.keys(PRESETS))('%s is complete, valid and frozen', name => {
    const spec = create(name);
    expect(Object.keys(spec).sort()).toEqual([...SPEC_KEYS].sort());
    expect(Object.isFrozen(spec)).toBe(true);
  });

  it('hold the published recipes of Zaremba et al.', () => {
    const pick = (name: string) => {
      const { hidden, window, epochs, dropoutInput, dropoutOutput, initRecurrent, initDecoder, clip, ...spec } =
        create(name);
      return [hidden, window, epochs, dropoutInput, dropoutOutput, initRecurrent, initDecoder, clip, spec.decayAfter];
    };
    expect(pick('zaremba-small')).toEqual([200, 20, 13, 0, 0, 0.1, 0.1, 5, 4]);
    expect(pick('zaremba-medium')).toEqual([650, 35, 39, 0.5, 0.5, 0.05, 0.05, 5, 6]);
    expect(pick('zaremba-large')).toEqual([1500, 35, 55, 0.65, 0.65, 0.04, 0.04, 10, 14]);
  });

  it('ptb-lstm initialises recurrent layers from U(-1/sqrt(H), 1/sqrt(H)), also for another H', () => {
    expect(create('ptb-lstm').initRecurrent).toBe(1 / Math.sqrt(1500));
    expect(create('ptb-lstm', 'hidden=64').initRecurrent).toBe(0.125);
    expect(create('ptb-lstm', 'hidden=64', 'initRecurrent=0.3').initRecurrent).toBe(0.3);
  });
});

describe('createSpec', () => {
  it('turns texts into numbers and flags, and gives dense runs density 1', () => {
    const spec = create('demo', 'density=0.05', 'sparseDecoder=false', 'seed=7', 'data=folder:/my/texts');
    expect([spec.density, spec.sparseDecoder, spec.seed, spec.data]).toEqual([0.05, false, 7, 'folder:/my/texts']);
    expect(create('demo', 'method=dense').density).toBe(1);
  });

  it.each([
    ['density=0', /^density: expected a number in \(0, 1\], got 0\. Set it with --set density=/],
    ['density=1.01', /^density: expected a number in \(0, 1\], got 1\.01/],
    ['density=-0.5', /^density: /],
    ['density=NaN', /^density: expected a number in \(0, 1\], got "NaN"/],
    ['density=', /^density: expected a number in \(0, 1\], got ""/],
    ['density=a tenth', /^density: .* got "a tenth"/],
    ['hidden=0', /^hidden: expected a whole number from 1 to 65536, got 0/],
    ['hidden=12.5', /^hidden: expected a whole number .* got 12\.5/],
    ['hidden=1e9', /^hidden: /],
    ['layers=0', /^layers: /],
    ['batch=-1', /^batch: /],
    ['window=0', /^window: /],
    ['epochs=0', /^epochs: /],
    ['seed=-1', /^seed: expected a whole number from 0 to 4294967295, got -1/],
    ['seed=4294967296', /^seed: /],
    ['dropoutInput=1', /^dropoutInput: expected a number in \[0, 1\), got 1/],
    ['removalRate=1.5', /^removalRate: expected a number in \[0, 1\], got 1\.5/],
    ['endRate=0.9', /^endRate: expected at most removalRate \(0\.3\)/],
    ['updateStop=2', /^updateStop: /],
    ['learningRate=0', /^learningRate: /],
    ['learningRate=Infinity', /^learningRate: /],
    ['clip=-1', /^clip: /],
    ['optimizer=sdg', /^optimizer: expected one of sgd, momentum, adam, nt-asgd, snt-asgd, got "sdg"/],
    ['gates=both', /^gates: expected one of free, keep/],
    ['sparseDecoder=no', /^sparseDecoder: expected true or false, got "no"/],
    ['initDecoder=0', /^initDecoder: /],
    ['densty=0.1', /^Unknown setting 'densty'\. Did you mean 'density'\? The settings are: /],
    ['preset=ptb-lstm', /^Unknown setting 'preset'/],
    ['method=sett', /^Unknown method 'sett'\. Did you mean 'set'\? Valid names: dense, static, set\./],
    ['data=mobydick', /^Unknown corpus 'mobydick'\. Did you mean 'moby-dick'\?/],
    ['noequals', /^--set: expected key=value, got "noequals"/],
  ])('refuses %s with one clear message', (setting, message) => {
    expect(() => create('demo', setting)).toThrow(message);
    expect(() => create('demo', setting)).toThrow(UsageError);
  });

  it('refuses an unknown preset, a density for dense, sparse runs without a sparse matrix, and a key given twice', () => {
    expect(() => create('zaremba-smal')).toThrow(/^Unknown preset 'zaremba-smal'\. Did you mean 'zaremba-small'\?/);
    expect(() => create('toString')).toThrow(/^Unknown preset/);
    expect(() => create('demo', 'method=dense', 'density=0.2')).toThrow(
      /^density: expected 1 for method dense, got 0\.2/,
    );
    expect(() => create('demo', 'sparseEmbedding=false', 'sparseRecurrent=false', 'sparseDecoder=false')).toThrow(
      /no matrix is sparse/,
    );
    expect(() => create('demo', 'seed=1', 'seed=2')).toThrow(/seed is given twice/);
  });
});

describe('settings that nobody would read', () => {
  it.each([
    [
      ['zaremba-small', 'bidirectional=true'],
      /bidirectional: expected it left out, as it has no effect on task language-model/,
    ],
    [['zaremba-small', 'maxLength=20'], /maxLength: .*no effect on task language-model, got 20/],
    [['text-lstm', 'tied=true'], /tied: .*no effect on task classification/],
    [['text-lstm', 'window=20'], /window: .*no effect on task classification/],
    [['zaremba-small', 'depth=3'], /depth: .*no effect on cell lstm/],
    [['zaremba-small', 'cell=gru', 'dropoutState=0.2'], /dropoutState: .*no effect on cell gru/],
  ])('%j is refused', ([preset, ...set], message) => {
    expect(() => create(preset, ...set)).toThrow(message);
  });

  it('one that repeats what is there anyway is let pass, and so is one that the cell reads', () => {
    expect(create('zaremba-small', 'depth=1', 'minCount=2')).toEqual(create('zaremba-small'));
    expect(create('ptb-rhn', 'depth=3', 'dropoutState=0.1').depth).toBe(3);
  });
});

describe('a method that prescribes an optimizer', () => {
  const prescribing = { ...known, methodSettings: () => ({ optimizer: 'snt-asgd' as const }) };
  const set = (preset: string, ...texts: string[]) =>
    createSpec(preset, parseSettings(['method=set', ...texts]), prescribing);

  it('is refused where the learning rate is that of Adam, and takes one that is given', () => {
    expect(() => set('text-lstm')).toThrow(/set trains with snt-asgd: expected a learningRate for it, got 0.003/);
    expect(set('text-lstm', 'learningRate=5').optimizer).toBe('snt-asgd');
    expect(set('text-lstm', 'optimizer=adam').optimizer).toBe('adam');
    expect(set('zaremba-small').optimizer).toBe('snt-asgd');
  });
});

describe('the hash of a spec', () => {
  it('does not depend on the order of keys, and differs for every changed setting', () => {
    const spec = create('demo');
    const reversed = validateSpec(Object.fromEntries(Object.entries(spec).reverse()));
    expect(specHash(reversed)).toBe(specHash(spec));
    const hashes = ['seed=2', 'density=0.15', 'method=static', 'growStd=0.1'].map(set => specHash(create('demo', set)));
    expect(new Set([specHash(spec), ...hashes]).size).toBe(5);
  });

  it('names the run folder', () => {
    const spec = create('demo');
    expect(runName(spec)).toBe(`demo-set-${specHash(spec).slice(0, 12)}`);
  });

  it('does not change when a key is added: a spec of the first runs, and one that names the neutral value', () => {
    const set = ['method=set', 'density=0.33', 'seed=2'];
    // The folder of a run that is in results/, trained before the keys cell and tied existed.
    expect(runName(create('zaremba-small', ...set))).toBe('zaremba-small-set-3ae89ace92a7');
    expect(runName(create('zaremba-small', ...set, 'cell=lstm', 'tied=false'))).toBe('zaremba-small-set-3ae89ace92a7');
    expect(runName(create('zaremba-small', ...set, 'tied=true'))).not.toBe('zaremba-small-set-3ae89ace92a7');
  });

  it('a stored spec without a later key is valid and gets its neutral value', () => {
    const { cell: _cell, tied: _tied, ...stored } = create('demo');
    expect(validateSpec(stored)).toEqual(create('demo'));
  });
});
