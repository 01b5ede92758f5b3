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

interface Import {
  file: string;
  specifier: string;
}

function importsOf(folder: string): Import[] {
  const files = globSync('**/*.{ts,mts,js,mjs}', { cwd: folder, exclude: path => /node_modules|dist|wasm/.test(path) });
  return files.flatMap(file => {
    const text = readFileSync(join(folder, file), 'utf8');
    const found = text.matchAll(
      /(?:^|[\s;])(?:import|export)\s[^'"`;]*?from\s*['"]([^'"]+)['"]|import\s*\(?\s*['"]([^'"]+)['"]/g,
    );
    return [...found].map(match => ({ file: join(folder, file), specifier: match[1] ?? match[2] }));
  });
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
  // Configuration files share the root's vitest settings.
  if (/vitest\.config\.ts$/.test(file)) return true;
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
