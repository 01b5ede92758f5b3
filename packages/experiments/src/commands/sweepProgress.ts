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

/** How far a whole sweep is: runs weigh what they take in FLOPs; one that failed or is damaged, and not trained again, weighs nothing. */
export class SweepProgress {
  /** Shares of the runs that are finished or will be: now, and at the start. */
  private readonly shares = new Map<PlannedRun, number>();
  private readonly before: ReadonlyMap<PlannedRun, number>;
  private readonly running = new Set<PlannedRun>();
  private readonly clock: () => number;
  private readonly begun: number;
  private finished: number;

  /**
   * @param work FLOPs of every run.
   * @param retry whether runs that failed before are trained again.
   */
  constructor(
    private readonly planned: readonly PlannedRun[],
    private readonly work: ReadonlyMap<PlannedRun, number>,
    states: ReadonlyMap<PlannedRun, RunStatus>,
    { retry = false, clock = () => performance.now() }: { retry?: boolean; clock?: () => number } = {},
  ) {
    for (const run of planned) {
      const { status, epoch = 0, epochs = 1 } = states.get(run)!;
      if (status === 'damaged' || (status === 'failed' && !retry)) continue;
      this.shares.set(run, status === 'finished' ? 1 : epoch / Math.max(1, epochs));
    }
    this.before = new Map(this.shares);
    this.finished = planned.filter(run => states.get(run)!.status === 'finished').length;
    this.clock = clock;
    this.begun = clock();
  }

  start(run: PlannedRun): void {
    this.running.add(run);
  }

  set(run: PlannedRun, share: number): void {
    this.shares.set(run, share);
  }

  /** @param status how the run ended; undefined where it could not say. */
  end(run: PlannedRun, status: string | undefined): void {
    this.running.delete(run);
    if (status === 'failed' || status === 'damaged') this.shares.delete(run);
    if (status !== 'finished') return;
    this.finished++;
    this.shares.set(run, 1);
  }

  /** `3 of 12 runs finished, 2 under way, 31% of the work, 12 min 05 s left`. */
  line(): string {
    const total = this.sum(() => 1);
    const done = this.sum((_run, share) => share);
    const since = this.sum((run, share) => share - this.before.get(run)!);
    const seconds = (this.clock() - this.begun) / 1000;
    const left = since > 0 ? `, ${duration(((total - done) / since) * seconds)} left` : '';
    // Nothing is left of a sweep all of whose runs failed.
    const part = total === 0 ? '' : `, ${Math.floor((100 * done) / total)}% of the work${left}`;
    return `${this.finished} of ${this.planned.length} runs finished, ${this.running.size} under way${part}`;
  }

  private sum(weight: (run: PlannedRun, share: number) => number): number {
    let sum = 0;
    for (const [run, share] of this.shares) sum += this.work.get(run)! * weight(run, share);
    return sum;
  }
}
