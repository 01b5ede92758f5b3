// npm test: builds, lints and tests every package (cached by turbo), then adds up the results.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { findSlurm } from '../tests/slurm/install.mjs';

const root = join(import.meta.dirname, '..');
process.chdir(root);
process.env.PATH = `${join(root, 'node_modules/.bin')}:${process.env.PATH}`;
process.env.CI_RESULTS = '1';
// Results differ with what is installed beside the packages, so turbo has to know it.
const binding = 'packages/core/node_modules/@tensorflow/tfjs-node/lib/napi-v8/tfjs_binding.node';
process.env.INSTALLED_ENGINES = existsSync(binding) ? 'tensorflow' : '';

function run(command, args) {
  const { status } = spawnSync(command, args, { stdio: 'inherit' });
  return status === 0;
}

const steps = [
  ['biome', ['check', '.']],
  ['turbo', ['run', 'build', 'typecheck', '--output-logs=errors-only']],
  ['turbo', ['run', 'test', '--output-logs=full', '--concurrency=1', '--continue']],
  ['vitest', ['run', '--config', 'tests/vitest.config.ts']],
];
rmSync('tests/test-results.json', { force: true });
const broken = steps.filter(([command, args]) => !run(command, args));

let passed = 0;
let failed = 0;
let skipped = 0;
for (const folder of [...readdirSync('packages').map(name => join('packages', name)), 'tests']) {
  const file = join(folder, 'test-results.json');
  if (!existsSync(file)) {
    console.log(`${folder}: no test results`);
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
const { missing } = findSlurm();
if (missing !== undefined) console.log(`The Slurm test was not run: ${missing}`);
if (broken.length > 0 && failed === 0) failed = broken.length;
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
