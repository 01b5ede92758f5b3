// npm test: builds, lints and tests every package (cached by turbo), then adds up the results.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findSlurm } from '../tests/slurm/install.mjs';

const root = join(import.meta.dirname, '..');
process.chdir(root);
process.env.PATH = `${join(root, 'node_modules/.bin')}:${process.env.PATH}`;
process.env.CI_RESULTS = 'test-results.json';
// Results differ with what is installed beside the packages, so turbo has to know it.
const binding = 'packages/core/node_modules/@tensorflow/tfjs-node/lib/napi-v8/tfjs_binding.node';
process.env.INSTALLED_ENGINES = existsSync(binding) ? 'tensorflow' : '';

/** Commands that failed. */
const broken = [];

function run(command, args) {
  const { status } = spawnSync(command, args, { stdio: 'inherit' });
  if (status !== 0) broken.push([command, args]);
}

/** Starts a command whose output is shown when it is waited for. @returns What waits. */
function runAside(command, args, env) {
  const folder = mkdtempSync(join(tmpdir(), 'sparse-rnn-test-'));
  const output = join(folder, 'output.txt');
  const file = openSync(output, 'w');
  const child = spawn(command, args, { stdio: ['ignore', file, file], env: { ...process.env, ...env } });
  const status = new Promise(resolve => child.once('exit', resolve));
  return async () => {
    if ((await status) !== 0) broken.push([command, args]);
    process.stdout.write(readFileSync(output));
    rmSync(folder, { recursive: true });
  };
}

const resultFiles = [
  ...readdirSync('packages').map(name => join('packages', name, 'test-results.json')),
  'tests/test-results.json',
];
const slurmFile = 'tests/slurm/test-results.json';
for (const file of ['tests/test-results.json', slurmFile]) rmSync(file, { force: true });

run('biome', ['check', '.']);
run('turbo', ['run', 'build', 'typecheck', '--output-logs=errors-only']);
const rootTests = ['run', '--config', 'tests/vitest.config.ts'];
const { missing } = findSlurm();
// A test on a cluster mostly waits for it: the others are run meanwhile.
const slurmEnded =
  missing === undefined && runAside('vitest', [...rootTests, 'slurm/'], { CI_RESULTS: 'slurm/test-results.json' });
run('turbo', ['run', 'test', '--output-logs=full', '--concurrency=1', '--continue']);
run('vitest', slurmEnded ? [...rootTests, '--exclude', '**/slurm/**'] : rootTests);
if (slurmEnded) {
  resultFiles.push(slurmFile);
  await slurmEnded();
}

let passed = 0;
let failed = 0;
let skipped = 0;
for (const file of resultFiles) {
  if (!existsSync(file)) {
    console.log(`${file}: no test results`);
    failed++;
    continue;
  }
  const results = JSON.parse(readFileSync(file, 'utf8'));
  passed += results.numPassedTests;
  failed +=
    results.numFailedTests +
    results.testResults.filter(each => each.status === 'failed' && each.assertionResults.length === 0).length;
  skipped += results.numPendingTests;
}
const engines = 'packages/core/engine-table.json';
if (existsSync(engines)) {
  console.log('\nengine      passed  failed  skipped');
  for (const row of JSON.parse(readFileSync(engines, 'utf8'))) {
    const counts = [row.passed, row.failed, row.skipped].map(n => String(n).padStart(6)).join('  ');
    console.log(`${row.engine.padEnd(11)} ${row.missing === undefined ? counts : `not tested: ${row.missing}`}`);
  }
}
for (const [command, args] of broken) console.log(`Failed: ${command} ${args.join(' ')}`);
if (skipped > 0) console.log(`${skipped} skipped (see the titles above for what they need)`);
if (missing !== undefined) console.log(`The Slurm test was not run: ${missing}`);
if (broken.length > 0 && failed === 0) failed = broken.length;
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
