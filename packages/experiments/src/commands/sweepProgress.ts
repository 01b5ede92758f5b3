import type { RunStatus } from '../run/status.ts';
import type { RunResult } from '../run/types.ts';
import type { PlannedRun } from '../sweep/study.ts';
import { duration, percent, perplexity } from './format.ts';

/** How a run of a pool ended, in a line. */
export function describeState(result: RunResult | undefined, code: number | string, said: string): string {
  if (result === undefined) return `ended with ${code} before it could say how: ${said.split('\n').at(-1) ?? ''}`;
  const { status, testPerplexity, testAccuracy, reason, steps } = result;
  if (status === 'failed') return `failed at step ${steps}: ${reason}`;
  if (status !== 'finished') return `stopped at step ${steps} with a checkpoint`;
  if (testAccuracy !== undefined) return `finished, test accuracy ${percent(testAccuracy)}`;
  return `finished, test perplexity ${perplexity(testPerplexity)}`;
}

/** How far a whole sweep is: runs weigh what they take in FLOPs. */
export class SweepProgress {
  private readonly shares = new Map<PlannedRun, number>();
  private readonly running = new Set<PlannedRun>();
  private readonly total: number;
  private readonly begun: number;
  private readonly doneBefore: number;
  private finished: number;

  /** @param work FLOPs of every run. */
  constructor(
    private readonly planned: readonly PlannedRun[],
    private readonly work: ReadonlyMap<PlannedRun, number>,
    states: ReadonlyMap<PlannedRun, RunStatus>,
    private readonly clock = () => performance.now(),
  ) {
    for (const run of planned) {
      const { status, epoch = 0, epochs = 1 } = states.get(run)!;
      this.shares.set(run, status === 'finished' ? 1 : epoch / Math.max(1, epochs));
    }
    this.total = planned.reduce((sum, run) => sum + work.get(run)!, 0);
    this.finished = planned.filter(run => states.get(run)!.status === 'finished').length;
    this.doneBefore = this.done();
    this.begun = clock();
  }

  start(run: PlannedRun): void {
    this.running.add(run);
  }

  set(run: PlannedRun, share: number): void {
    this.shares.set(run, share);
  }

  end(run: PlannedRun, isFinished: boolean): void {
    this.running.delete(run);
    if (!isFinished) return;
    this.finished++;
    this.shares.set(run, 1);
  }

  /** `3 of 12 runs finished, 2 under way, 31% of the work, 12 min 05 s left`. */
  line(): string {
    const done = this.done();
    const since = done - this.doneBefore;
    const seconds = (this.clock() - this.begun) / 1000;
    const left = since > 0 ? `, ${duration(((this.total - done) / since) * seconds)} left` : '';
    const part = `${Math.floor((100 * done) / this.total)}% of the work${left}`;
    return `${this.finished} of ${this.planned.length} runs finished, ${this.running.size} under way, ${part}`;
  }

  private done(): number {
    return this.planned.reduce((sum, run) => sum + this.work.get(run)! * this.shares.get(run)!, 0);
  }
}
