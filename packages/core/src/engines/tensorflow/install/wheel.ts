import { createHash } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expected } from '../../../base/errors.ts';
import { INSTALL_COMMAND } from '../native.ts';
import { failure, InstallError, type Machine } from './machine.ts';
import { sizeOf } from './places.ts';

/** A package of PyPI that holds TensorFlow's C library and headers. */
export interface Wheel {
  project: string;
  version: string;
  file: string;
  bytes: number;
  sha256: string;
  /** What pip is asked for: the same file whatever Python runs it. */
  python: string;
  abi: string;
  tag: string;
}

/** The wheel of each platform that has one. Its libraries do not depend on the Python that it is made for. */
export const WHEELS: Record<string, Wheel> = {
  'linux-x64': {
    project: 'tensorflow-cpu',
    version: '2.21.0',
    file: 'tensorflow_cpu-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl',
    bytes: 273_829_956,
    sha256: '2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c',
    python: '3.11',
    abi: 'cp311',
    tag: 'manylinux_2_27_x86_64',
  },
};

/** Folders of the wheel that are needed: two libraries, and the headers of the C interface with what they include. */
const MEMBERS = [
  'tensorflow/libtensorflow_cc.so.2',
  'tensorflow/libtensorflow_framework.so.2',
  'tensorflow/include/tensorflow/c/',
  'tensorflow/include/tensorflow/core/platform/',
  'tensorflow/include/tsl/platform/',
  'tensorflow/include/xla/tsl/c/',
];

/** Unpacks what begins with one of the given names; a wheel is a zip file, and Python is there. */
const UNPACK = `
import sys, zipfile
archive, target, *wanted = sys.argv[1:]
with zipfile.ZipFile(archive) as wheel:
    for name in wheel.namelist():
        if name.startswith(tuple(wanted)):
            wheel.extract(name, target)
`;

export interface WheelOptions {
  python: string;
  signal?: AbortSignal;
  onProgress?: (text: string) => void;
}

/**
 * Brings the wheel into a folder and verifies its checksum; one that is there already is verified alone. pip fetches it,
 * so that a mirror or proxy of the user's pip configuration is used.
 *
 * @returns its path.
 */
export async function fetchWheel(
  machine: Machine,
  folder: string,
  wheel: Wheel,
  options: WheelOptions,
): Promise<string> {
  const target = join(folder, wheel.file);
  if (existsSync(target)) {
    options.onProgress?.(`verifying ${wheel.file}, fetched before`);
    if ((await sha256(target)) === wheel.sha256) return target;
    rmSync(target);
  }
  const partial = join(folder, 'pip');
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  const watch = setInterval(() => {
    const got = readdirSync(partial, { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(entry => sizeOf(join(entry.parentPath, entry.name)) ?? 0);
    const share = Math.min(100, Math.floor((100 * Math.max(0, ...got)) / wheel.bytes));
    options.onProgress?.(`fetching ${wheel.project} ${wheel.version}, ${megabytes(wheel.bytes)}: ${share}%`);
  }, 500);
  const pip = ['-m', 'pip', 'download', '--no-deps', '--no-cache-dir', '--disable-pip-version-check'];
  const exactly = ['--only-binary=:all:', '--implementation', 'cp', '--python-version', wheel.python];
  const of = ['--abi', wheel.abi, '--platform', wheel.tag, '--progress-bar', 'off', '--dest', partial];
  const ended = await machine
    .run(options.python, [...pip, ...exactly, ...of, `${wheel.project}==${wheel.version}`], {
      // pip downloads into a folder for temporary files first: here it can be watched, and is on the disk of the result.
      env: { TMPDIR: partial },
      signal: options.signal,
    })
    .finally(() => clearInterval(watch));
  options.signal?.throwIfAborted();
  const fetched = join(partial, wheel.file);
  if (ended.status !== 0 || !existsSync(fetched)) {
    throw failure(
      `pip to download ${wheel.file}`,
      ended,
      `check the connection or pip's index (pip config list), and run again: ${INSTALL_COMMAND}`,
    );
  }
  const sum = await sha256(fetched);
  if (sum !== wheel.sha256) {
    rmSync(partial, { recursive: true, force: true });
    throw new InstallError(
      `expected ${wheel.file} with SHA-256 ${wheel.sha256}, got ${sum}; nothing was kept, check where pip downloads from`,
    );
  }
  renameSync(fetched, target);
  rmSync(partial, { recursive: true, force: true });
  return target;
}

/** Unpacks the libraries and headers into a folder of the given name, which appears when all are there. */
export async function unpackWheel(
  machine: Machine,
  archive: string,
  folder: string,
  options: WheelOptions,
): Promise<void> {
  if (existsSync(folder)) return;
  options.onProgress?.("unpacking TensorFlow's library");
  const partial = `${folder}.part`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  const ended = await machine.run(options.python, ['-c', UNPACK, archive, partial, ...MEMBERS], {
    signal: options.signal,
  });
  options.signal?.throwIfAborted();
  if (ended.status !== 0) {
    throw failure("TensorFlow's library to be unpacked", ended, 'it needs 1 GB of disk; make room and run again');
  }
  renameSync(partial, folder);
}

/** @throws InputError unless Python 3 with pip is there. */
export async function checkPython(machine: Machine, python: string): Promise<void> {
  const ended = await machine.run(python, ['-m', 'pip', '--version'], { timeoutMs: 60_000 });
  if (ended.status === 0 && /\(python 3\./.test(ended.output)) return;
  throw expected(
    `Python 3 with pip as '${python}', which fetches TensorFlow's library`,
    lastLine(ended.output),
    `install it (Debian: apt install python3 python3-pip), or name another with PYTHON=<program>, and run again: ${INSTALL_COMMAND}`,
  );
}

export function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}
