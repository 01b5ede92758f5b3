import { f32, type Runtime } from '../runtime.ts';
import type { Tiles } from '../weight.ts';

/** `y = value` over `n` floats. */
export function fill(runtime: Runtime, y: number, n: number, value: number): void {
  runtime.run('fill', y, n, f32(value));
}

/** `sums[f] = sum over n of x[f, n]`, in a fixed order: the gradient of a bias. */
export function rowSums(runtime: Runtime, x: Tiles, sums: number): void {
  runtime.run('rowSums', x.address, sums, x.features, x.columns, x.width);
}

const ACTIVATIONS = { exp: 0, sigmoid: 1, tanh: 2 } as const;

/**
 * `y = f(x)` over `n` floats, to a relative error below 3e-7; y may be x. Arguments of exp and sigmoid beyond +-87 count as
 * +-87. No op calls it: the recurrent kernels and softmax compute these functions inline, and tests measure them here.
 */
export function activate(runtime: Runtime, f: keyof typeof ACTIVATIONS, x: number, y: number, n: number): void {
  runtime.run('activate', x, y, n, ACTIVATIONS[f]);
}
