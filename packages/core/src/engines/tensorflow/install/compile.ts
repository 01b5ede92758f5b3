import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { expected } from '../../../base/errors.ts';
import { BINDING, INSTALL_COMMAND } from '../native.ts';
import { failure, type Machine } from './machine.ts';
import { lastLine } from './wheel.ts';

/** The libraries that the binding is linked with, as they are named in the wheel. */
export const LIBRARIES = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'];

export interface CompileOptions {
  compiler: string;
  /** The TensorFlow.js package: its `binding/*.cc` are compiled. */
  packageFolder: string;
  /** Folder with `include`. */
  headers: string;
  /** Folder that gets `lib`; its `deps/lib` holds the libraries already. */
  folder: string;
  signal?: AbortSignal;
}

/**
 * Compiles the binding into `folder`, where it finds the libraries relative to itself. It is written against Node-API
 * alone, so it runs on every Node that has version 8 of it.
 */
export async function compileBinding(machine: Machine, options: CompileOptions): Promise<void> {
  const { compiler, packageFolder, headers, folder, signal } = options;
  const binding = join(folder, BINDING);
  if (existsSync(binding)) return;
  mkdirSync(dirname(binding), { recursive: true });
  const partial = `${binding}.part`;
  const libraries = join(folder, 'deps', 'lib');
  const ended = await machine.run(
    compiler,
    [
      ...['-O2', '-std=c++17', '-shared', '-fPIC', '-w', '-DNAPI_VERSION=8'],
      ...[nodeHeaders(), join(headers, 'include'), packageFolder].map(path => `-I${path}`),
      ...['tfjs_backend.cc', 'tfjs_binding.cc'].map(file => join(packageFolder, 'binding', file)),
      ...['-o', partial, `-L${libraries}`, ...LIBRARIES.map(name => `-l:${name}`)],
      '-Wl,-rpath,$ORIGIN/../../deps/lib',
    ],
    { signal },
  );
  signal?.throwIfAborted();
  if (ended.status !== 0) {
    throw failure(
      `${compiler} to compile the binding`,
      ended,
      `it needs C++17 (g++ 8 or later); name another with CXX=<program>, and run again: ${INSTALL_COMMAND}`,
    );
  }
  renameSync(partial, binding);
}

/** @throws InputError unless the compiler runs. */
export async function checkCompiler(machine: Machine, compiler: string): Promise<void> {
  const ended = await machine.run(compiler, ['--version'], { timeoutMs: 60_000 });
  if (ended.status === 0) return;
  throw expected(
    `a C++ compiler as '${compiler}', which builds the binding`,
    lastLine(ended.output),
    `install it (Debian: apt install g++), or name another with CXX=<program>, and run again: ${INSTALL_COMMAND}`,
  );
}

/** Headers of Node-API, from the npm package or a Node that was installed with them. */
function nodeHeaders(): string {
  try {
    return join(dirname(createRequire(import.meta.url).resolve('node-api-headers/package.json')), 'include');
  } catch {
    return '/usr/include/node';
  }
}
