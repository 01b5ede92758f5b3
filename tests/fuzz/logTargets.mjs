/** Readers of run logs: what they show of a mutated log must be what the run wrote. */
import { deepStrictEqual } from 'node:assert/strict';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readRunLog, runState } from '../../packages/experiments/dist/internal.js';
import { buildReport } from '../../packages/report/dist/build.js';
import { toRun } from '../../packages/report/dist/load/run.js';
import { pick } from './mutations.mjs';
import { copyRun, withoutSeals } from './originals.mjs';
import { wrong } from './wrong.mjs';

const LISTS = ['epochs', 'topology', 'pictures', 'evaluations'];
/** Numbers of a run that a table shows. */
const SHOWN = [
  'testPerplexity',
  'testAccuracy',
  'testMacroF1',
  'validationPerplexity',
  'validationAccuracy',
  'validationLoss',
  'bestEpoch',
  'wallSeconds',
  'peakRssBytes',
  'peakHeapBytes',
  'tokensPerSecond',
  'stepMs',
  'density',
  'seed',
];
/** Numbers that vouch for one another in a log without seals. */
const TOGETHER = {
  epochs: [
    ['epoch', 'step'],
    ['trainLoss', 'trainPerplexity'],
    ['validationLoss', 'validationPerplexity'],
  ],
  evaluations: [['loss', 'perplexity']],
};
const DONE_TOGETHER = [
  ['bestEpoch', 'bestValidationLoss', 'bestValidationPerplexity'],
  ['testLoss', 'testPerplexity'],
  ['step'],
];

/** A line of another run, in the place of one's own or beside it. */
function foreignLines(other) {
  const lines = readFileSync(join(other, 'log.jsonl'), 'utf8').trimEnd().split('\n');
  return {
    foreignLine(bytes, random) {
      const own = bytes.toString('latin1').split('\n');
      const line = Buffer.from(pick(lines, random)).toString('latin1');
      return Buffer.from(own.toSpliced(random.integer(own.length), random.integer(2), line).join('\n'), 'latin1');
    },
  };
}

/** A target whose cases are logs put into a folder of their own. */
function logTarget(name, share, original, folder, check, more = {}) {
  const directory = join(folder, name, basename(original.directory));
  copyRun(original.directory, directory, ['spec.json']);
  const path = join(directory, 'log.jsonl');
  return {
    name,
    share,
    kind: 'json',
    more,
    original: original.bytes,
    read(mutated) {
      writeFileSync(path, mutated);
      const log = readRunLog(directory);
      // Both go on where a log is unreadable.
      const state = runState(name, directory);
      if (!('start' in log)) return 'refused';
      check(log, state);
      return log.damaged.length > 0 ? 'damage shown' : 'nothing lost';
    },
  };
}

/** Every way in which a log can end early: what a run shows at these times is right. */
function prefixes(bytes, folder) {
  const directory = join(folder, 'prefix');
  mkdirSync(directory, { recursive: true });
  const lines = bytes.toString().trimEnd().split('\n');
  return lines.map((_, k) => {
    writeFileSync(join(directory, 'log.jsonl'), `${lines.slice(0, k + 1).join('\n')}\n`);
    const log = readRunLog(directory);
    return { log, run: toRun(log, 'a'), state: runState('a', directory) };
  });
}

function requireAmong(what, value, values) {
  if (value === null || value === undefined || values.includes(value)) return;
  throw wrong(`${what} is shown as ${value}, expected one of ${[...new Set(values)].join(', ')} or nothing`);
}

function requireLine(line, lines) {
  const text = JSON.stringify(line);
  if (!lines.includes(text)) throw wrong(`a line is shown that the run did not write: ${text.slice(0, 200)}`);
}

export function sealedLog(name, share, runDir, other, folder) {
  const bytes = readFileSync(join(runDir, 'log.jsonl'));
  const early = prefixes(bytes, join(folder, `${name}-prefixes`));
  const whole = early.at(-1).log;
  const lines = Object.fromEntries(LISTS.map(list => [list, whole[list].map(each => JSON.stringify(each))]));
  const check = (log, state) => {
    deepStrictEqual(log.start, whole.start);
    for (const list of LISTS) {
      for (const line of log[list]) requireLine(line, lines[list]);
      if (new Set(log[list].map(line => JSON.stringify(line))).size < log[list].length)
        throw wrong(`${list} are shown twice`);
    }
    if (log.done !== undefined) deepStrictEqual(log.done, whole.done);
    const run = toRun(log, 'a');
    for (const key of SHOWN)
      requireAmong(
        key,
        run[key],
        early.map(each => each.run[key]),
      );
    for (const key of ['bestValidationPerplexity', 'bestValidationAccuracy', 'testPerplexity', 'testAccuracy']) {
      requireAmong(
        `status ${key}`,
        state[key],
        early.map(each => each.state[key]),
      );
    }
  };
  return logTarget(name, share, { directory: runDir, bytes }, folder, check, foreignLines(other));
}

