import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../testing/runs.ts';
import { runStates } from './status.ts';

/** Folders that look like runs, by their paths below a folder. */
function folderOf(...runs: string[]): string {
  const root = temporaryFolder();
  for (const run of runs) {
    mkdirSync(join(root, run), { recursive: true });
    writeFileSync(join(root, run, 'spec.json'), '{}');
  }
  return root;
}

const names = (root: string) => runStates(root).map(({ name }) => name);

describe('runStates', () => {
  it('has the runs of all studies below a folder, by their paths from there', () => {
    const root = folderOf('b', 'desk/a', 'desk/b', 'own/deep/a', 'own/deep/er/a');
    mkdirSync(join(root, 'desk', 'slurm'));
    expect(names(root)).toEqual(['b', 'desk/a', 'desk/b', 'own/deep/a']);
    expect(names(join(root, 'desk'))).toEqual(['a', 'b']);
    expect(runStates(root)[1].runDir).toBe(join(root, 'desk', 'a'));
  });

  it('has a run that is named itself', () => {
    expect(names(join(folderOf('desk/a'), 'desk', 'a'))).toEqual(['a']);
  });

  it('follows links, and shows a run once', () => {
    const root = folderOf('desk/a');
    const links = temporaryFolder();
    symlinkSync(join(root, 'desk', 'a'), join(links, 'mine'));
    symlinkSync(join(root, 'gone'), join(links, 'dangling'));
    expect(names(links)).toEqual(['mine']);
    symlinkSync('a', join(root, 'desk', 'Latest'));
    expect(names(root)).toEqual(['desk/a']);
  });
});
