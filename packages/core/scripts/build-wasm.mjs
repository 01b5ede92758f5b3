// Compiles the AssemblyScript kernels into wasm/kernels.wasm.
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
mkdirSync('wasm', { recursive: true });
const { error, stderr } = await asc.main([
  'assembly/index.ts',
  ...['--outFile', 'wasm/kernels.wasm'],
  ...['-O3', '--noAssert', '--uncheckedBehavior', 'always', '--runtime', 'stub'],
  ...['--enable', 'simd', '--enable', 'relaxed-simd', '--enable', 'threads'],
  // Control words live in [0, 1024) + static data below 64 KiB; the heap starts at 64 KiB (heap.ts).
  ...['--importMemory', '--sharedMemory', '--initialMemory', '1', '--maximumMemory', '65536', '--memoryBase', '4096'],
]);
if (error) {
  console.error(stderr.toString() || error.message);
  process.exit(1);
}
