import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { expected, type InputError } from '../../base/errors.ts';

/** The TensorFlow.js package whose native part this engine runs on. */
export const TFJS_NODE = { name: '@tensorflow/tfjs-node', version: '4.22.0' } as const;

/** TensorFlow libraries that the binding is known to work with: the wheel's, and the one the package's own script fetches. */
export const TENSORFLOW_VERSIONS: readonly string[] = ['2.21.0', '2.9.1'];

/** The command that makes the native part. */
export const INSTALL_COMMAND = 'npx sparse-rnn engine install tensorflow';

/** Where TensorFlow.js looks for the binding in its package folder. */
export const BINDING = join('lib', 'napi-v8', 'tfjs_binding.node');

/** Written last by the installer, beside `lib` and `deps`: the native part is complete. */
export interface Marker {
  /** Version of the TensorFlow library. */
  tensorflow: string;
  /** Version of the TensorFlow.js package whose sources the binding was made from. */
  tfjsNode: string;
  /** By the package's own script, or compiled here. */
  how: 'downloaded' | 'compiled';
  /** Bytes of every file, by path from the marker's folder. */
  files: Record<string, number>;
}

export const MARKER = 'installed.json';

/** The folder of the TensorFlow.js package and its version, or undefined where it is not installed. */
export function findPackage(): { folder: string; version: string } | undefined {
  try {
    const file = createRequire(import.meta.url).resolve(`${TFJS_NODE.name}/package.json`);
    const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string };
    return { folder: realpathSync(dirname(file)), version };
  } catch {
    return undefined;
  }
}

/** What is wrong with the package itself; undefined: nothing. */
export function packageProblem(found: { version: string } | undefined): InputError | undefined {
  const todo = `bring it with npm install --ignore-scripts ${TFJS_NODE.name}@${TFJS_NODE.version}, then run: ${INSTALL_COMMAND}`;
  const what = `the package ${TFJS_NODE.name} ${TFJS_NODE.version} for the engine tensorflow`;
  if (found?.version === TFJS_NODE.version) return undefined;
  return expected(what, found?.version ?? 'none', todo);
}

/** What stands in the way of the engine as far as files tell, without loading anything; undefined: nothing. */
export function nativeProblem(found = findPackage()): InputError | undefined {
  const problem = packageProblem(found);
  if (problem !== undefined) return problem;
  const binding = join(found!.folder, BINDING);
  // False too for a link whose target was deleted.
  if (!existsSync(binding)) {
    return expected(
      'the engine tensorflow to be installed',
      `no ${BINDING} in ${TFJS_NODE.name}`,
      `make its native part with: ${INSTALL_COMMAND}`,
    );
  }
  const marker = readMarker(markerFolder(binding));
  return marker === undefined ? undefined : wrongVersion(marker.tensorflow);
}

/** The error for a TensorFlow library that is none of those known to work; undefined if it is one. */
export function wrongVersion(version: string): InputError | undefined {
  if (TENSORFLOW_VERSIONS.includes(version)) return undefined;
  return expected(
    `TensorFlow ${TENSORFLOW_VERSIONS.join(' or ')} behind ${TFJS_NODE.name} ${TFJS_NODE.version}`,
    version,
    `make the native part again with: ${INSTALL_COMMAND} --fresh`,
  );
}

/** The folder that a binding belongs to, links resolved: it holds `lib`, `deps` and, if the installer made it, the marker. */
export function markerFolder(binding: string): string {
  return join(dirname(realpathSync(binding)), '..', '..');
}

/** @returns undefined where there is none, or none that can be read. */
export function readMarker(folder: string): Marker | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, MARKER), 'utf8')) as Marker;
  } catch {
    return undefined;
  }
}
