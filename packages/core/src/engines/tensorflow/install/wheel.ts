import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expected } from '../../../base/errors.ts';
import { INSTALL_COMMAND } from '../native.ts';
import { download, Unreachable, wrongContent } from './download.ts';
import { failure, type Machine } from './machine.ts';
import { megabytes, sha256, sizeOf } from './places.ts';

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
  /** Milliseconds before a connection that broke is tried again. Default 500. */
  pause?: number;
}

/**
 * Brings the wheel into a folder and verifies its checksum; one that is there already is verified alone. pip tells where
 * it lies, so that a mirror of the user's pip configuration is used, and is then ended: its own download could not go on
 * where it was cut. Where only pip gets through, with its proxies, certificates or passwords, it downloads the wheel.
 *
 * @returns its path.
 */
export async function fetchWheel(
  machine: Machine,
  folder: string,
  wheel: Wheel,
  options: WheelOptions,
): Promise<string> {
  const { onProgress, pause, signal } = options;
  const target = join(folder, wheel.file);
  if (existsSync(target)) {
    onProgress?.(`verifying ${wheel.file}, fetched before`);
    if ((await sha256(target)) === wheel.sha256) return target;
    rmSync(target);
  }
  const url = await downloadByPip(machine, target, wheel, options, true);
  if (url === undefined) return target;
  try {
    await download(url, target, wheel, { signal, pause, onBytes: bytes => onProgress?.(fetching(wheel, bytes)) });
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    await downloadByPip(machine, target, wheel, options, false);
  }
  return target;
}

/**
 * Lets pip download the wheel.
 *
 * @param untilLink ends pip once it has found where the wheel lies.
 * @returns the address if pip found it but did not download the wheel.
 */
async function downloadByPip(
  machine: Machine,
  target: string,
  wheel: Wheel,
  { python, signal, onProgress }: WheelOptions,
  untilLink: boolean,
): Promise<string | undefined> {
  const partial = join(dirname(target), 'pip');
  const log = join(partial, 'pip.log');
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  const enough = new AbortController();
  const watch = setInterval(() => {
    if (untilLink && linkIn(log, wheel.file) !== undefined) return enough.abort();
    const got = readdirSync(partial, { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile() && entry.name !== 'pip.log')
      .map(entry => sizeOf(join(entry.parentPath, entry.name)) ?? 0);
    onProgress?.(fetching(wheel, Math.max(0, ...got)));
  }, 200);
  const pip = ['-m', 'pip', 'download', '--no-deps', '--no-cache-dir', '--disable-pip-version-check'];
  const exactly = ['--only-binary=:all:', '--implementation', 'cp', '--python-version', wheel.python];
  const of = ['--abi', wheel.abi, '--platform', wheel.tag, '--progress-bar', 'off', '--dest', partial];
  // Of all that pip writes, only its log has the address.
  const logged = untilLink ? ['--log', log] : [];
  const ended = await machine
    .run(python, [...pip, ...exactly, ...of, ...logged, `${wheel.project}==${wheel.version}`], {
      // pip downloads into a folder for temporary files first: here it can be watched, and is on the disk of the result.
      env: { TMPDIR: partial },
      signal: AbortSignal.any([enough.signal, ...(signal ? [signal] : [])]),
    })
    .finally(() => clearInterval(watch));
  signal?.throwIfAborted();
  const fetched = join(partial, wheel.file);
  if (ended.status !== 0 || !existsSync(fetched)) {
    const link = untilLink ? linkIn(log, wheel.file) : undefined;
    removeFolder(partial);
    if (link !== undefined) return link;
    throw failure(
      `pip to download ${wheel.file}`,
      ended,
      `check the connection or pip's index (pip config list), and run again: ${INSTALL_COMMAND}`,
    );
  }
  const sum = await sha256(fetched);
  if (sum === wheel.sha256) renameSync(fetched, target);
  removeFolder(partial);
  if (sum !== wheel.sha256) throw wrongContent(wheel.file, wheel.sha256, sum);
  return undefined;
}

/** The address of a file in pip's log. */
function linkIn(log: string, file: string): string | undefined {
  if (!existsSync(log)) return undefined;
  const addresses = readFileSync(log, 'utf8').match(/https?:\/\/[^\s#]+(?=[\s#])/g) ?? [];
  return addresses.find(address => address.split('?')[0].endsWith(`/${file}`));
}

/** A program that was killed may write a last file while its folder is removed. */
function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

function fetching({ project, version, bytes }: Wheel, got: number): string {
  return `fetching ${project} ${version}, ${megabytes(bytes)}: ${Math.min(100, Math.floor((100 * got) / bytes))}%`;
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
