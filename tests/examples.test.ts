import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const FOLDER = join(ROOT, 'examples');

/** What an example printed. It ends well or the test fails. */
async function run(program: string, ...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [join(FOLDER, program), ...args], { cwd: ROOT });
  return stdout;
}

/** The numbers that a pattern's first group finds. */
const numbers = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(match => Number(match[1]));

/** What shows that an example did what it is for. */
const CHECKS: Record<string, (check: { printed: string }) => void> = {
  'own-text.ts'({ printed }) {
    const [trained, dense] = [/([\d]+) numbers are trained/g, /of (\d+) in the dense/g].map(
      p => numbers(printed, p)[0],
    );
    expect(trained / dense).toBeLessThan(0.25);
    const perplexities = numbers(printed, /epoch \d+: validation perplexity ([\d.]+)/g);
    expect(perplexities).toHaveLength(5);
    expect(perplexities[4]).toBeLessThan(100);
    expect(perplexities[4]).toBeLessThan(0.8 * perplexities[0]);
  },
  'layers.ts'({ printed }) {
    const [chain, graph] = printed.split('graph:\n');
    expect(chain).toContain('lstm/wh: 1638 of 16384 weights');
    expect(graph).toContain('second/wh: 307 of 3072 weights');
    for (const model of [chain, graph]) {
      expect(model).toMatch(/^9 topology updates moved \d+ weights$/m);
      expect(numbers(model, /accuracy on unseen sequences: ([\d.]+)/g)[0]).toBeGreaterThan(0.9);
      expect(model).toContain('the loaded model predicts the same: true');
    }
  },
  'own-loop.ts'({ printed }) {
    const losses = numbers(printed, /step \d+: loss ([\d.]+)/g);
    expect(losses).toHaveLength(5);
    const [unseen, repeated] = [/unseen waves: loss ([\d.]+)/g, /and ([\d.]+) for repeating/g].map(
      pattern => numbers(printed, pattern)[0],
    );
    expect(unseen).toBeLessThan(losses[0] / 5);
    expect(unseen).toBeLessThan(repeated / 2);
  },
};

/** Lines that an example may have, of 80 at most, where it shows how short a program can be. */
const LINES: Record<string, number> = { 'own-text.ts': 30 };

const EXAMPLES = readdirSync(FOLDER).filter(file => file.endsWith('.ts'));

describe('examples', () => {
  it.each(EXAMPLES)('%s runs and shows what it is for', async example => {
    expect(CHECKS, `examples/${example} has no check in this test`).toHaveProperty([example]);
    CHECKS[example]({ printed: await run(example) });
  });

  it('own-text.ts takes a file', async () => {
    const printed = await run('own-text.ts', 'docs/method.md');
    const [tokens] = numbers(printed, /^(\d+) tokens/g);
    expect(tokens).toBeGreaterThan(500);
    expect(tokens).toBeLessThan(30_000);
    expect(numbers(printed, /perplexity ([\d.]+)/g)).toHaveLength(5);
  });

  it('have the types that the packages state', async () => {
    const tsc = join(ROOT, 'node_modules/.bin/tsc');
    const { stdout } = await promisify(execFile)(tsc, ['-p', FOLDER]).catch(error => error);
    expect(stdout).toBe('');
  });

  it.each(EXAMPLES)('%s stands in docs/library.md as it is', example => {
    const code = readFileSync(join(FOLDER, example), 'utf8');
    expect(code.trimEnd().split('\n').length).toBeLessThanOrEqual(LINES[example] ?? 80);
    const quoted = [...readFileSync(join(ROOT, 'docs/library.md'), 'utf8').matchAll(/^```ts\n(.*?)^```$/gms)];
    expect(quoted.map(([, block]) => block)).toContain(code);
  });
});
