import { lowerBound } from '../../sparsity/topologyOps.ts';
import type { GrowthBlock } from '../redistribute/gates.ts';
import { Pool } from './pool.ts';
import type { GrowthQuery } from './rule.ts';

/**
 * The positions of largest |score| of one matrix, found while the scores come by in blocks of rows.
 *
 * Active positions are never chosen, those of `avoid` only where a block has too few others. Ties: the lower flat index
 * wins. A score of 0 is a candidate like any other; NaN counts as larger than infinity. The order in which blocks of rows
 * are offered does not matter. Memory is proportional to the number of positions asked for, not to the matrix.
 *
 * @example
 * const top = new TopPositions(query);
 * for (let row = 0; row < query.rows; row += 64) {
 *   const rows = Math.min(64, query.rows - row);
 *   top.offer(row, rows, scoresOf(row, rows)); // Float32Array [rows, cols]
 * }
 * const positions = top.result(); // one Uint32Array for each block of the query
 */
export class TopPositions {
  private readonly blocks: (GrowthBlock & { first: Pool; overflow: Pool })[];
  private offered = 0;

  constructor(private readonly query: GrowthQuery) {
    this.blocks = query.blocks.map(block => {
      const { from, to, count } = block;
      const avoided = countBetween(query.avoid, from, to);
      const empty = to - from - countBetween(query.active, from, to) - avoided;
      if (count > empty + avoided)
        throw new RangeError(`cannot grow ${count} weights of ${query.name} at ${empty + avoided} empty positions`);
      return { ...block, first: new Pool(Math.min(count, empty)), overflow: new Pool(Math.max(0, count - empty)) };
    });
  }

  /**
   * Takes the scores of some rows. Every row is to be offered once.
   *
   * @param values `[rows, cols]`, row-major; read during the call only.
   */
  offer(firstRow: number, rows: number, values: Float32Array): void {
    const { name, cols } = this.query;
    if (values.length !== rows * cols)
      throw new RangeError(`${rows} rows of ${name} have ${rows * cols} scores, but ${values.length} came`);
    this.offered += rows;
    const start = firstRow * cols;
    const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
    for (const { from, to, first, overflow } of this.blocks) {
      const low = Math.max(from, start);
      const high = Math.min(to, start + values.length);
      if (low < high) this.offerRange(low, high, words, start, first, overflow);
    }
  }

  /**
   * What was found, once every row was offered.
   *
   * @returns For each block of the query its positions, strictly ascending.
   * @throws Error if rows are missing.
   */
  result(): Uint32Array[] {
    if (this.offered !== this.query.rows)
      throw new Error(`${this.offered} rows of ${this.query.name} were offered, but it has ${this.query.rows}`);
    return this.blocks.map(({ count, first, overflow }) => {
      const positions = new Uint32Array(count);
      positions.set(first.best());
      positions.set(overflow.best(), first.capacity);
      // Rows offered in their order leave nothing to sort.
      return isAscending(positions) ? positions : positions.sort();
    });
  }

  /** Offers the positions `low .. high - 1`, one run between two that are active or avoided after the other. */
  private offerRange(low: number, high: number, words: Uint32Array, start: number, first: Pool, overflow: Pool): void {
    const { active, avoid } = this.query;
    let nextActive = lowerBound(active, low);
    let nextAvoid = lowerBound(avoid, low);
    for (let position = low; position < high; position++) {
      const stopActive = nextActive < active.length ? active[nextActive] : high;
      const stopAvoid = nextAvoid < avoid.length ? avoid[nextAvoid] : high;
      const stop = Math.min(stopActive, stopAvoid, high);
      first.offer(position, stop, words, start);
      if (stop === high) return;
      if (stop === stopActive) nextActive++;
      else {
        nextAvoid++;
        overflow.offer(stop, stop + 1, words, start);
      }
      position = stop;
    }
  }
}

function isAscending(positions: Uint32Array): boolean {
  for (let i = 1; i < positions.length; i++) if (positions[i] < positions[i - 1]) return false;
  return true;
}

function countBetween(sorted: Uint32Array, from: number, to: number): number {
  return lowerBound(sorted, to) - lowerBound(sorted, from);
}
