import { philox } from '../../base/philox.ts';
import type { DropoutOptions } from './contract.ts';

/** The dropout of contract.ts in plain loops. X is `[features, N]` row-major. */
export function dropout(
  x: ArrayLike<number>,
  features: number,
  columns: number,
  options: DropoutOptions,
  ids?: ArrayLike<number>,
): Float64Array {
  const { rate, kind, batch, key, stream } = options;
  const threshold = Math.floor(rate * 2 ** 32);
  const y = new Float64Array(x.length);
  for (let f = 0; f < features; f++) {
    for (let n = 0; n < columns; n++) {
      const at = f * columns + n;
      const element = kind === 'elementwise' ? at : kind === 'locked' ? f * batch + (n % batch) : ids![n];
      const word = philox([Math.floor(element / 4), 0, stream, 0], key)[element % 4];
      y[at] = word >= threshold ? x[at] / (1 - rate) : 0;
    }
  }
  return y;
}
