import { expected } from '../../base/errors.ts';
import { type RandomStream, rng } from '../../base/philox.ts';
import { randomTopology } from '../../sparsity/initial.ts';
import type { Topology } from '../../sparsity/layout.ts';
import { gateCounts } from '../../sparsity/topologyOps.ts';
import { editDistance, expectedDistance } from './edits.ts';
import { matchUnits, type Topologies } from './match.ts';
import { relabel } from './relabel.ts';
import type { WiredMatrix, Wiring } from './wiring.ts';

/** Distances of two topologies, from 0 (equal) to 1 (nothing in common). */
export interface TopologyDistance {
  /** Units compared by their numbers. */
  readonly raw: number;
  /** Units compared after matching. */
  readonly matched: number;
  /** What `raw` is on average for two random topologies with as many connections in every gate. */
  readonly expected: number;
}

/** Distances of two models: the mean over their sparse matrices, and each of these. */
export interface ModelDistance extends TopologyDistance {
  /** By name, in the order of the forward pass. */
  readonly matrices: readonly (TopologyDistance & { readonly name: string })[];
}

/**
 * How far the topologies of two models of one kind are apart, after the neural network sparse topology distance (NNSTD).
 *
 * The distance of two units is the normalised edit distance of their inputs, `|a xor b| / |a or b|`; that of a matrix is
 * the mean over its units; that of a model the mean over its sparse matrices. Where units have no names, it is taken
 * twice: unit by unit as they are numbered, and after matching the units of one model with those of the other, layer by
 * layer, by an optimal assignment. The matching renumbers a unit everywhere at once: its row in every gate of every matrix
 * of its layer, and its column wherever it is read. What it looks at are the inputs from below, so `matched` is an upper
 * bound of the least distance over all numberings, which is a quadratic assignment problem.
 *
 * Symmetric, and 0 for equal topologies. Time follows the square of the readers of an input, and at most the cube of the
 * units of a group.
 *
 * @param wiring From `wireLanguageModel` or `wireTextClassifier`.
 * @param a Topologies of the sparse matrices; matrices that it lacks are dense and do not count.
 * @param b Those of the other model.
 * @throws {InputError} If the two do not have the same matrices, or none.
 * @see Liu et al., Topological insights into sparse neural networks. ECML PKDD 2020, arXiv 2006.14085.
 */
export function topologyDistance(wiring: Wiring, a: Topologies, b: Topologies): ModelDistance {
  checkAlike(wiring, a, b);
  const sparse = wiring.matrices.filter(({ name }) => a.has(name));
  // Of several best matchings one is taken: always the same, whichever model is named first.
  const [first, second] = inOrder(sparse, a, b) ? [a, b] : [b, a];
  const numbering = matchUnits(wiring, first, second);
  const matrices = sparse.map(matrix => {
    const one = first.get(matrix.name)!;
    const other = second.get(matrix.name)!;
    return {
      name: matrix.name,
      raw: editDistance(matrix, one, other),
      matched: editDistance(matrix, one, relabel(matrix, other, numbering)),
      expected: expectedDistance(matrix, gateCounts(one, matrix.gates), gateCounts(other, matrix.gates)),
    };
  });
  const mean = (key: 'raw' | 'matched' | 'expected') =>
    matrices.reduce((sum, matrix) => sum + matrix[key], 0) / matrices.length;
  return { raw: mean('raw'), matched: mean('matched'), expected: mean('expected'), matrices };
}

/**
 * Random topologies with as many connections in every gate as those given: what a distance is to be compared with, since
 * matching finds likeness between random topologies too.
 *
 * @param names Of the random streams, one for each matrix.
 */
export function randomLike(
  wiring: Wiring,
  topologies: Topologies,
  seed: number,
  ...names: (string | number)[]
): Map<string, Topology> {
  const alike = new Map<string, Topology>();
  for (const { name, gates } of wiring.matrices) {
    const topology = topologies.get(name);
    if (topology !== undefined) alike.set(name, shuffled(topology, gates, rng(seed, ...names, name)));
  }
  return alike;
}

function shuffled(topology: Topology, gates: number, stream: RandomStream): Topology {
  const { rows, cols } = topology;
  const block = (rows / gates) * cols;
  const indices = new Uint32Array(topology.indices.length);
  let at = 0;
  gateCounts(topology, gates).forEach((count, gate) => {
    const drawn = randomTopology(rows / gates, cols, count, stream).indices;
    for (const flat of drawn) indices[at++] = flat + gate * block;
  });
  return { rows, cols, indices };
}

function checkAlike({ matrices }: Wiring, a: Topologies, b: Topologies): void {
  const names = matrices.map(({ name }) => name).filter(name => a.has(name) || b.has(name));
  if (names.length === 0) throw expected('models with sparse matrices', 'none', 'dense models have no topology');
  for (const matrix of matrices) {
    const [one, other] = [a.get(matrix.name), b.get(matrix.name)];
    if (one === undefined && other === undefined) continue;
    for (const found of [one, other]) {
      if (found?.rows !== matrix.rows || found.cols !== matrix.cols) {
        const came = found === undefined ? 'none' : `${found.rows} x ${found.cols}`;
        throw expected(
          `a topology of ${matrix.name}, ${matrix.rows} x ${matrix.cols}, in both models`,
          came,
          'compare runs that differ in their seed alone',
        );
      }
    }
  }
}

/** Whether a comes before b in an order of topologies that has nothing to do with which was named first. */
function inOrder(matrices: readonly WiredMatrix[], a: Topologies, b: Topologies): boolean {
  for (const { name } of matrices) {
    const one = a.get(name)!.indices;
    const other = b.get(name)!.indices;
    if (one.length !== other.length) return one.length < other.length;
    for (let k = 0; k < one.length; k++) if (one[k] !== other[k]) return one[k] < other[k];
  }
  return true;
}