/** A log without seals: losses and perplexities, which stand twice, are the run's. A line made of two halves can pass. */
export function oldLog(name, share, runDir, folder) {
  const bytes = withoutSeals(readFileSync(join(runDir, 'log.jsonl')));
  const whole = prefixes(bytes, join(folder, `${name}-prefixes`)).at(-1).log;
  // Of two numbers that vouch for each other, eleven digits are sure.
  const only = (line, keys) => JSON.stringify(keys.map(key => Number(line[key].toPrecision(11))));
  const check = log => {
    for (const [list, together] of Object.entries(TOGETHER)) {
      for (const keys of together) {
        const right = whole[list].map(line => only(line, keys));
        for (const line of log[list]) requireLine(JSON.parse(only(line, keys)), right);
      }
    }
    for (const keys of log.done === undefined ? [] : DONE_TOGETHER) {
      deepStrictEqual(only(log.done, keys), only(whole.done, keys));
    }
    for (const key of ['method', 'density', 'seed']) deepStrictEqual(log.start[key], whole.start[key]);
    toRun(log, 'a');
  };
  return logTarget(name, share, { directory: runDir, bytes }, folder, check);
}

/** What names a row of a CSV file of the report; everything else is compared. */
const NAMES = ['run', 'folder', 'method', 'density', 'variant', 'study', 'seed', 'matrix', 'gate', 'epoch'];

/**
 * The report of a folder of four runs, two of them dense, with a plan of tables and figures. The log of one is mutated: every
 * number of every CSV file is one that a log cut after some line leads to, or is left out.
 */
export async function report(name, share, runDir, { others, plan }, folder) {
  const runs = join(folder, name, 'runs');
  const mutatedDir = join(runs, basename(runDir));
  for (const other of others) copyRun(other, join(runs, basename(other)), ['log.jsonl']);
  copyRun(runDir, mutatedDir, ['spec.json']);
  copyFileSync(plan, join(runs, 'plan.json'));
  const out = join(folder, name, 'index.html');
  const cellsOf = async log => {
    writeFileSync(join(mutatedDir, 'log.jsonl'), log);
    const built = await buildReport({ runs: [runs], out });
    return { built, cells: built.files.filter(file => file.endsWith('.csv')).flatMap(cells) };
  };
  const original = readFileSync(join(runDir, 'log.jsonl'));
  const lines = original.toString().trimEnd().split('\n');
  const allowed = new Map();
  for (let k = 1; k <= lines.length; k++) {
    const { built, cells: found } = await cellsOf(`${lines.slice(0, k).join('\n')}\n`);
    if (built.exhibits === 0 || built.unreadablePlans.length > 0) throw new Error('expected a report with a plan');
    for (const { place, value } of found) allowed.set(place, (allowed.get(place) ?? new Set()).add(value));
  }
  return {
    name,
    share,
    kind: 'json',
    more: foreignLines(others[0]),
    original,
    async read(mutated) {
      const { built, cells: found } = await cellsOf(mutated);
      for (const { place, value } of found) {
        if (value !== '') requireAmong(place, value, [...(allowed.get(place) ?? [])]);
      }
      return built.unreadable.length > 0 ? 'refused' : built.damaged > 0 ? 'damage shown' : 'nothing lost';
    },
  };
}

/** All cells of a CSV file, each with where it stands: file, the row's names, column. */
function cells(path) {
  const [head, ...rows] = readFileSync(path, 'utf8')
    .trim()
    .split(/\r?\n/)
    .map(line => [...line.matchAll(/(?:^|,)("(?:[^"]|"")*"|[^,]*)/g)].map(([, cell]) => cell));
  return rows.flatMap(row => {
    const names = head.flatMap((key, k) => (NAMES.includes(key) ? [`${key} ${row[k]}`] : []));
    return head.map((key, k) => ({ place: `${basename(path)}, ${names.join(', ')}: ${key}`, value: row[k] }));
  });
}
