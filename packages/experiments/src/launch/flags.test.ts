import { describe, expect, it } from 'vitest';
import { checkNoLaunch, resources, timeSeconds } from './flags.ts';

describe('time limits', () => {
  it.each([
    ['90', 5400],
    ['1:30', 90],
    ['2:00:05', 7205],
    ['1-0', 86_400],
    ['1-2:30', 95_400],
    ['1-2:30:01', 95_401],
    ['UNLIMITED', Number.POSITIVE_INFINITY],
  ])('%s is %d s', (text, seconds) => {
    expect(timeSeconds(text)).toBe(seconds);
  });

  it.each(['', '1h', '1-', '1:2:3:4', '-1', '1.5'])("'%s' is none", text => {
    expect(() => timeSeconds(text)).toThrow(/--time: expected minutes, .* got '.*'\. For example/);
  });

  it('must leave time to train before the signal that saves a checkpoint', () => {
    const flags = { engine: 'auto' };
    expect(() => resources({ ...flags, time: '3' })).toThrow(
      /more than the 180 s .* got 3\. Give more time, or fewer --signal/,
    );
    expect(resources({ ...flags, time: '3:01' }).signalSeconds).toBe(180);
    expect(resources({ ...flags, time: '3', signalSeconds: 60 }).signalSeconds).toBe(60);
    expect(resources(flags).time).toBeUndefined();
  });
});

describe('what is asked of Slurm', () => {
  it('takes cores from --cpus, else from --threads, else one, and runs at a time from --jobs', () => {
    expect(resources({ engine: 'auto' })).toMatchObject({ cpus: 1, atATime: undefined, more: [] });
    expect(resources({ engine: 'auto', threads: 4, jobs: 8 })).toMatchObject({ cpus: 4, atATime: 8 });
    expect(resources({ engine: 'auto', threads: 4, cpus: 2 })).toMatchObject({ cpus: 2 });
  });

  it.each(['account=x', '', '--a\n#SBATCH --b'])('refuses %j as an option of sbatch', arg => {
    expect(() => resources({ engine: 'auto', sbatchArg: [arg] })).toThrow(/--sbatch-arg: expected an option of sbatch/);
  });

  it('is refused without a launch', () => {
    expect(() => checkNoLaunch({ signalSeconds: 5 })).toThrow(/--signal-seconds: expected --launch slurm beside it/);
    expect(() => checkNoLaunch({})).not.toThrow();
  });
});
