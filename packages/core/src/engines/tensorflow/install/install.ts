import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expected } from '../../../base/errors.ts';
import {
  BINDING,
  findPackage,
  MARKER,
  type Marker,
  markerFolder,
  packageProblem,
  readMarker,
  TENSORFLOW_VERSIONS,
  TFJS_NODE,
  wrongVersion,
} from '../native.ts';
import { checkCompiler, compileBinding, LIBRARIES } from './compile.ts';
import { withLock } from './lock.ts';
import { failure, type Machine, thisMachine } from './machine.ts';
import { runOwnScript } from './ownScript.ts';
import { cacheFolder, isComplete, link, nativeFolder, settle } from './places.ts';
import { checkPython, fetchWheel, unpackWheel, WHEELS, type Wheel } from './wheel.ts';

/** How the engine tensorflow is installed; the defaults are what the command line does. */
export interface InstallOptions {
  /** Makes everything again, whatever is there. Default false. */
  fresh?: boolean;
  /** What is being done now; the next text replaces it. */
  onProgress?: (text: string) => void;
  /** What a person should know afterwards. */
  onNote?: (text: string) => void;
  /** Stops; what is finished is kept for the next time. */
  signal?: AbortSignal;
  /** What is installed for; this and the rest are for tests. Default: this machine. */
  machine?: Machine;
  /** Folder that keeps the native part. Default: the user's cache. */
  cache?: string;
  /** Folder of @tensorflow/tfjs-node. Default: the one that is installed. */
  packageFolder?: string;
  /** Wheels by platform. Default: those of PyPI, by checksum. */
  wheels?: Record<string, Wheel>;
}

/** What an installation came to. */
export interface Installed {
  /** It was there already; it was there and this checkout was linked to it; or it was made now. */
  state: 'present' | 'linked' | 'made';
  /** Version of the TensorFlow library. */
  tensorflow: string;
  /** Where the native part lies. */
  folder: string;
}

/**
 * Makes the native part of the engine tensorflow: by the package's own install script, or, where that cannot download or
 * what it downloads does not load, compiled against the library of TensorFlow's PyPI wheel. It lies in the user's cache, once for all checkouts, and is
 * linked into the package. An installation that was cut goes on after its last finished step, and the wheel's download
 * where it was cut. The wheel is checked by its SHA-256; what the package's own script downloads is not checked by any.
 *
 * @throws InputError if something is missing that the user can provide: Python, a compiler, another platform.
 * @throws InstallError if a step fails.
 */
export async function installTensorflow(options: InstallOptions = {}): Promise<Installed> {
  const found =
    options.packageFolder === undefined ? findPackage() : { folder: options.packageFolder, version: TFJS_NODE.version };
  const problem = packageProblem(found);
  if (problem !== undefined) throw problem;
  return new Installation(found!.folder, options).install();
}

class Installation {
  private readonly machine: Machine;
  private readonly cache: string;
  /** Everything under way; deleted at the end. */
  private readonly making: string;

  constructor(
    private readonly packageFolder: string,
    private readonly options: InstallOptions,
  ) {
    this.machine = options.machine ?? thisMachine;
    this.cache = options.cache ?? cacheFolder();
    this.making = join(this.cache, `making-tensorflow-${this.machine.platform}`);
  }

  async install(): Promise<Installed> {
    if (!this.options.fresh) {
      const there = (await this.linked()) ?? this.cached();
      if (there !== undefined) return there;
    }
    return withLock(`${this.making}.lock`, async () => {
      if (this.options.fresh) rmSync(this.making, { recursive: true, force: true });
      const made = (await this.byOwnScript()) ?? (await this.fromWheel());
      link(this.packageFolder, made.folder);
      rmSync(this.making, { recursive: true, force: true });
      return made;
    });
  }

  /** What the package is linked to, or what npm's own installation left there. */
  private async linked(): Promise<Installed | undefined> {
    const binding = join(this.packageFolder, BINDING);
    if (!existsSync(binding)) return undefined;
    const folder = markerFolder(binding);
    if (isComplete(folder)) return { state: 'present', tensorflow: readMarker(folder)!.tensorflow, folder };
    if (readMarker(folder) !== undefined) return undefined;
    const tensorflow = await this.versionOf(binding).catch(() => undefined);
    if (tensorflow === undefined || wrongVersion(tensorflow) !== undefined) return undefined;
    return { state: 'present', tensorflow, folder };
  }

  /** One that another checkout made. */
  private cached(): Installed | undefined {
    for (const tensorflow of TENSORFLOW_VERSIONS) {
      const folder = nativeFolder(this.cache, tensorflow, this.machine.platform);
      if (!isComplete(folder)) continue;
      link(this.packageFolder, folder);
      return { state: 'linked', tensorflow, folder };
    }
    return undefined;
  }

