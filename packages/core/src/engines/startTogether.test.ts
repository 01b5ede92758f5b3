import { getBackend } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { createEngine, type StartedEngine } from './createEngine.ts';
import { engineOf } from './engine.ts';

// In a file of its own: these are the first that its process starts, while the kernels are not registered yet.
it('of the first two engines that are started at once, the first stays and the second is refused', async () => {
  const options = { engine: 'simd', threads: 1, memoryBytes: 2 ** 26 };
  const started = await Promise.allSettled([createEngine(options), createEngine(options)]);
  expect(started.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  expect(getBackend()).toBe('simd');
  const [{ value: engine }] = started as PromiseFulfilledResult<StartedEngine>[];
  expect(engineOf()).toBe(engine);
  await engine.dispose();
});
