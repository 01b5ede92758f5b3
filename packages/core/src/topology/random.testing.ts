import fc from 'fast-check';
import { rng } from '../base/philox.ts';
import { randomTopology } from '../sparsity/initial.ts';
import type { GrowthQuery, LargestScores } from './grow/rule.ts';
import { TopPositions } from './grow/topPositions.ts';
import type { SparseWeights, UpdatedMatrix } from './matrix.ts';
import type { UpdateOptions } from './update.ts';

const shape = fc.record({
  gates: fc.constantFrom(1, 2, 4),
  gateRows: fc.integer({ min: 1, max: 12 }),
  cols: fc.integer({ min: 1, max: 40 }),
});

/**
 * Matrices of random shape, density, values, momentum and gradient; half of the models have few distinct values, so that
 * ties and zeros are common.
 *
 * @param density Of each matrix.
 */
export function models(density: fc.Arbitrary<number>): fc.Arbitrary<SparseWeights[]> {
  return fc
    .tuple(fc.array(fc.tuple(shape, density), { minLength: 1, maxLength: 3 }), fc.nat(), fc.boolean())
    .map(([shapes, seed, tied]) =>
      shapes.map(([{ gates, gateRows, cols }, share], m): SparseWeights => {
        const rows = gates * gateRows;
        const topology = randomTopology(rows, cols, Math.round(share * rows * cols), rng(seed, 'topology', m));
        const numbers = (what: string) => {
          const stream = rng(seed, what, m);
          // Matrices differ in size, or a redistribution by values would be one by anything else.
          const scale = 2 ** -stream.integer(4);
          const number = () => (tied ? (stream.integer(7) - 3) / 8 : stream.normal());
          return Float32Array.from(topology.indices, () => scale * number());
        };
        const [values, momentum, gradient] = ['values', 'momentum', 'gradient'].map(numbers);
        return { name: `W${m}`, topology, values, gates, momentum, gradient };
      }),
    );
}

/** Any share, 0 and 1 among them: evenly, where most of what `fc.double` draws is as good as 0. */
export const anyShare = fc.oneof(
  { arbitrary: fc.constantFrom(0, 1), weight: 1 },
  { arbitrary: fc.nat(997).map(n => n / 997), weight: 3 },
);

export const anyModel = models(anyShare);

export const anyOptions: fc.Arbitrary<UpdateOptions> = fc.record({
  rate: anyShare,
  seed: fc.nat(),
  step: fc.nat(),
  gates: fc.constantFrom('free', 'keep'),
  growStd: fc.constantFrom(0, 0.1),
  regrow: fc.boolean(),
});

/** The scores of a whole matrix `[rows, cols]`, fixed by its name; few distinct values, zeros of both signs among them. */
export function scoresOf({ name, rows, cols }: Pick<GrowthQuery, 'name' | 'rows' | 'cols'>): Float32Array {
  const stream = rng(7, 'scores', name);
  return Float32Array.from({ length: rows * cols }, () => ((stream.integer(15) - 7) / 4) * (stream.integer(2) - 0.5));
}

/** What a trainer does: scores three rows at a time. */
export const largest: LargestScores = (_, queries) =>
  queries.map(query => {
    const top = new TopPositions(query);
    const scores = scoresOf(query);
    for (let row = 0; row < query.rows; row += 3) {
      const rows = Math.min(3, query.rows - row);
      top.offer(row, rows, scores.subarray(row * query.cols, (row + rows) * query.cols));
    }
    return top.result();
  });

/** The matrices after an update and some training: other values, zeros and ties among them, and another smoothed gradient. */
export function trained(
  before: readonly SparseWeights[],
  updated: readonly UpdatedMatrix[],
  seed: number,
): SparseWeights[] {
  return before.map((matrix, m) => {
    const { topology, values } = updated[m];
    const stream = rng(seed, 'training', matrix.name);
    const momentum = values.map(() => (stream.integer(5) - 2) / 8);
    return { ...matrix, topology, values: values.map((value, rank) => value - momentum[rank]), momentum };
  });
}