  private async byOwnScript(): Promise<Installed | undefined> {
    const { onNote, signal } = this.options;
    // Begun by an earlier call, which found no way here.
    if (existsSync(join(this.making, 'wheel'))) return undefined;
    const folder = join(this.making, 'own');
    const failed = await this.lasting(`running the install script of ${TFJS_NODE.name}`, () =>
      runOwnScript(this.machine, this.packageFolder, folder, signal),
    );
    signal?.throwIfAborted();
    if (failed !== undefined) {
      onNote?.(`The install script of ${TFJS_NODE.name} found no way: ${failed}.`);
      return undefined;
    }
    try {
      return await this.finish(folder, 'downloaded');
    } catch (error) {
      signal?.throwIfAborted();
      onNote?.(`What the install script of ${TFJS_NODE.name} downloaded does not work: ${(error as Error).message}`);
      rmSync(folder, { recursive: true, force: true });
      return undefined;
    }
  }

  private async fromWheel(): Promise<Installed> {
    const { onProgress, onNote, signal } = this.options;
    const wheel = this.wheel();
    const python = process.env.PYTHON || 'python3';
    const compiler = process.env.CXX || 'g++';
    // Before anything large is fetched.
    await checkPython(this.machine, python);
    await checkCompiler(this.machine, compiler);
    onNote?.(`Compiling the binding against the library of ${wheel.project} ${wheel.version} from PyPI instead.`);
    const folder = join(this.making, 'wheel');
    mkdirSync(folder, { recursive: true });
    const unpacked = join(folder, 'unpacked');
    if (!existsSync(unpacked)) {
      const archive = await fetchWheel(this.machine, folder, wheel, { python, signal, onProgress });
      await unpackWheel(this.machine, archive, unpacked, { python, signal, onProgress });
    }
    const native = join(folder, 'native');
    mkdirSync(join(native, 'deps', 'lib'), { recursive: true });
    for (const name of LIBRARIES) {
      const from = join(unpacked, 'tensorflow', name);
      if (existsSync(from)) renameSync(from, join(native, 'deps', 'lib', name));
    }
    const headers = join(unpacked, 'tensorflow');
    const { packageFolder } = this;
    await this.lasting('compiling the binding', () =>
      compileBinding(this.machine, { compiler, packageFolder, headers, folder: native, signal }),
    );
    return this.finish(native, 'compiled', wheel.version);
  }

  /** Does something that does not tell how far it is: the seconds that it has taken are told instead. */
  private async lasting<T>(what: string, work: () => Promise<T>): Promise<T> {
    const { onProgress } = this.options;
    onProgress?.(what);
    let seconds = 0;
    const timer = setInterval(() => onProgress?.(`${what}, ${++seconds} s`), 1000);
    return work().finally(() => clearInterval(timer));
  }

  private wheel(): Wheel {
    const { platform, glibc } = this.machine;
    const wheel = (this.options.wheels ?? WHEELS)[platform];
    const todo = "use the engine 'simd' here, which needs nothing installed";
    if (wheel === undefined) {
      throw expected(`a platform with a TensorFlow wheel (${Object.keys(WHEELS).join(', ')})`, platform, todo);
    }
    const [major, minor] = (glibc ?? '0.0').split('.').map(Number);
    if (major < 2 || (major === 2 && minor < 27)) {
      throw expected('a Linux with glibc 2.27 or later', glibc ?? 'no glibc', todo);
    }
    return wheel;
  }

  /** Tries the binding in a process of its own and gives the folder its name. */
  private async finish(native: string, how: Marker['how'], wanted?: string): Promise<Installed> {
    this.options.onProgress?.('trying the binding');
    const tensorflow = await this.versionOf(join(native, BINDING));
    const wrong = wrongVersion(tensorflow);
    if (wrong !== undefined || (wanted !== undefined && tensorflow !== wanted)) {
      throw wrong ?? expected(`TensorFlow ${wanted}`, tensorflow, 'run again with --fresh');
    }
    const marker: Marker = { tensorflow, tfjsNode: TFJS_NODE.version, how, files: filesOf(native) };
    writeFileSync(join(native, MARKER), `${JSON.stringify(marker, undefined, 2)}\n`);
    const folder = nativeFolder(this.cache, tensorflow, this.machine.platform);
    settle(native, folder);
    return { state: 'made', tensorflow, folder };
  }

  /** The version of the TensorFlow library that a binding loads. */
  private async versionOf(binding: string): Promise<string> {
    const program = 'console.log("TensorFlow", require(process.argv[1]).TF_Version)';
    const { signal } = this.options;
    const ended = await this.machine.run(process.execPath, ['-e', program, binding], { timeoutMs: 120_000, signal });
    signal?.throwIfAborted();
    const version = /^TensorFlow (\S+)$/m.exec(ended.output)?.[1];
    if (ended.status !== 0 || version === undefined) {
      throw failure(`the binding ${binding} to load`, ended, 'run again with --fresh');
    }
    return version;
  }
}

/** Bytes of every file below a folder, by relative path. */
function filesOf(folder: string): Record<string, number> {
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => !entry.isDirectory())
    .map(entry => join(entry.parentPath, entry.name));
  return Object.fromEntries(paths.map(path => [relative(folder, path), statSync(path).size]));
}
