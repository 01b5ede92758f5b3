#!/usr/bin/env node
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

// The first Node whose WebAssembly has relaxed SIMD on, and that the command line's libraries accept.
const OLDEST = 22;
const here = dirname(fileURLToPath(import.meta.url));
const cli = join(here, '../dist/cli.js');

if (Number(process.versions.node.split('.')[0]) < OLDEST) {
  // The workspace brings its own Node, whatever the system has.
  const own = join(here, '../../../node_modules/.bin/node');
  if (existsSync(own)) {
    const child = spawn(own, process.argv.slice(1), { stdio: 'inherit' });
    // The child saves its checkpoint; this process only passes the signal on and outlives it.
    process.on('SIGINT', () => child.kill('SIGINT'));
    process.on('SIGTERM', () => child.kill('SIGTERM'));
    child.on('exit', code => process.exit(code ?? 1));
  } else {
    console.error(
      `sparse-rnn: expected Node ${OLDEST} or later, got ${process.version}. Run 'npm run setup', which brings one.`,
    );
    process.exitCode = 2;
  }
} else if (existsSync(cli)) {
  // Compiled code is kept in the system's temporary folder, so that the next command starts sooner.
  module.enableCompileCache();
  const { main } = await import('../dist/cli.js');
  await main(process.argv);
} else {
  console.error(`sparse-rnn: not built yet, expected ${cli}. Run 'npm start', or 'npm run setup && npm run build'.`);
  process.exitCode = 2;
}
