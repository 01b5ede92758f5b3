import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const script = join(import.meta.dirname, 'kill.mjs');

it.skipIf(process.platform !== 'linux')(
  'a sweep killed again and again ends with the runs of one left alone (skipped outside Linux)',
  () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [script, '--quick', '--kills', '4', '--seed', '1'], {
      encoding: 'utf8',
      env: { ...process.env, SPARSE_RNN_DATA: '' },
    });
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(
      /4 came while runs were being trained.*All 3 runs of every round equal the reference bit by bit/s,
    );
  },
  180_000,
);
