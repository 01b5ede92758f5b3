import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');

/** The arrows of the architecture: which workspace packages a package may import. Nothing else. */
const ALLOWED: Record<string, string[]> = {
  datasets: [],
  core: [],
  experiments: ['@sparse-rnn/core', '@sparse-rnn/datasets'],
  report: ['@sparse-rnn/experiments/runlog'],
};

/** Third-party packages that must stay out of a package. */
const FORBIDDEN: Record<string, RegExp[]> = {
  datasets: [/^@tensorflow\//],
  experiments: [/^plotly/],
  report: [/^@tensorflow\//],
};

/** What the report must not load, at the end of a way. */
const FORBIDDEN_IN_REPORT = /> (@tensorflow\/|@sparse-rnn\/core)\S*$/;

interface Import {
  file: string;
  specifier: string;
}

function importsOf(folder: string): Import[] {
  const files = globSync('**/*.{ts,mts,js,mjs}', { cwd: folder, exclude: path => /node_modules|dist|wasm/.test(path) });
  return files.flatMap(file =>
    specifiersIn(readFileSync(join(folder, file), 'utf8')).map(specifier => ({ file: join(folder, file), specifier })),
  );
}

/** What a module imports, types too. */
function specifiersIn(text: string): string[] {
  const found = text.matchAll(
    /(?:^|[\s;])(?:import|export)\s[^'"`;]*?from\s*['"]([^'"]+)['"]|import\s*\(?\s*['"]([^'"]+)['"]/g,
  );
  return [...found].map(match => match[1] ?? match[2]);
}

/** What is loaded at run time alone: not the types. */
function loadedBy(text: string): string[] {
  return specifiersIn(text.replace(/^\s*(import|export)\s+type\s[^'";]*from\s*['"][^'"]+['"];?/gm, ''));
}

/**
 * All packages that can be loaded from some modules on, each with the way to it: along relative imports, and through the
 * sources of the workspace's own packages as their `exports` name them.
 *
 * @param read Text of a source file by its path from the root.
 */
function reachedPackages(entries: readonly string[], read: (file: string) => string): Map<string, string> {
  const ways = new Map(entries.map(entry => [entry, entry]));
  const packages = new Map<string, string>();
  for (const [file, way] of ways) {
    for (const specifier of loadedBy(read(file))) {
      const own = specifier.startsWith('.') ? join(dirname(file), specifier) : sourceOf(specifier, read);
      if (!specifier.startsWith('.')) packages.set(specifier, packages.get(specifier) ?? `${way} > ${specifier}`);
      // A Map goes on to what is added while it is walked.
      if (own !== undefined && !ways.has(own)) ways.set(own, `${way} > ${own}`);
    }
  }
  return packages;
}

/** The source of what a package of the workspace exports; undefined for others. */
function sourceOf(specifier: string, read: (file: string) => string): string | undefined {
  const [, name, rest] = /^@sparse-rnn\/([^/]+)(.*)$/.exec(specifier) ?? [];
  if (name === undefined) return undefined;
  const { exports } = JSON.parse(read(join('packages', name, 'package.json')));
  const built: string = exports[`.${rest}`].default;
  return join('packages', name, built.replace(/^\.\/dist\//, 'src/').replace(/\.js$/, '.ts'));
}

/** Imports that break a rule, as readable lines. */
function violations(name: string, imports: Import[]): string[] {
  const folder = join(ROOT, 'packages', name);
  return imports
    .filter(({ file, specifier }) => {
      if (specifier.startsWith('@sparse-rnn/')) return !ALLOWED[name].includes(specifier);
      if (specifier.startsWith('.')) return !isInside(folder, join(dirname(file), specifier), file);
      return (FORBIDDEN[name] ?? []).some(pattern => pattern.test(specifier));
    })
    .map(({ file, specifier }) => `${relative(ROOT, file)} imports ${specifier}`);
}

function isInside(folder: string, target: string, file: string): boolean {
  // Configuration files share what is at the root.
  if (/(vitest\.config\.ts|rolldown\.config\.mjs)$/.test(file)) return true;
  return !relative(folder, target).startsWith('..');
}

describe('imports between packages', () => {
  it.each(readdirSync(join(ROOT, 'packages')))('%s imports only what the architecture allows', name => {
    expect(ALLOWED, `packages/${name} has no entry in this test's table`).toHaveProperty(name);
    const imports = importsOf(join(ROOT, 'packages', name));
    expect(imports.length).toBeGreaterThan(0);
    expect(violations(name, imports)).toEqual([]);
  });

  it('sees an import that is not allowed', () => {
    const file = join(ROOT, 'packages/core/src/x.ts');
    expect(violations('core', [{ file, specifier: '@sparse-rnn/datasets' }])).toHaveLength(1);
    expect(violations('core', [{ file, specifier: '../../datasets/src/index.ts' }])).toHaveLength(1);
    expect(
      violations('report', [{ file: join(ROOT, 'packages/report/src/x.ts'), specifier: '@sparse-rnn/experiments' }]),
    ).toHaveLength(1);
    expect(
      violations('report', [{ file: join(ROOT, 'packages/report/src/x.ts'), specifier: '@tensorflow/tfjs-core' }]),
    ).toHaveLength(1);
  });

  it('the report loads neither TensorFlow.js nor the core, however long the way', () => {
    const entries = ['index', 'main', 'build'].map(name => `packages/report/src/${name}.ts`);
    const reached = reachedPackages(entries, file => readFileSync(join(ROOT, file), 'utf8'));
    // The walk comes through the run logs of experiments, and out of the other end.
    expect([...reached.keys()]).toEqual(
      expect.arrayContaining(['@sparse-rnn/experiments/runlog', 'zod', 'csv-parse/sync']),
    );
    expect(reached.get('zod')).toContain('packages/experiments/src/runlog/');
    expect([...reached.values()].filter(way => FORBIDDEN_IN_REPORT.test(way))).toEqual([]);
  });

  it('sees what the report would load by a long way, and passes over types', () => {
    const files: Record<string, string> = {
      'packages/report/src/main.ts': "import { a } from './a.ts';\nimport type { T } from '@sparse-rnn/core';",
      'packages/report/src/a.ts': "import './main.ts';\nexport * from '@sparse-rnn/experiments/runlog';",
      'packages/experiments/package.json': '{"exports":{"./runlog":{"default":"./dist/runlog/index.js"}}}',
      'packages/experiments/src/runlog/index.ts':
        "export {\n  x,\n} from '../b.ts';\nexport type { U } from '../none.ts';",
      'packages/experiments/src/b.ts': "const c = await import('@sparse-rnn/core');",
      'packages/core/package.json': '{"exports":{".":{"default":"./dist/index.js"}}}',
      'packages/core/src/index.ts': "import * as tf from '@tensorflow/tfjs-core';",
    };
    const found = (change: Record<string, string>) => {
      const reached = reachedPackages(['packages/report/src/main.ts'], file => ({ ...files, ...change })[file]);
      return [...reached.values()].filter(way => FORBIDDEN_IN_REPORT.test(way));
    };
    const way =
      'packages/report/src/main.ts > packages/report/src/a.ts > packages/experiments/src/runlog/index.ts > packages/experiments/src/b.ts > ';
    expect(found({})).toEqual([`${way}@sparse-rnn/core`, `${way}packages/core/src/index.ts > @tensorflow/tfjs-core`]);
    expect(found({ 'packages/experiments/src/b.ts': "import { type C } from 'zod';" })).toEqual([]);
  });

  it('TensorFlow.js layers are loaded by the sub-path core/layers alone', () => {
    const users = importsOf(join(ROOT, 'packages/core/src')).filter(({ file, specifier }) => {
      const inside = !relative(join(ROOT, 'packages/core/src/layers'), file).startsWith('..');
      return !inside && (specifier === '@tensorflow/tfjs-layers' || /\/layers\//.test(specifier));
    });
    expect(users).toEqual([]);
  });

  it.each(['simd', 'cpu', 'tensorflow'])('engine %s imports no other engine', engine => {
    const folder = join(ROOT, 'packages/core/src/engines', engine);
    const others = readdirSync(join(ROOT, 'packages/core/src/engines'), { withFileTypes: true })
      .filter(entry => entry.isDirectory() && entry.name !== engine)
      .map(entry => join(ROOT, 'packages/core/src/engines', entry.name));
    const crossing = importsOf(folder).filter(({ file, specifier }) => {
      return (
        specifier.startsWith('.') &&
        others.some(other => !relative(other, join(dirname(file), specifier)).startsWith('..'))
      );
    });
    expect(crossing).toEqual([]);
  });
});

describe('op folders', () => {
  const ops = join(ROOT, 'packages/core/src/ops');
  const folders = readdirSync(ops, { withFileTypes: true }).filter(entry => entry.isDirectory());
  it.each(folders.map(entry => entry.name))('%s has contract, reference, gradient and cases', op => {
    for (const part of ['contract.ts', 'reference.ts', 'gradient.ts', 'cases.ts']) {
      expect(existsSync(join(ops, op, part)), `packages/core/src/ops/${op}/${part} is missing`).toBe(true);
    }
  });
});

describe('sources', () => {
  const files = globSync('packages/*/{src,assembly}/**/*.ts', { cwd: ROOT });
  it('use named random streams, never Math.random', () => {
    const users = files.filter(file => readFileSync(join(ROOT, file), 'utf8').includes('Math' + '.random('));
    expect(users).toEqual([]);
  });
});
