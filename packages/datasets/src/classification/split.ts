import { RandomWords, shuffle } from '../random.ts';

/**
 * Chooses texts at random, the same share of every class: `round(share * N)` of N, in a class of n first
 * `floor(share * n)` and then one more where the largest fractions are (ties: the lower class number). A class never
 * loses its last text, so the sum may be smaller.
 *
 * @param labels class number of each text, `[N]`
 * @param classes number of classes
 * @param share above 0 and below 1
 * @param names what the choice is for: a random stream per class is named after it
 * @returns indices into `labels`, ascending
 */
export function stratifiedChoice(
  labels: ArrayLike<number>,
  classes: number,
  share: number,
  seed: number,
  ...names: string[]
): number[] {
  const members: number[][] = Array.from({ length: classes }, () => []);
  for (let i = 0; i < labels.length; i++) members[labels[i]].push(i);
  const exact = members.map(({ length }) => share * length);
  const counts = exact.map(Math.floor);
  let missing = Math.round(share * labels.length) - counts.reduce((sum, count) => sum + count, 0);
  const byFraction = members.map((_, k) => k).sort((a, b) => fraction(exact[b]) - fraction(exact[a]) || a - b);
  for (const k of byFraction) {
    if (missing <= 0) break;
    if (counts[k] + 1 >= members[k].length) continue;
    counts[k]++;
    missing--;
  }
  const chosen = members.flatMap((indices, k) => {
    return shuffle(indices, new RandomWords(seed, ...names, k)).slice(0, counts[k]);
  });
  return chosen.sort((a, b) => a - b);
}

const fraction = (value: number): number => value - Math.floor(value);
