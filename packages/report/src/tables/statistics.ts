/** Mean and spread of one value over the seeds of a setting. */
export interface Summary {
  n: number;
  mean: number;
  /** Sample standard deviation (n - 1); null for a single run, whose spread is unknown. */
  deviation: number | null;
  /** Half the width of the 95% t interval of the mean, `t(n - 1) * deviation / sqrt(n)`; null for a single run. */
  interval: number | null;
}

/** Summarises values of several seeds; nulls (runs without the value) do not count. Null where none is left. */
export type Summarise = (values: readonly (number | null)[]) => Summary | null;

/**
 * Loads mathjs and returns the summary function. mathjs takes half a second to load, so a report calls this once, and
 * only the report pays for it.
 */
export async function loadSummarise(): Promise<Summarise> {
  const { mean, std } = await import('mathjs/number');
  return values => {
    const known = values.filter(value => value !== null);
    const n = known.length;
    if (n === 0) return null;
    const deviation = n === 1 ? null : Number(std(known, 'unbiased'));
    const interval = deviation === null ? null : (criticalT(n - 1) * deviation) / Math.sqrt(n);
    return { n, mean: Number(mean(known)), deviation, interval };
  };
}

/** Whether the 95% interval of a mean lies wholly on one side of zero; never for a single value. */
export function excludesZero({ mean, interval }: Summary): boolean {
  return interval !== null && Math.abs(mean) > interval;
}

/** More pairs than this would take too many patterns of signs. */
const MOST_PAIRS = 20;

/**
 * Two-sided p of the sign-flip permutation test: the share of all 2^n patterns of signs whose mean is as far from zero as
 * the one that was seen. Assumes that the pairs are independent and that, were both sides equally good, each difference would
 * be as likely with the other sign; assumes no distribution. With n pairs it cannot be below 2 / 2^n: .25 for three.
 *
 * @returns null for fewer than two pairs, and for more than 20.
 * @example signFlipP([1, 2, 3]); // 0.25
 */
export function signFlipP(differences: readonly number[]): number | null {
  const n = differences.length;
  if (n < 2 || n > MOST_PAIRS) return null;
  // Patterns that differ in rounding alone are equally far.
  const seen = Math.abs(differences.reduce((sum, value) => sum + value, 0)) * (1 - 1e-12);
  const asFar = (sum: number, next: number): number =>
    next === n
      ? Number(Math.abs(sum) >= seen)
      : asFar(sum + differences[next], next + 1) + asFar(sum - differences[next], next + 1);
  return asFar(0, 0) / 2 ** n;
}

/**
 * The value that |T| stays below with probability 0.95, T having Student's t distribution. mathjs has no quantiles of it.
 *
 * @param degrees Degrees of freedom, a whole number from 1.
 * @example criticalT(2); // 4.3027
 */
export function criticalT(degrees: number): number {
  let low = 0;
  let high = Math.PI / 2;
  // The probability rises with the angle atan(t / sqrt(degrees)); 60 halvings reach the last bit.
  for (let halving = 0; halving < 60; halving++) {
    const angle = (low + high) / 2;
    if (probabilityWithin(angle, degrees) < 0.95) low = angle;
    else high = angle;
  }
  return Math.sqrt(degrees) * Math.tan(low);
}

/** P(|T| < sqrt(degrees) * tan(angle)): the finite sums of Abramowitz and Stegun 26.7.3 and 26.7.4. */
function probabilityWithin(angle: number, degrees: number): number {
  const odd = degrees % 2 === 1;
  const cosine = Math.cos(angle);
  let term = odd ? cosine : 1;
  let sum = degrees === 1 ? 0 : term;
  for (let power = odd ? 3 : 2; power <= degrees - 2; power += 2) {
    term *= ((power - 1) / power) * cosine * cosine;
    sum += term;
  }
  return odd ? (2 / Math.PI) * (angle + Math.sin(angle) * sum) : Math.sin(angle) * sum;
}
