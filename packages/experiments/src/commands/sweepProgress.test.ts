import { describe, expect, it } from 'vitest';
import type { RunStatus } from '../run/status.ts';
import type { PlannedRun } from '../sweep/study.ts';
import { SweepProgress } from './sweepProgress.ts';

/** A sweep of runs of so many FLOPs, as each stands at the start, and a clock that is set by hand. */
function sweep(runs: [flops: number, state: Partial<RunStatus>][], retry = false) {
  const planned = runs.map((_, k) => ({ name: `run-${k}` }) as PlannedRun);
  const of = <T>(value: (k: number) => T) => new Map(planned.map((run, k) => [run, value(k)]));
  const time = { seconds: 100 };
  const progress = new SweepProgress(
    planned,
    of(k => runs[k][0]),
    of(k => ({ status: 'interrupted', ...runs[k][1] }) as RunStatus),
    { retry, clock: () => 1000 * time.seconds },
  );
  return { planned, progress, time };
}

describe('the progress of a sweep', () => {
  it('weighs runs by their FLOPs, and tells the time left from what was done since the start', () => {
    const { planned, progress, time } = sweep([
      [100, { status: 'finished' }],
      [200, { epoch: 1, epochs: 4 }],
      [100, {}],
    ]);
    expect(progress.line()).toBe('1 of 3 runs finished, 0 under way, 37% of the work');
    progress.start(planned[1]);
    progress.start(planned[2]);
    time.seconds += 10;
    progress.set(planned[1], 0.5);
    // 50 of the 250 that were left, in 10 s.
    expect(progress.line()).toBe('1 of 3 runs finished, 2 under way, 50% of the work, 40 s left');
    progress.end(planned[1], 'finished');
    progress.end(planned[2], 'finished');
    expect(progress.line()).toBe('3 of 3 runs finished, 0 under way, 100% of the work, 0 s left');
  });

  it('leaves out what failed before and is not trained again', () => {
    const runs: [number, Partial<RunStatus>][] = [
      [300, { status: 'failed', epoch: 1, epochs: 3 }],
      [100, {}],
    ];
    const { planned, progress, time } = sweep(runs);
    time.seconds += 10;
    progress.set(planned[1], 0.5);
    expect(progress.line()).toBe('0 of 2 runs finished, 0 under way, 50% of the work, 10 s left');
    progress.end(planned[1], 'finished');
    expect(progress.line()).toBe('1 of 2 runs finished, 0 under way, 100% of the work, 0 s left');
    expect(sweep(runs, true).progress.line()).toBe('0 of 2 runs finished, 0 under way, 25% of the work');
  });

  it('leaves out what fails on the way, and not what is interrupted', () => {
    const { planned, progress, time } = sweep([
      [300, {}],
      [100, {}],
    ]);
    time.seconds += 10;
    progress.set(planned[0], 0.5);
    progress.set(planned[1], 0.5);
    progress.end(planned[1], undefined);
    expect(progress.line()).toBe('0 of 2 runs finished, 0 under way, 50% of the work, 10 s left');
    progress.end(planned[0], 'failed');
    expect(progress.line()).toBe('0 of 2 runs finished, 0 under way, 50% of the work, 10 s left');
    progress.end(planned[1], 'failed');
    expect(progress.line()).toBe('0 of 2 runs finished, 0 under way');
  });
});
