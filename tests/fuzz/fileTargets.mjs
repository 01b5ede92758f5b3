/** Readers of everything else: what they accept is what was written, or what the file says. */
import { deepStrictEqual } from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { loadTextCorpus, TEXT_DEFAULTS } from '../../packages/datasets/dist/index.js';
import {
  canonicalJson,
  planRuns,
  RunFolder,
  RunLock,
  readDistances,
  readLaunches,
  readLock,
  readPlan,
  readStudy,
  validateSpec,
} from '../../packages/experiments/dist/internal.js';
import { mutate, pick } from './mutations.mjs';
import { copyRun } from './originals.mjs';
import { valueOr, wrong } from './wrong.mjs';

/** A file of a run folder that must be refused, or read as it was. */
function exact(name, share, kind, runDir, file, folder, read, more) {
  const directory = join(folder, name, basename(runDir));
  copyRun(runDir, directory, ['spec.json', 'local.json', 'DONE', 'summary.json', 'log.jsonl']);
  const path = join(directory, file);
  const original = readFileSync(join(runDir, file));
  writeFileSync(path, original);
  const right = read(directory);
  return {
    name,
    share,
    kind,
    more,
    original,
    async read(mutated) {
      writeFileSync(path, mutated);
      const got = await valueOr(() => read(directory));
      if (got === undefined) return 'refused';
      deepStrictEqual(got.value, right);
      return 'nothing lost';
    },
  };
}

export const spec = (name, share, runDir, folder) =>
  exact(name, share, 'json', runDir, 'spec.json', folder, directory => RunFolder.existing(directory).spec);

export const places = (name, share, runDir, folder) =>
  exact(name, share, 'json', runDir, 'local.json', folder, directory => RunFolder.existing(directory).spec);

export const summary = (name, share, runDir, folder) =>
  exact(name, share, 'json', runDir, 'summary.json', folder, directory => RunFolder.existing(directory).summary());

export const checkpoint = (name, share, runDir, folder) =>
  exact(
    name,
    share,
    'bytes',
    runDir,
    'checkpoint.safetensors',
    folder,
    directory => RunFolder.existing(directory).readCheckpoint(),
    HEADER,
  );

export function best(name, share, runDir, folder) {
  const { epoch } = RunFolder.existing(runDir).readCheckpoint().run.best;
  return exact(
    name,
    share,
    'bytes',
    runDir,
    'best.safetensors',
    folder,
    directory => RunFolder.existing(directory).readBest(epoch),
    HEADER,
  );
}

/** The header of a safetensors file: its length, its JSON. */
const HEADER = {
  headerLength(bytes, random) {
    const copy = Buffer.from(bytes);
    if (copy.length < 8) return copy;
    const lengths = [0n, 1n, 2n ** 63n, 2n ** 64n - 1n, BigInt(copy.length), BigInt(random.integer(copy.length))];
    copy.writeBigUInt64LE(lengths[random.integer(lengths.length)], 0);
    return copy;
  },
  headerText(bytes, random) {
    const end =
      bytes.length < 8 ? bytes.length : Math.min(bytes.length, 8 + Number(bytes.readBigUInt64LE() & 0xffffffffn));
    const changed = mutate(bytes.subarray(Math.min(8, end), end), 'text', random).bytes;
    return Buffer.concat([bytes.subarray(0, Math.min(8, end)), changed, bytes.subarray(end)]);
  },
};

export const plan = (name, share, path, folder) => sealed(name, share, path, folder, readPlan);

export const distances = (name, share, path, folder) => sealed(name, share, path, folder, readDistances);

/** What a launch submitted. */
export function jobs(name, share, path, folder) {
  const readFrom = runs => {
    const { launches, damaged } = readLaunches(runs);
    return damaged.length > 0 ? { reason: 'damaged' } : launches[0];
  };
  return sealed(name, share, path, folder, readFrom, 'slurm/launch');
}

/** A document with a seal, `within` the folder of all runs. */
function sealed(name, share, path, folder, readFrom, within = '.') {
  const runs = join(folder, 'sealed');
  mkdirSync(join(runs, within), { recursive: true });
  const original = readFileSync(path);
  const read = bytes => {
    writeFileSync(join(runs, within, basename(path)), bytes);
    return readFrom(runs);
  };
  const right = read(original);
  return {
    name,
    share,
    kind: 'json',
    original,
    read(mutated) {
      const got = read(mutated);
      if ('reason' in got) return 'refused';
      deepStrictEqual(got, right);
      return 'nothing lost';
    },
  };
}

/** Settings as a program hands them over: accepted as they are, or refused. */
export function settings(name, share, runDir) {
  return {
    name,
    share,
    kind: 'json',
    original: Buffer.from(canonicalJson(RunFolder.existing(runDir).spec)),
    async read(mutated) {
      let value;
      try {
        value = JSON.parse(mutated.toString('utf8'));
      } catch {
        return 'refused';
      }
      const got = await valueOr(() => validateSpec(value));
      if (got === undefined) return 'refused';
      for (const [key, each] of Object.entries(value))
        deepStrictEqual(got.value[key], each === 0 ? 0 : each, `${key} became another value`);
      deepStrictEqual(validateSpec(JSON.parse(JSON.stringify(got.value))), got.value);
      return 'valid';
    },
  };
}

