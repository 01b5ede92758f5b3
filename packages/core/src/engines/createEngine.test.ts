import { expect, it, onTestFinished, vi } from 'vitest';
import { createEngine } from './createEngine.ts';

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
