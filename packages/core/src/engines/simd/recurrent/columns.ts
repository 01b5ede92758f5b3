// Recurrent layers whose threads own columns of the batch. Where a batch fills whole tiles and the weights fit the cache,
// a thread takes its columns from the first time step to the last without waiting for the others: faster than threads that
// own units, which have to exchange the state of every step.
import type { Runtime } from '../runtime.ts';
import type { ForColumns, SimdWeight } from '../weight.ts';
import { Schedule } from './window.ts';

/** Columns of a tile. */
export const TILE = 32;

/** The least that a thread takes of a tile: one cache line of every row. */
const HALF = 16;

/** Work on half a tile, compared with half the work on a whole one: indices and values are read as often. */
const HALF_COST = 1.5;

/** Largest weights that stay in the processor's cache from one step to the next. */
const MAX_WEIGHT_BYTES = 2 ** 23;

/** What decides whether threads own columns. */
interface Layer {
  readonly wx: SimdWeight;
  readonly wh: SimdWeight;
  readonly batch: number;
}

/** A layer of which `ownsColumns` is true. */
export type ColumnLayer<L extends Layer> = L & Record<'wx' | 'wh', { readonly forColumns: ForColumns }>;

/** Whether threads own columns. Depends on the layer alone, not on their number, so that the results do not either. */
export function ownsColumns<L extends Layer>(layer: L): layer is ColumnLayer<L> {
  const [wx, wh] = [layer.wx.forColumns, layer.wh.forColumns];
  return wx !== undefined && wh !== undefined && isForColumns(layer.batch, wx.bytes + wh.bytes);
}

/** The same, by the size of the batch and the bytes of both weights that a step reads. */
export function isForColumns(batch: number, weightBytes: number): boolean {
  return batch % TILE === 0 && weightBytes <= MAX_WEIGHT_BYTES;
}

/** Bytes of dz that are made before the gradients of the weights are: they stay in the L2 and L3 caches. */
const CHUNK_BYTES = 2 ** 21;

/** Steps whose gradients are made before those of the weights, of `rows` gates. */
export function stepsAtOnce(rows: number, batch: number): number {
  return Math.max(1, Math.floor(CHUNK_BYTES / (4 * rows * batch)));
}

/** Some columns of a tile. */
interface Run {
  first: number;
  columns: number;
}

/** The time steps of a window of such a layer, and the columns of every thread, as the kernels read them. */
export class ColumnPlan {
  readonly schedule: Schedule;
  /** Address of each step's first tile and number of active columns. */
  readonly steps: number;
  private readonly runs: number;

  constructor(
    private readonly runtime: Runtime,
    columns: number,
    private readonly batch: number,
    lengths?: readonly number[],
  ) {
    this.schedule = new Schedule(columns, batch, lengths, TILE);
    const { steps } = this.schedule;
    const { heap } = runtime;
    this.steps = heap.allocate(8 * steps.length);
    heap.u32(this.steps, 2 * steps.length).set(steps.flatMap(({ column, active }) => [column / TILE, active]));
    this.runs = heap.allocate(4 * (runtime.threads + 1 + (2 * batch) / HALF));
  }

  /** Divides the steps `from .. to` among the threads. Returns the address of their runs, which holds until the next call. */
  divide(from: number, to: number): number {
    const { heap, threads } = this.runtime;
    const perThread = divide(costs(this.schedule.steps.slice(from, to), this.batch), threads);
    const starts = [0];
    for (const runs of perThread) starts.push(starts[starts.length - 1] + runs.length);
    const words = [...starts, ...perThread.flat().flatMap(({ first, columns }) => [first, columns])];
    heap.u32(this.runs, words.length).set(words);
    return this.runs;
  }

  /** Number of the tile with which step t begins; of all tiles, if there is no such step. */
  tileOf(t: number): number {
    const { steps, columns } = this.schedule;
    return (t < steps.length ? steps[t].column : columns) / TILE;
  }

  free(): void {
    this.runtime.heap.release(this.steps);
    this.runtime.heap.release(this.runs);
  }
}

/** Work of every half of every tile: the steps it takes part in, by its active columns. */
function costs(steps: Schedule['steps'], batch: number): number[] {
  const halves = new Array<number>(batch / HALF).fill(0);
  for (const { active } of steps) {
    for (let half = 0; half * HALF < active; half++) halves[half] += Math.min(HALF, active - half * HALF);
  }
  return halves;
}

/** Divides the columns among threads, as whole tiles where that is no slower. */
function divide(halves: readonly number[], threads: number): Run[][] {
  const tiles: number[] = [];
  for (let half = 0; half < halves.length; half += 2) tiles.push(halves[half] + halves[half + 1]);
  const [whole, split] = [assign(tiles, threads), assign(halves, threads)];
  const isWhole = whole.longest <= HALF_COST * split.longest;
  const width = isWhole ? TILE : HALF;
  return (isWhole ? whole : split).shares.map(share =>
    join(share.map(part => ({ first: part * width, columns: width }))),
  );
}

/** Gives each part, the largest first, to the thread that has least. */
function assign(parts: readonly number[], threads: number): { shares: number[][]; longest: number } {
  const shares = Array.from({ length: threads }, (): number[] => []);
  const sums = new Array<number>(threads).fill(0);
  const order = parts.map((_, part) => part).sort((a, b) => parts[b] - parts[a] || a - b);
  for (const part of order) {
    const least = sums.indexOf(Math.min(...sums));
    shares[least].push(part);
    sums[least] += parts[part];
  }
  return { shares: shares.map(share => share.sort((a, b) => a - b)), longest: Math.max(...sums) };
}

/** Both halves of a tile become one run. */
function join(runs: readonly Run[]): Run[] {
  const joined: Run[] = [];
  for (const run of runs) {
    const before = joined.at(-1);
    const completes = before !== undefined && run.first % TILE !== 0 && before.first + HALF === run.first;
    if (completes) before.columns += run.columns;
    else joined.push({ ...run });
  }
  return joined;
}
