import { afterEach, expect, it, vi } from 'vitest';
import { createSpec } from '../../specs/spec.ts';
import { ConsoleProgress } from '../consoleProgress.ts';
import { tellingParent } from './parent.ts';

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

it('tells the parent how far a run is, and people the same as without a parent', () => {
  const told: unknown[] = [];
  vi.stubGlobal('process', {
    ...process,
    connected: true,
    send: (message: unknown) => told.push(message),
    once: () => {},
    channel: undefined,
  });
  let text = '';
  let now = 0;
  const plain = new ConsoleProgress({ isTTY: true, columns: 200, write: part => (text += part) }, () => now);
  const progress = tellingParent(plain);
  const names = { methods: ['set'], cells: ['lstm'], corpora: { 'language-model': [], classification: ['imdb'] } };
  now = 100_000;
  progress.begin?.({
    directory: 'runs/x',
    spec: createSpec('text-lstm', { method: 'set' }, names),
    engine: { name: 'simd', threads: 1, reason: 'a test', busy() {} },
    dataset: {
      name: 'imdb',
      sha256: 'f'.repeat(64),
      vocabulary: 9,
      tokens: { train: 9, validation: 9, test: 9 },
    },
    resumedAt: 10,
    epochs: 5,
  });
  now += 1000;
  progress.step?.({ epoch: 1, epochs: 5, step: 11, of: 20, loss: 0.5, stepMs: 1000 });
  expect(text).toContain('epoch 1/5, step 11/20, training loss 0.500, 9 s left');
  expect(told).toEqual([{ progress: { step: 11, of: 20 } }]);
});
