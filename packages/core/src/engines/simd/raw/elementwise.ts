import { f32, type Runtime } from '../runtime.ts';
import type { Tiles } from '../weight.ts';

/** `y = value` over `n` floats. */
export function fill(runtime: Runtime, y: number, n: number, value: number): void {
  runtime.run('fill', y, n, f32(value));
}

/** `y = a + b` over `n` floats; y may be a or b. */
export function add(runtime: Runtime, a: number, b: number, y: number, n: number): void {
  runtime.run('add', a, b, y, n);
}

/** `y = factor * x` over `n` floats; y may be x. */
export function scale(runtime: Runtime, x: number, y: number, n: number, factor: number): void {
  runtime.run('scale', x, y, n, f32(factor));
}

/** `y += factor * x` over `n` floats. */
export function axpy(runtime: Runtime, x: number, y: number, n: number, factor: number): void {
  runtime.run('axpy', x, y, n, f32(factor));
}

/** `sums[f] = sum over n of x[f, n]`, in a fixed order: the gradient of a bias. */
export function rowSums(runtime: Runtime, x: Tiles, sums: number): void {
  runtime.run('rowSums', x.address, sums, x.features, x.columns, x.width);
}

const ACTIVATIONS = { exp: 0, sigmoid: 1, tanh: 2 } as const;

/**
 * `y = f(x)` over `n` floats, to a relative error below 3e-7; y may be x. Arguments of exp and sigmoid beyond +-87 count as
 * +-87.
 */
export function activate(runtime: Runtime, f: keyof typeof ACTIVATIONS, x: number, y: number, n: number): void {
  runtime.run('activate', x, y, n, ACTIVATIONS[f]);
}
