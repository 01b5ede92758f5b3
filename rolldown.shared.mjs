import { existsSync, readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { defineConfig } from 'rolldown';

/**
 * Gathers a package's modules in few files: Node takes longer to find hundreds of them than a short command works. What it
 * depends on stays outside, since TensorFlow.js must be loaded once, save the packages that are named here.
 *
 * @param {string} folder The package's.
 * @param {string[]} entries Sources that are imported or started from outside, as `layers/index` for `src/layers/index.ts`.
 * @param {string[]} inlined Dependencies that become part of the files.
 */
export function bundle(folder, entries, inlined = []) {
  const isInlined = specifier => inlined.some(name => specifier === name || specifier.startsWith(`${name}/`));
  return defineConfig({
    cwd: folder,
    platform: 'node',
    input: Object.fromEntries(entries.map(entry => [entry, `./src/${entry}.ts`])),
    external: specifier => !/^\./.test(specifier) && !isAbsolute(specifier) && !isInlined(specifier),
    output: {
      dir: 'dist',
      entryFileNames: '[name].js',
      chunkFileNames: '[name].js',
      keepNames: true,
      sourcemap: true,
      banner: chunk => licences(folder, inlined, chunk.moduleIds),
    },
  });
}

/** The licences of the dependencies that are in a file, which they ask to be kept with them. */
function licences(folder, inlined, moduleIds) {
  const used = inlined.filter(name => moduleIds.some(id => id.includes(`/node_modules/${name}/`)));
  return used.map(name => `/*! ${name}\n${licence(join(folder, 'node_modules', name))} */`).join('\n');
}

function licence(folder) {
  const file = ['LICENSE', 'LICENSE.md'].map(name => join(folder, name)).find(existsSync);
  if (file === undefined) throw new Error(`expected a LICENSE in ${folder}, got none; leave the package outside`);
  return readFileSync(file, 'utf8').trim();
}
