/**
 * The linear assignment problem, exactly: a column of its own for every row so that the sum of the costs is least.
 *
 * Each column is first given to its cheapest row; rows that got none are brought in one after another along the shortest
 * augmenting path over reduced costs. Time O(n^3) at worst and far less on costs that differ; memory O(n) beside the
 * costs. Deterministic: the same costs give the same assignment.
 *
 * @param costs `n * n` finite numbers, the cost of row i and column j at `i * n + j`.
 * @returns The column of each row.
 * @see Jonker, Volgenant: A shortest augmenting path algorithm for dense and sparse linear assignment problems.
 *   Computing 38, 1987.
 */
export function assign(costs: Float64Array, n: number): Int32Array {
  const columnOf = new Int32Array(n).fill(-1);
  const rowOf = new Int32Array(n).fill(-1);
  const prices = new Float64Array(n);
  for (let j = 0; j < n; j++) {
    const row = cheapestRow(costs, n, j, columnOf);
    prices[j] = costs[row * n + j];
    if (columnOf[row] >= 0) continue;
    columnOf[row] = j;
    rowOf[j] = row;
  }
  const path = new ShortestPath(costs, n, rowOf, prices);
  for (let row = 0; row < n; row++) {
    if (columnOf[row] >= 0) continue;
    // Every row on the path takes the column behind it; the last column was free.
    for (let j = path.search(row), i = -1; i !== row; ) {
      i = path.before[j];
      const left = columnOf[i];
      columnOf[i] = j;
      rowOf[j] = i;
      j = left;
    }
  }
  return columnOf;
}

/** Of equally cheap rows one that has no column yet, then the first. */
function cheapestRow(costs: Float64Array, n: number, j: number, columnOf: Int32Array): number {
  let row = 0;
  for (let i = 1; i < n; i++) {
    const cost = costs[i * n + j];
    const least = costs[row * n + j];
    if (cost < least || (cost === least && columnOf[row] >= 0 && columnOf[i] < 0)) row = i;
  }
  return row;
}

/** Dijkstra's search from a row to a free column, over `cost - price`, which is never below 0 on a path's matched edges. */
class ShortestPath {
  /** The row from which each column was reached. */
  readonly before: Int32Array;
  private readonly length: Float64Array;
  /** Columns that are finished, then those at the least length, then the others. */
  private readonly order: Int32Array;

  constructor(
    private readonly costs: Float64Array,
    private readonly n: number,
    private readonly rowOf: Int32Array,
    private readonly prices: Float64Array,
  ) {
    this.before = new Int32Array(n);
    this.length = new Float64Array(n);
    this.order = new Int32Array(n);
  }

  /** The free column at the end of the shortest path from a row. Prices are brought up to date. */
  search(row: number): number {
    const { costs, n, rowOf, prices, before, length, order } = this;
    for (let j = 0; j < n; j++) {
      length[j] = costs[row * n + j] - prices[j];
      before[j] = row;
      order[j] = j;
    }
    let finished = 0;
    let reached = 0;
    let settled = 0;
    let least = 0;
    let end = -1;
    while (end < 0) {
      if (finished === reached) {
        settled = finished;
        [least, reached] = this.nearest(finished);
        for (let k = finished; k < reached && end < 0; k++) if (rowOf[order[k]] < 0) end = order[k];
        if (end >= 0) break;
      }
      const from = order[finished++];
      const i = rowOf[from];
      const offset = costs[i * n + from] - prices[from] - least;
      for (let k = reached; k < n; k++) {
        const j = order[k];
        const through = costs[i * n + j] - prices[j] - offset;
        if (through >= length[j]) continue;
        length[j] = through;
        before[j] = i;
        if (through > least) continue;
        if (rowOf[j] < 0) {
          end = j;
          break;
        }
        order[k] = order[reached];
        order[reached++] = j;
      }
    }
    for (let k = 0; k < settled; k++) prices[order[k]] += length[order[k]] - least;
    return end;
  }

  /** Moves the columns of least length to the front of those from `start` on: that length, and where they end. */
  private nearest(start: number): [least: number, end: number] {
    const { n, length, order } = this;
    let least = Number.POSITIVE_INFINITY;
    let end = start;
    for (let k = start; k < n; k++) {
      const j = order[k];
      if (length[j] > least) continue;
      if (length[j] < least) end = start;
      least = length[j];
      order[k] = order[end];
      order[end++] = j;
    }
    return [least, end];
  }
}
