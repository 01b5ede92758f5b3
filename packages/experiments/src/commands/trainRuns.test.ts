import { availableParallelism } from 'node:os';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { PlannedRun } from '../sweep/study.ts';
import { shareOut, shares } from './trainRuns.ts';

vi.mock('node:os', async original => ({ ...(await original<object>()), availableParallelism: vi.fn() }));
beforeEach(() => void vi.mocked(availableParallelism).mockReturnValue(8));

/** How the cores are shared out among so many runs, the last of which are to be alone. */
function shared(pooled: number, single: number, flags: { jobs?: number; threads?: number } = {}) {
  const runs = Array.from({ length: pooled + single }, (_, k) => ({ name: `run-${k}` }) as PlannedRun);
  const alone = new Set(runs.slice(pooled).map(({ name }) => name));
  const phases = shareOut({ runs, alone, folder: 'runs' }, { engine: 'auto', ...flags });
  return {
    phases: phases.map(({ runs: { length }, jobs, threads }) => [length, jobs, threads]),
    words: shares(phases),
  };
}

describe('8 cores are shared out', () => {
  it.each([
    // Runs, jobs and threads asked for; jobs and threads given.
    [20, undefined, undefined, 8, 1],
    [20, 2, undefined, 2, 4],
    [20, 3, undefined, 3, 2],
    [20, 16, undefined, 16, 1],
    [3, undefined, undefined, 3, 2],
    [20, 4, 8, 4, 8],
  ])(
    'among %i runs with --jobs %s and --threads %s: %i at a time, %i threads each',
    (runs, jobs, threads, ...given) => {
      expect(shared(runs, 0, { jobs, threads }).phases).toEqual([[runs, ...given]]);
    },
  );

  it('of a large machine with 16 threads a run at most, unless more are asked for', () => {
    vi.mocked(availableParallelism).mockReturnValue(96);
    expect(shared(2, 1).phases).toEqual([
      [2, 2, 16],
      [1, 1, 16],
    ]);
    expect(shared(2, 0, { threads: 40 }).phases).toEqual([[2, 2, 40]]);
  });

  it('with all of them for each run whose times are results, one after the other, behind the others', () => {
    expect(shared(4, 2)).toEqual({
      phases: [
        [4, 4, 2],
        [2, 1, 8],
      ],
      words: '4 of them 4 at a time, 2 threads each; 2 of them 1 at a time, 8 threads each',
    });
    expect(shared(0, 1, { jobs: 4 })).toEqual({ phases: [[1, 1, 8]], words: '1 at a time, 8 threads each' });
  });
});