/** What YAML has beside lines: aliases and anchors, tags, other types, keys that are no words, long lists. */
const YAML = {
  yaml(bytes, random) {
    const content = bytes.toString('latin1');
    const marks = [...content.matchAll(/[^\s,[\]{}]+/g)];
    if (marks.length === 0) return bytes;
    const { 0: old, index } = pick(marks, random);
    const list = Array.from({ length: 300 }, (_, k) => k).join(', ');
    const odd = [
      '*none',
      '&a x',
      `&a [*a]`,
      '!!binary x',
      '!!set {a, b}',
      '!!timestamp 2001-01-01',
      '? [a]',
      '<<: {a: 1}',
      '.inf',
      '.nan',
      '0o17',
      '~',
      '|',
      '>-',
      '%',
      '---',
      '...',
      `[${list}]`,
      '['.repeat(3000),
      '__proto__:',
      'constructor:',
    ];
    return Buffer.from(`${content.slice(0, index)}${pick(odd, random)}${content.slice(index + old.length)}`, 'latin1');
  },
};

export function study(name, share, path) {
  const file = join(dirname(path), 'mutated.yaml');
  return {
    name,
    share,
    kind: 'text',
    more: YAML,
    original: readFileSync(path),
    async read(mutated) {
      writeFileSync(file, mutated);
      const got = await valueOr(() => {
        const read = readStudy(file);
        return { read, planned: planRuns(read) };
      });
      if (got === undefined) return 'refused';
      const { read, planned } = got.value;
      for (const { spec: each, label } of planned) requireAsked(each, label, read);
      requireSeeds(planned, read);
      return 'valid';
    },
  };
}

/** A run of a study has the settings that its label names, and those of the study. */
function requireAsked(spec, label, { settings: ofAll, preset }) {
  if (spec.preset !== preset) throw wrong(`preset ${spec.preset} of a study of ${preset}`);
  const own = Object.fromEntries(label.split(', ').map(part => part.split(/=(.*)/s)));
  const [key, value] = unlike(spec, { ...ofAll, ...own }) ?? [];
  if (key !== undefined) throw wrong(`${key} ${spec[key]} of a run that asks for ${value}`);
}

/** Every listed setting has the seeds of the study, or the one of its own; no run has another, and no other place names one. */
function requireSeeds(planned, { settings: ofAll, grid, seeds, runs }) {
  if ('seed' in ofAll || 'seed' in grid) throw wrong('a seed beside the seeds of the study');
  for (const own of runs) {
    for (const seed of own.seed === undefined ? seeds : [own.seed]) {
      const asked = { ...ofAll, ...own, seed };
      if (!planned.some(({ spec }) => unlike(spec, asked) === undefined)) throw wrong(`no run of seed ${seed}`);
    }
  }
  const known = new Set([...seeds, ...runs.flatMap(({ seed }) => seed ?? [])].map(Number));
  for (const { spec } of planned) if (!known.has(spec.seed)) throw wrong(`a run of seed ${spec.seed}`);
}

/** The first of some settings that a spec has not. */
function unlike(spec, settings) {
  return Object.entries(settings).find(
    ([key, value]) =>
      !(key === 'density' && spec.method === 'dense') &&
      value !== 'auto' &&
      String(spec[key]) !== String(value) &&
      spec[key] !== Number(value),
  );
}

const CSV = { ...TEXT_DEFAULTS, minCount: 1, csv: { text: 'text', label: 'label' } };

export async function csv(name, share, path) {
  const file = join(dirname(path), 'mutated.csv');
  const load = async from => {
    const corpus = await loadTextCorpus(`csv:${from}`, CSV);
    const { sha256, classes, vocabulary, notes } = corpus;
    const parts = ['train', 'validation', 'test'].map(part => corpus[part]);
    const words = parts.map(({ texts, labels }) =>
      texts.map((text, k) => [labels[k], ...Array.from(text, id => vocabulary[id])]),
    );
    return { sha256, classes, words, notes };
  };
  const right = await load(path);
  return {
    name,
    share,
    kind: 'text',
    original: readFileSync(path),
    async read(mutated) {
      writeFileSync(file, mutated);
      const got = await valueOr(() => load(file));
      if (got === undefined) return 'refused';
      const { sha256, words, classes, notes } = got.value;
      const counted = Object.values(notes.balance)
        .flat()
        .reduce((sum, count) => sum + count, 0);
      deepStrictEqual(words.flat().length, counted, 'the texts are not as many as their balance says');
      for (const [label] of words.flat())
        if (!(label in classes)) throw wrong(`a text of class ${label} of ${classes.length}`);
      if (sha256 !== right.sha256) return 'other data';
      // A run may go on with data of this checksum: they must be the same.
      deepStrictEqual([words, classes], [right.words, right.classes], 'other texts under the same checksum');
      return 'nothing lost';
    },
  };
}

export function lock(name, share, folder) {
  const directory = join(folder, 'locks');
  mkdirSync(directory, { recursive: true });
  const path = join(directory, 'lock.json');
  const held = RunLock.take(directory);
  const original = readFileSync(path);
  held.release();
  return {
    name,
    share,
    kind: 'json',
    original,
    async read(mutated) {
      writeFileSync(path, mutated);
      const alive = readLock(directory)?.alive;
      const got = await valueOr(() => RunLock.take(directory));
      if (alive !== (got === undefined))
        throw wrong('a lock that is held by a process is taken, or one of nobody is not');
      got?.value.release();
      return got === undefined ? 'refused' : 'nothing lost';
    },
  };
}
