/** Readers of run logs: what they show of a mutated log must be what the run wrote. */
import { deepStrictEqual } from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { runState } from '../../packages/experiments/dist/run/status.js';
import { readRunLog } from '../../packages/experiments/dist/runlog/index.js';
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

/** The report of a folder of two runs, the log of one of which is mutated. */
export async function report(name, share, runDir, other, folder) {
  const runs = join(folder, name, 'runs');
  const mutatedDir = join(runs, basename(runDir));
  copyRun(other, join(runs, basename(other)), ['log.jsonl']);
  copyRun(runDir, mutatedDir, ['spec.json']);
  const out = join(folder, name, 'index.html');
  const rows = async log => {
    writeFileSync(join(mutatedDir, 'log.jsonl'), log);
    const built = await buildReport({ runs: [runs], out });
    return { built, rows: rowsOf(join(dirname(out), 'index-files', 'runs.csv')) };
  };
  const original = readFileSync(join(runDir, 'log.jsonl'));
  const lines = original.toString().trimEnd().split('\n');
  const early = [];
  for (let k = 1; k <= lines.length; k++) early.push((await rows(`${lines.slice(0, k).join('\n')}\n`)).rows);
  const allowed = (folderName, key) =>
    early.flatMap(each => each.filter(row => row.folder === folderName).map(row => row[key]));
  return {
    name,
    share,
    kind: 'json',
    more: foreignLines(other),
    original,
    async read(mutated) {
      const { built, rows: found } = await rows(mutated);
      for (const row of found) {
        for (const [key, value] of Object.entries(row)) {
          if (value !== '') requireAmong(`${key} of ${row.folder} in the report`, value, allowed(row.folder, key));
        }
      }
      return built.unreadable.length > 0 ? 'refused' : built.damaged > 0 ? 'damage shown' : 'nothing lost';
    },
  };
}

function rowsOf(path) {
  // No field of these runs holds a comma.
  const [head, ...rows] = readFileSync(path, 'utf8')
    .trim()
    .split(/\r?\n/)
    .map(line => line.split(','));
  return rows.map(row => Object.fromEntries(head.map((key, k) => [key, row[k]])));
}
