/**
 * Reads mutated logs, specs, plans, distances, studies, CSV files, checkpoints and reports: each must be refused with an
 * error that says why, be shown as damaged, or be read right. A crash, a wrong number, a reader that takes longer than ten
 * seconds, or no case at all ends the script with exit code 1.
 *
 *   node tests/fuzz/mutate.mjs --count 10000 --seed 1
 *   node tests/fuzz/mutate.mjs --count 10000 --seed 1 --only "study:17"
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';

const LIMIT_MS = 10_000;
/** Training of the originals. */
const START_MS = 120_000;

const { values: flags } = parseArgs({
  options: {
    count: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
  },
});

const folder = mkdtempSync(join(tmpdir(), 'fuzz-'));
const begin = performance.now();
const counts = new Map();
const failures = [];
let slowest = { ms: 0, id: '' };
if (Number(flags.count) > 0) await work();
rmSync(folder, { recursive: true, force: true });
const idle = tell() === 0 && failures.length === 0;
if (idle) {
  const { count, only } = flags;
  console.error(
    'No case was run: expected a --count above 0, and of --only the id of a case below it, such as study:17, ' +
      `got --count ${count}${only === undefined ? '' : ` --only ${only}`}.`,
  );
}
process.exitCode = failures.length > 0 || idle ? 1 : 0;

function work() {
  const workerData = { folder, seed: Number(flags.seed), count: Number(flags.count), only: flags.only };
  const worker = new Worker(new URL('./worker.mjs', import.meta.url), { workerData });
  return new Promise((resolve, reject) => {
    let at = 'the start';
    let since = performance.now();
    let timer = setTimeout(() => {}, 0);
    const watch = milliseconds => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        failures.push({ id: at, failed: `took longer than ${milliseconds / 1000} s` });
        worker.terminate().then(resolve, reject);
      }, milliseconds);
    };
    watch(START_MS);
    worker.on('message', message => {
      const now = performance.now();
      if (message.begin) {
        [at, since] = [message.begin, now];
        watch(LIMIT_MS);
        return;
      }
      watch(START_MS);
      if (message.over) return void worker.terminate().then(resolve, reject);
      if (now - since > slowest.ms) slowest = { ms: now - since, id: message.end };
      count(message);
    });
    worker.on('error', error => {
      failures.push({ id: at, failed: `ended the process: ${error.stack}` });
      resolve();
    });
    worker.on('exit', () => clearTimeout(timer));
  });
}

function count({ end, target, came, failed, used, content }) {
  const of = counts.get(target) ?? {};
  const what = failed === undefined ? came : 'WRONG';
  counts.set(target, { ...of, [what]: (of[what] ?? 0) + 1 });
  if (failed !== undefined) failures.push({ id: end, failed, used, content });
}

/** @returns How many cases were run. */
function tell() {
  let cases = 0;
  for (const [target, of] of counts) {
    const sum = Object.values(of).reduce((a, b) => a + b, 0);
    cases += sum;
    const parts = Object.entries(of)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([what, number]) => `${what} ${number}`);
    console.log(`${target.padEnd(24)} ${String(sum).padStart(5)}  ${parts.join(', ')}`);
  }
  for (const { id, failed, used, content } of failures.slice(0, 20)) {
    console.log(`\n${id} (${(used ?? []).join(', ')}): ${failed}${content === undefined ? '' : `\n${content}`}`);
  }
  const seconds = ((performance.now() - begin) / 1000).toFixed(0);
  console.log(
    `${cases} mutated files, seed ${flags.seed}: ${failures.length} crashed, hung or showed something wrong. ` +
      `Slowest ${slowest.ms.toFixed(0)} ms (${slowest.id}). ${seconds} s.`,
  );
  return cases;
}
