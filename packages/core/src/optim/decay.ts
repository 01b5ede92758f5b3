/**
 * Learning rate of an epoch, 1 for the first: multiplied by `factor` for every epoch after epoch `after`, as in the
 * recipes of Zaremba et al. (2014). Recipes with averaging keep the rate: factor 1.
 *
 * @example
 * decayedRate(1, { factor: 0.5, after: 4 }, 6); // 0.25
 */
export function decayedRate(rate: number, decay: { factor: number; after: number }, epoch: number): number {
  return rate * decay.factor ** Math.max(0, epoch - decay.after);
}
