import { getBackend } from '@tensorflow/tfjs-core';
import { expect, it, onTestFinished, vi } from 'vitest';
import { createEngine, type StartedEngine } from './createEngine.ts';
import { engineOf } from './engine.ts';
import { Runtime } from './simd/runtime.ts';

it('simd on a Node without relaxed SIMD says which Node it wants, and what runs on this one', async () => {
  const compiler = vi.spyOn(WebAssembly, 'Module').mockImplementation(function compile() {
    throw new WebAssembly.CompileError('simd opcode not available, enable with --experimental-relaxed-simd');
  });
  onTestFinished(() => compiler.mockRestore());
  for (const engine of ['auto', 'simd']) {
    await expect(createEngine({ engine })).rejects.toMatchObject({
      name: 'InputError',
      message:
        `expected a Node with relaxed SIMD in WebAssembly (21 or later), got "${process.version}"; ` +
        'run a later Node, or take the engine cpu, which is slow',
    });
  }
  const cpu = await createEngine({ engine: 'cpu' });
  await cpu.dispose();
});

it.each(['simd', 'cpu'])('a second engine %s is refused before anything is started or switched', async name => {
  const first = await createEngine({ engine: name, threads: 1, memoryBytes: 2 ** 26 });
  onTestFinished(() => first.dispose());
  const other = name === 'cpu' ? 'simd' : 'cpu';
  const current = await createEngine({ engine: other, threads: 1, memoryBytes: 2 ** 26 });
  onTestFinished(() => current.dispose());
  const start = vi.spyOn(Runtime, 'create');
  await expect(createEngine({ engine: name, threads: 1 })).rejects.toMatchObject({
    name: 'InputError',
    message:
      `expected the name of an engine that does not run yet, got "${name}"; end the one that runs with ` +
      `'await engine.dispose()', or go on with it: engineOf('${name}')`,
  });
  expect(start).not.toHaveBeenCalled();
  start.mockRestore();
  expect(getBackend()).toBe(other);
});

it('of two that are started at once, the second is refused and the first stays', async () => {
  for (const engine of ['simd', 'cpu']) {
    const options = { engine, threads: 1, memoryBytes: 2 ** 26 };
    const started = await Promise.allSettled([createEngine(options), createEngine(options)]);
    expect(started.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    const [first] = started as PromiseFulfilledResult<StartedEngine>[];
    expect(engineOf(engine)).toBe(first.value);
    expect(getBackend()).toBe(engine);
    await first.value.dispose();
  }
});
