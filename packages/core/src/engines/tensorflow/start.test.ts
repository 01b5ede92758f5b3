import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { createEngine } from '../createEngine.ts';
import { nativeProblem, TFJS_NODE } from './native.ts';

// A package of the test's own in the place of the one that is installed here, or is not.
vi.mock('@tensorflow/tfjs-node', () => ({}));
vi.mock('@tensorflow/tfjs-core', async original => {
  const core = await original<typeof import('@tensorflow/tfjs-core')>();
  return { ...core, backend: () => ({ binding: { TF_Version: '1.15.0' } }) };
});
vi.mock('./native.ts', async original => ({
  ...(await original<typeof import('./native.ts')>()),
  nativeProblem: vi.fn(),
}));

const { nativeProblem: problemOf } = await vi.importActual<typeof import('./native.ts')>('./native.ts');

beforeEach(() => void vi.mocked(nativeProblem).mockReturnValue(undefined));

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sparse-rnn-start-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

it('asked for and not installed, it is an error with the command that installs it', async () => {
  vi.mocked(nativeProblem).mockReturnValue(problemOf({ folder: emptyFolder(), version: TFJS_NODE.version }));
  await expect(createEngine({ engine: 'tensorflow' })).rejects.toThrow(
    /^expected the engine tensorflow to be installed, got "no lib\S+tfjs_binding\.node in @tensorflow\/tfjs-node"; make its native part with: npx sparse-rnn engine install tensorflow$/,
  );
});

it('of another version of the package, the error has both and the commands', () => {
  expect(problemOf({ folder: emptyFolder(), version: '4.0.0' })).toMatchObject({
    name: 'InputError',
    message: expect.stringMatching(
      /tfjs-node 4\.22\.0 .*got "4\.0\.0"; .*npm install --ignore-scripts \S+@4\.22\.0, then run: npx sparse-rnn engine install/,
    ),
  });
});

it('with another library than the files say, it is refused once that is loaded', async () => {
  await expect(createEngine({ engine: 'tensorflow' })).rejects.toThrow(
    /^expected TensorFlow 2\.21\.0 or 2\.9\.1 behind \S+ 4\.22\.0, got "1\.15\.0"; .*engine install tensorflow --fresh$/,
  );
});
