import { expected } from '../base/errors.ts';

/**
 * The non-monotone trigger of NT-ASGD (Merity, Keskar, Socher 2018, algorithm 1): it fires at the first epoch's end at
 * which more than n earlier validation losses exist and the newest is above the smallest of all earlier ones but the
 * last n. An equal loss does not fire.
 *
 * A loss that is not finite counts as one that exists, is never the smallest, and never fires (our choice). So is it that the
 * trigger can be told to fire at the end of a given epoch at the latest: short trainings would end before it.
 */
export class NonMonotoneTrigger {
  /** Validation losses until it fired, null for one that was not finite, so that they survive JSON. */
  private losses: (number | null)[] = [];
  private hasFired = false;

  /**
   * @param n epochs without improvement that are forgiven, a whole number; 5 in the paper.
   * @param by epoch at whose end it fires at the latest, whatever its loss; 0, as in the paper: there is none.
   */
  constructor(
    private readonly n: number,
    private readonly by = 0,
  ) {
    if (!(Number.isInteger(n) && n >= 0)) throw expected('a whole number of epochs as nonMonotone', n, 'use 5');
    if (!(Number.isInteger(by) && by >= 0))
      throw expected('a whole number of epochs as averageBy', by, 'use 0 for none');
  }

  get fired(): boolean {
    return this.hasFired;
  }

  /** Takes the validation loss of an epoch. @returns true if it fires now; it does so once. */
  observe(loss: number): boolean {
    if (this.hasFired) return false;
    const { losses, n } = this;
    // Infinite while there are no more than n earlier losses.
    let smallest = Number.POSITIVE_INFINITY;
    for (const earlier of losses.slice(0, Math.max(0, losses.length - n))) {
      if (earlier !== null && earlier < smallest) smallest = earlier;
    }
    losses.push(Number.isFinite(loss) ? loss : null);
    this.hasFired = (Number.isFinite(loss) && loss > smallest) || losses.length === this.by;
    return this.hasFired;
  }

  save(): { losses: (number | null)[]; fired: boolean } {
    return { losses: [...this.losses], fired: this.hasFired };
  }

  load({ losses, fired }: { losses: (number | null)[]; fired: boolean }): void {
    this.losses = [...losses];
    this.hasFired = fired;
  }
}
