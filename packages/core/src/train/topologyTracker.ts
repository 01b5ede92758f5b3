import { initialTopology, type Model } from '../models/model.ts';
import type { MatrixParameter } from '../models/parameters.ts';
import { ExploredSet } from '../sparsity/exploredSet.ts';
import { SparseMatrix } from '../sparsity/sparseMatrix.ts';
import { gateCounts, intersectionSize } from '../sparsity/topologyOps.ts';
import { find, requireSame } from './state.ts';
import type { MatrixState, Snapshot } from './types.ts';

/**
 * Follows the topologies of a model through training: which positions were ever active, and how many of the initial ones
 * still are. The initial topology is not kept: it is a function of the seed and drawn again when it is needed.
 */
export class TopologyTracker {
  private readonly explored = new Map<string, ExploredSet>();
  private readonly initialNnz = new Map<string, number>();

  /** @param adaptive false where the topology never changes: nothing is followed then. */
  constructor(
    model: Model,
    private readonly seed: number,
    private readonly adaptive: boolean,
  ) {
    for (const { name, weight } of model.matrices) {
      if (!adaptive || !(weight instanceof SparseMatrix)) continue;
      this.explored.set(name, new ExploredSet(weight.rows, weight.cols));
      this.initialNnz.set(name, weight.nnz);
    }
    this.add(model);
  }

  /** Takes note of the model's topologies as they are now. */
  add(model: Model): void {
    for (const { name, weight } of model.matrices) {
      if (weight instanceof SparseMatrix) this.explored.get(name)?.add(weight.topology.indices);
    }
  }

  states(model: Model): MatrixState[] {
    return model.matrices.map(matrix => this.state(matrix));
  }

  save(): Snapshot['tensors'] {
    const tensors: Snapshot['tensors'] = {};
    for (const [name, set] of this.explored) {
      const data = set.serialise();
      tensors[`${name}.explored`] = { dtype: 'U8', shape: [data.length], data };
    }
    return tensors;
  }

  load(tensors: Snapshot['tensors']): void {
    for (const [name, set] of this.read(tensors)) this.explored.set(name, set);
  }

  /** The explored positions that a snapshot has. @throws InputError if they are missing, damaged or of other matrices. */
  read(tensors: Snapshot['tensors']): [string, ExploredSet][] {
    return [...this.explored].map(([name, { rows, cols }]) => {
      const set = ExploredSet.restore(find(tensors, `${name}.explored`, 'U8').data as Uint8Array);
      requireSame(`explored positions of ${name} in`, [rows, cols], [set.rows, set.cols]);
      return [name, set];
    });
  }

  private state({ name, gates, weight }: MatrixParameter): MatrixState {
    const { rows, cols, nnz } = weight;
    if (!(weight instanceof SparseMatrix)) {
      return { name, nnz, gates: gates.map(() => nnz / gates.length), explored: 1, initialKept: 1 };
    }
    const { topology } = weight;
    const counts = gateCounts(topology, gates.length);
    if (!this.adaptive) return { name, nnz, gates: counts, explored: nnz / (rows * cols), initialKept: 1 };
    const initial = initialTopology(this.seed, name, rows, cols, this.initialNnz.get(name)!);
    const kept =
      initial.indices.length === 0 ? 1 : intersectionSize(initial.indices, topology.indices) / initial.indices.length;
    return { name, nnz, gates: counts, explored: this.explored.get(name)!.share, initialKept: kept };
  }
}
