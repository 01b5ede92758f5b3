/**
 * Shares a whole number out in proportion to weights, exactly: the method of largest remainders.
 *
 * Each share is at first `floor(total * weight / sum of weights)`; what is left over goes, one each, to the largest
 * fractional parts, ties to the lower index. A share that would reach its capacity is set to the capacity, and the rest
 * is shared again among the others. If all the weights that still have room are zero, the room itself is the weight.
 *
 * @param total A whole number, at most the sum of the capacities.
 * @param weights At least 0 each.
 * @param capacities The largest share of each, whole numbers.
 * @returns One whole number for each weight; they sum to `total`.
 * @throws {RangeError} If the capacities do not hold the total.
 */
export function apportion(total: number, weights: readonly number[], capacities: readonly number[]): number[] {
  const room = sum(capacities);
  if (total > room) throw new RangeError(`cannot share ${total} out over capacities that sum to ${room}`);
  const shares = capacities.slice();
  let open = shares.map((_, index) => index);
  let left = total;
  let quotas: number[];
  for (;;) {
    quotas = proportional(left, open, weights, capacities);
    const full = open.filter((index, at) => quotas[at] >= capacities[index]);
    if (full.length === 0) break;
    left -= sum(full.map(index => capacities[index]));
    open = open.filter((index, at) => quotas[at] < capacities[index]);
  }
  const remainders = open.map((index, at) => {
    shares[index] = Math.floor(quotas[at]);
    left -= shares[index];
    return { index, remainder: quotas[at] - shares[index] };
  });
  // The sort is stable: equal remainders stay in the order of their indices.
  remainders.sort((a, b) => b.remainder - a.remainder);
  for (const { index } of remainders.slice(0, left)) shares[index]++;
  return shares;
}

function proportional(
  left: number,
  open: number[],
  weights: readonly number[],
  capacities: readonly number[],
): number[] {
  const weighed = sum(open.map(index => weights[index])) > 0 ? weights : capacities;
  const all = sum(open.map(index => weighed[index]));
  // The weight is divided first: the total over a sum of denormal weights would be infinite.
  return open.map(index => (left === 0 ? 0 : (weighed[index] / all) * left));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
