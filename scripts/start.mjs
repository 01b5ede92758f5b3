/**
 * `npm start`: builds what has changed, then runs the demo. Arguments go to the demo: `npm start -- --fresh`.
 */
import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = name => `${root}node_modules/.bin/${name}`;

console.log('building (cached after the first time) ...');
const build = spawnSync(bin('turbo'), ['run', 'build', '--output-logs=errors-only', '--ui=stream'], {
  cwd: root,
  encoding: 'utf8',
  env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1', TURBO_NO_UPDATE_NOTIFIER: '1' },
});
if (build.status !== 0) {
  console.error(build.error?.message ?? `${build.stdout}${build.stderr}`);
  console.error("The build failed. After 'npm run setup' it should not: please report it.");
  process.exit(1);
}

const demo = spawn(
  process.execPath,
  [`${root}packages/experiments/bin/sparse-rnn.js`, 'demo', ...process.argv.slice(2)],
  {
    cwd: root,
    stdio: 'inherit',
  },
);
// The demo saves a checkpoint; this process only passes the signal on and outlives it.
process.on('SIGINT', () => demo.kill('SIGINT'));
process.on('SIGTERM', () => demo.kill('SIGTERM'));
demo.on('exit', code => process.exit(code ?? 1));
