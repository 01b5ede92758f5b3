import type { Runtime } from '../runtime.ts';

/**
 * A matrix `[features, columns]` in the heap: tiles, or row-major, which is one tile as wide as the matrix
 * (`width: columns`).
 */
export interface AnyTiles {
  readonly address: number;
  readonly features: number;
  readonly columns: number;
  readonly width: number;
}

/** Which elements are dropped; see ops/dropout/contract.ts. */
export interface DropoutBits {
  /** Share of elements that become 0, in [0, 1). The others are multiplied by `1 / (1 - rate)`. */
  readonly rate: number;
  /** Two uint32. */
  readonly key: readonly [number, number];
  /** uint32, tells masks of the same key apart. */
  readonly stream: number;
}

/** Smallest random word that is kept, and the factor of what is kept. */
function thresholdAndScale(rate: number): [number, { f32: number }] {
  return [Math.floor(rate * 2 ** 32), { f32: 1 / (1 - rate) }];
}

/** Dropout of x by a mask `[features, columns]`. `y` is the address of the result, in x's own order; it may be x's. */
export function dropoutElementwise(runtime: Runtime, x: AnyTiles, y: number, { rate, key, stream }: DropoutBits): void {
  const { address, features, columns, width } = x;
  const scratch = runtime.heap.allocate(128 * runtime.threads);
  const bits = [...thresholdAndScale(rate), ...key, stream];
  runtime.run('dropoutElementwise', address, y, features, columns, width, ...bits, scratch);
  runtime.heap.release(scratch);
}

/** Dropout of x by a mask `[features, batch]` that all time steps share. `y` as for dropoutElementwise. */
export function dropoutLocked(
  runtime: Runtime,
  x: AnyTiles,
  y: number,
  batch: number,
  { rate, key, stream }: DropoutBits,
): void {
  const { address, features, columns, width } = x;
  const bits = [...thresholdAndScale(rate), ...key, stream];
  runtime.run('dropoutLocked', address, y, features, columns, width, ...bits, batch);
}

/**
 * Dropout of whole columns of x by a mask `[V]` over the vocabulary: column n is kept iff word `ids[n]` is.
 *
 * @param ids Address of int32 `[columns]`.
 * @param y as for dropoutElementwise.
 */
export function dropoutWords(
  runtime: Runtime,
  x: AnyTiles,
  ids: number,
  y: number,
  { rate, key, stream }: DropoutBits,
): void {
  const { address, features, columns, width } = x;
  const [threshold, scale] = thresholdAndScale(rate);
  const mask = runtime.heap.allocate(4 * columns);
  runtime.run('dropoutWords', ids, mask, columns, threshold, ...key, stream);
  runtime.run('maskColumns', address, y, features, columns, width, mask, scale);
  runtime.heap.release(mask);
}
