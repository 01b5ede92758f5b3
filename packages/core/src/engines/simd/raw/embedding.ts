import type { Runtime } from '../runtime.ts';
import type { AnyTiles } from './dropout.ts';

/**
 * `X[:, n] = table[ids[n], :]`.
 *
 * @param table Address of the table `[V, E]`, row-major.
 * @param ids Address of int32 `[N]`, each in `[0, V)`: not checked here.
 * @param x Where X `[E, N]` goes; padding becomes zero.
 */
export function embeddingGather(runtime: Runtime, table: number, ids: number, x: AnyTiles): void {
  runtime.run('embeddingGather', table, ids, x.address, x.features, x.columns, x.width);
}

/**
 * The gradient: `gradient[v, :]` becomes the sum of the columns of dX whose id is v, added up in ascending order.
 *
 * @param gradient Address of `[rows, E]`, row-major. What was there is overwritten.
 */
export function embeddingScatter(runtime: Runtime, dx: AnyTiles, ids: number, gradient: number, rows: number): void {
  runtime.run('embeddingScatter', dx.address, ids, gradient, rows, dx.features, dx.columns, dx.width);
}
