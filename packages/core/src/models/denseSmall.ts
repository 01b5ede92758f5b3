import { countParameters, type InitialSparsity } from './model.ts';
import type { ModelPlan } from './plan.ts';

/** The sizes that `fewerUnits` changes. */
interface Sizes {
  hidden: number;
  embedding: number;
  tied?: boolean;
}

/** Sizes whose number of parameters is this close to the wanted one are as good as each other. */
const CLOSE = 0.005;
/** Likewise, where none are that close. */
const NEAR = 0.02;
/** With more than so many times the embedding to each hidden unit than the original has, a model is short of units. */
const SHORT_OF_UNITS = 2;

/**
 * The sizes of a dense model with as many parameters as a sparse one of the given density: fewer hidden units H and a
 * smaller embedding E (the two stay equal where they are tied).
 *
 * For every H up to that of the settings the two E are tried between which the number of parameters passes the wanted
 * one, save those of more than twice the original ratio E : H: three units on a wide embedding would be no rival, however
 * exact their number. Of the pairs (H, E) within 0.5% of the wanted number the one is taken whose ratio is nearest to the
 * original (by its logarithm). Where none comes so near (a unit of a small model with a large vocabulary is a larger
 * step), likewise of those within 2%; where not even that, the pair that comes nearest. Our choice: "fewer units" leaves
 * open which.
 *
 * @param plan weights of a model of given settings.
 * @returns the settings with `hidden` and `embedding` replaced.
 */
export function fewerUnits<S extends Sizes>(
  settings: S,
  plan: (settings: S) => ModelPlan,
  sparsity: InitialSparsity,
): S {
  const wanted = countParameters(plan(settings), sparsity);
  const ratio = settings.embedding / settings.hidden;
  const off = (sizes: S) => Math.abs(countParameters(plan(sizes)) / wanted - 1);
  let best = settings;
  let bestRank = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let hidden = 1; hidden <= settings.hidden; hidden++) {
    const within = (embedding: number): S => ({ ...settings, hidden, embedding });
    const candidates = settings.tied
      ? [hidden]
      : nearestSizes(embedding => countParameters(plan(within(embedding))), wanted);
    for (const embedding of candidates.filter(size => size <= SHORT_OF_UNITS * ratio * hidden)) {
      const sizes = within(embedding);
      const distance = off(sizes);
      const skew = Math.abs(Math.log(embedding / hidden / ratio));
      const rank = [distance <= CLOSE ? 0 : Math.max(distance, NEAR), skew];
      if (rank[0] < bestRank[0] || (rank[0] === bestRank[0] && rank[1] < bestRank[1])) {
        best = sizes;
        bestRank = rank;
      }
    }
  }
  return best;
}

/**
 * The number of parameters that a dense model of these sizes was to have, if it misses that by more than 0.5%; undefined
 * where it comes near enough.
 *
 * @param sized what `fewerUnits` made of the settings.
 */
export function missedSize<S>(
  { settings, sized }: { settings: S; sized: S },
  plan: (settings: S) => ModelPlan,
  sparsity: InitialSparsity,
): number | undefined {
  const wanted = countParameters(plan(settings), sparsity);
  return Math.abs(countParameters(plan(sized)) / wanted - 1) <= CLOSE ? undefined : wanted;
}

/** The two sizes between which an increasing count, a straight line, passes the wanted number; 1 where all are above it. */
function nearestSizes(count: (size: number) => number, wanted: number): number[] {
  const slope = count(2) - count(1);
  const size = Math.floor(1 + (wanted - count(1)) / slope);
  return [Math.max(1, size), Math.max(1, size + 1)];
}
