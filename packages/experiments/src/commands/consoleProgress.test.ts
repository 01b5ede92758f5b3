import { describe, expect, it } from 'vitest';
import type { EpochLine } from '../runlog/schema.ts';
import { createSpec } from '../specs/spec.ts';
import { ConsoleProgress } from './consoleProgress.ts';

const spec = createSpec(
  'demo',
  {},
  {
    methods: ['set'],
    cells: ['lstm'],
    corpora: { 'language-model': ['moby-dick', 'sotu'], classification: [] },
  },
);
const engine = { name: 'simd', threads: 2, reason: 'a test', busy() {} };
const epochLine = {
  epoch: 3,
  trainPerplexity: 123.456,
  validationPerplexity: 150.1,
  tokensPerSecond: 12345.6,
  trainSeconds: 75,
  best: true,
} as EpochLine;

/** What a run writes to a stream whose steps take `stepMs` of a clock that is set by hand. */
function written(isTTY: boolean, steps: number, columns = 200): string {
  let text = '';
  let now = 0;
  const progress = new ConsoleProgress({ isTTY, columns, write: part => (text += part) }, () => now);
  progress.begin({
    directory: 'runs/x',
    spec,
    engine,
    dataset: { name: 'moby-dick', sha256: 'f'.repeat(64), vocabulary: 9, tokens: { train: 9, validation: 9, test: 9 } },
    resumedAt: undefined,
    epochs: 5,
  });
  for (let step = 1; step <= steps; step++) {
    now += 1000;
    progress.step({ epoch: 1, epochs: 5, step, of: 200, loss: Math.log(99), stepMs: 1000 });
  }
  progress.epoch(epochLine, 5);
  progress.end();
  return text;
}

describe('ConsoleProgress', () => {
  it('changes one line on a terminal, with the time left, and leaves only whole lines behind', () => {
    const text = written(true, 20);
    expect(text).toContain('\r\x1b[2Kepoch 1/5, step 20/200, training perplexity 99.00, 3 min 00 s left');
    // What stays on the screen: each clearing of the line takes what stood in it.
    const left = text
      .split('\n')
      .map(line => line.split('\r\x1b[2K').at(-1))
      .join('\n');
    expect(left).toBe(
      `training demo: set, density ${spec.density}, seed 1, in runs/x\nengine simd, 2 threads (a test)\n` +
        'epoch 3/5  perplexity: training 123.46, validation 150.10 (best)  1 min 15 s, 12,346 tokens/s\n',
    );
  });

  it('says of a method that starts dense that it does', () => {
    let text = '';
    const progress = new ConsoleProgress({ write: part => (text += part) });
    const dataset = { name: 'x', sha256: '', vocabulary: 9, tokens: { train: 9, validation: 9, test: 9 } };
    const run = { directory: 'runs/x', spec, engine, dataset, resumedAt: undefined, epochs: 5 };
    progress.begin(run);
    expect(text).not.toContain('starts dense');
    progress.begin({ ...run, startsDense: true });
    expect(text).toContain(
      '\nset starts dense and prunes to density 0.2: memory is that of the dense model at first\n',
    );
  });

  it('cuts the changing line to the width of the terminal', () => {
    const lines = written(true, 20, 40)
      .split('\r\x1b[2K')
      .map(line => line.split('\n')[0]);
    expect(Math.max(...lines.filter(line => line.startsWith('epoch 1/5')).map(line => line.length))).toBe(39);
  });

  it.each([
    [true, '\r\x1b[2K0 s\r\x1b[2K1 s\r\x1b[2K29 s\r\x1b[2K30 s\r\x1b[2K59 s\r\x1b[2K61 s\r\x1b[2K'],
    [false, '30 s\n61 s\n'],
  ])('tells what is under way, on a terminal (%s) at once, elsewhere every 30 seconds', (isTTY, expected) => {
    let text = '';
    let now = 5000;
    const progress = new ConsoleProgress({ isTTY, write: part => (text += part) }, () => now);
    for (const seconds of [0, 1, 29, 30, 59, 61]) {
      now = 5000 + 1000 * seconds;
      progress.underWay(`${seconds} s`);
    }
    progress.end();
    expect(text).toBe(expected);
  });

  it('writes plain lines elsewhere, one in 30 seconds', () => {
    const text = written(false, 95);
    expect([text.includes('\r'), text.includes('\x1b')]).toEqual([false, false]);
    expect(text.match(/^epoch 1\/5, step \d+/gm)).toEqual([
      'epoch 1/5, step 30',
      'epoch 1/5, step 60',
      'epoch 1/5, step 90',
    ]);
  });
});
