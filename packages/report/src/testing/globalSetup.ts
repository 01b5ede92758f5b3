import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where Chromium is, or why there is none. */
    chromium: { path?: string; missing?: string };
  }
}

/** Compiles the page's scripts, which the pages under test carry, and sees to a browser. */
export default async function setup(project: TestProject): Promise<void> {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const require = createRequire(import.meta.url);
  const compiler = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');
  const compiled = spawnSync(process.execPath, [compiler, '-p', root], { cwd: root, encoding: 'utf8' });
  if (compiled.status !== 0) throw new Error(`the report does not compile:\n${compiled.stdout}${compiled.stderr}`);
  const helper = pathToFileURL(join(root, 'scripts', 'install-chromium.mjs')).href;
  const { installChromium } = (await import(helper)) as {
    installChromium(): ProvidedChromium;
  };
  project.provide('chromium', installChromium());
}

interface ProvidedChromium {
  path?: string;
  missing?: string;
}
