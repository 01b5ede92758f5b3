import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENTRIES } from '../docs/reference/entries.mjs';

const ROOT = join(import.meta.dirname, '..');

interface Found {
  symbols: number;
  members: number;
  undocumented: string[];
}

async function undocumented(...files: string[]): Promise<Found> {
  const program = join(ROOT, 'docs/reference/undocumented.mjs');
  const { stdout } = await promisify(execFile)(process.execPath, [program, ...files]);
  return JSON.parse(stdout);
}

it('every symbol that a package exports has a doc comment, and so has every public member of it', async () => {
  const found = await undocumented();
  expect(found.symbols).toBeGreaterThan(150);
  expect(found.members).toBeGreaterThan(550);
  expect(found.undocumented).toEqual([]);
});

describe('without a doc comment', () => {
  /** Files that lack some, looked at together: a look takes seconds. */
  const files: Record<string, string> = {
    'inner.ts': 'export const bare = 1;\n/** One. */\nexport const told = 1;\nexport type T = 1;\n',
    'symbols.ts': "export { bare as renamed, told } from './inner.ts';\nexport type * from './inner.ts';\n",
    'members.ts': `/** Whole. */
export class C extends Error {
  constructor(private readonly hidden: number, readonly parameter: number) {
    super();
  }
  private inner = 1;
  field = 1;
  /** Two. */
  told = 2;
  /** @returns Three. */
  method() {
    return 3;
  }
  get got() {
    return 4;
  }
  override name = 'C';
  rows = 5;
}
/** Whole. */
export interface I {
  signed(): void;
  /** Six. */
  told: number;
  name: string;
}
`,
    'nested.ts': `/** Whole. */
export interface I {
  /** Nested. */
  many: readonly {
    bare: number;
    /** One. */
    told: { short: number };
  }[];
  /** A method. */
  method(): {
    result: number;
  };
}
/** Whole. */
export type T = I & {
  either: 1 | {
    /** Two. */
    told: 2;
    deep: 3;
  };
};
/** Whole. */
export const layers = {
  bare: () => 1,
  /** Three. */
  told: () => 2,
};
/** Its members have the comments of their type. */
export const typed: T | undefined = {
  either: 1,
  many: [],
} as unknown as T;
`,
  };
  let folder: string;
  let found: Found;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'documented-'));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    found = await undocumented(...['symbols.ts', 'members.ts', 'nested.ts'].map(name => join(folder, name)));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const missingIn = (file: string) =>
    found.undocumented.filter(text => text.includes(`/${file}:`)).map(text => text.split(' ')[0]);

  it('a symbol is seen, wherever it is declared', () => {
    expect(missingIn('inner.ts')).toEqual(['T', 'bare', 'renamed']);
    // Of symbols.ts, members.ts and nested.ts.
    expect(found.symbols).toBe(4 + 2 + 4);
    // Nothing else is seen than what these tests name.
    expect(found.undocumented).toHaveLength(3 + 5 + 5);
  });

  it('a public member is seen', () => {
    expect(missingIn('members.ts')).toEqual(['C.field', 'C.got', 'C.method', 'C.parameter', 'I.signed']);
  });

  it('members of nested object types and of object values are seen', () => {
    expect(missingIn('nested.ts')).toEqual([
      'I.many.bare',
      'I.method.result',
      'T.either',
      'T.either.deep',
      'layers.bare',
    ]);
  });
});

it('the reference has a page for every import, with its symbols', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'reference-'));
  await promisify(execFile)(process.execPath, [join(ROOT, 'docs/reference/build.mjs'), folder]);
  const modules = readFileSync(join(folder, 'modules.html'), 'utf8');
  for (const name of Object.keys(ENTRIES)) expect(modules).toContain(name);
  for (const page of ['functions/_sparse-rnn_core.sparseLstm', 'classes/_sparse-rnn_core_layers.TopologyUpdate']) {
    expect(existsSync(join(folder, `${page}.html`)), page).toBe(true);
  }
  rmSync(folder, { recursive: true });
}, 120_000);

it('covers everything that a package exports', () => {
  const exported = readdirSync(join(ROOT, 'packages')).flatMap(name => {
    const { exports } = JSON.parse(readFileSync(join(ROOT, 'packages', name, 'package.json'), 'utf8'));
    const modules = Object.keys(exports).filter(path => exports[path].types);
    return modules.map(path => `@sparse-rnn/${name}${path.slice(1)}`);
  });
  expect(Object.keys(ENTRIES).sort()).toEqual(exported.sort());
});
