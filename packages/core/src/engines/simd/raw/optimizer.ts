import { DRAW_SCALE } from '../../../optim/rewire.ts';
import type { AdamOptions, RewireOptions, SgdOptions } from '../../engine.ts';
import { f32, type Runtime } from '../runtime.ts';

/** Floats per partial sum, as in assembly/optimizer.ts: fixed, so that sums do not depend on the number of threads. */
const SUM_BLOCK = 65_536;

/** Sum of squares of `n` floats, in float64. */
export function sumSquares(runtime: Runtime, x: number, n: number): number {
  const { heap } = runtime;
  const blocks = Math.ceil(n / SUM_BLOCK);
  const partials = heap.allocate(8 * blocks);
  runtime.run('sumSquares', x, n, partials);
  let sum = 0;
  for (const partial of new Float64Array(heap.memory.buffer, partials, blocks)) sum += partial;
  heap.release(partials);
  return sum;
}

/** `w -= rate * (scale * g + decay * w)` over `n` floats, in place. */
export function sgdStep(runtime: Runtime, w: number, g: number, n: number, { rate, scale, decay }: SgdOptions): void {
  runtime.run('sgdStep', w, g, n, f32(rate), f32(scale), f32(decay));
}

/** `m = momentum * m + scale * g + decay * w; w -= rate * m` over `n` floats, in place. */
export function momentumStep(
  runtime: Runtime,
  w: number,
  g: number,
  m: number,
  n: number,
  { rate, scale, decay, momentum }: SgdOptions & { momentum: number },
): void {
  runtime.run('momentumStep', w, g, m, n, f32(rate), f32(scale), f32(decay), f32(momentum));
}

/** One step of Adam (Kingma & Ba 2015) over `n` floats, in place; the formula is at `Engine.adam`. */
export function adamStep(
  runtime: Runtime,
  w: number,
  g: number,
  m: number,
  v: number,
  n: number,
  { rate, scale, decay, beta1, beta2, epsilon, correction1, correction2 }: AdamOptions,
): void {
  // 1 - beta in float32 would lose four of its seven digits.
  const floats = [
    scale,
    decay,
    beta1,
    1 - beta1,
    beta2,
    1 - beta2,
    rate / correction1,
    1 / Math.sqrt(correction2),
    epsilon,
  ];
  runtime.run('adamStep', w, g, m, v, n, ...floats.map(f32));
}

/** `sgdStep`, then the average with the count of all `n` floats, in place; the formula is at `Engine.asgd`. */
export function asgdStep(
  runtime: Runtime,
  w: number,
  g: number,
  average: number,
  n: number,
  { rate, scale, decay, count }: SgdOptions & { count: number },
): void {
  const divisor = count <= 2 ? 0 : count - 1;
  runtime.run('asgdStep', w, g, average, n, f32(rate), f32(scale), f32(decay), f32(divisor));
}

/** `sgdStep`, then the average with a count for each of `n` floats, in place; the formula is at `Engine.sparseAsgd`. */
export function sparseAsgdStep(
  runtime: Runtime,
  w: number,
  g: number,
  average: number,
  age: number,
  n: number,
  { rate, scale, decay }: SgdOptions,
): void {
  runtime.run('sparseAsgdStep', w, g, average, age, n, f32(rate), f32(scale), f32(decay));
}

/** The random walk of deep rewiring over `n` floats, in place; the formula is at `Engine.rewire`. */
export function rewireStep(
  runtime: Runtime,
  w: number,
  sign: number,
  n: number,
  { shrink, noise, key, layout }: RewireOptions,
): void {
  const { heap } = runtime;
  const scratch = heap.allocate(128 * runtime.threads);
  const address = heap.allocate(4 * n);
  runtime.run('walkDraws', address, n, ...key, scratch);
  const draws = heap.f32(address, n);
  // Drawn in canonical order: a weight's noise does not depend on the engine.
  if (layout !== undefined) draws.set(layout.fromCanonical(draws));
  runtime.run('rewireStep', w, sign, address, n, f32(shrink), f32(noise * DRAW_SCALE));
  heap.release(address);
  heap.release(scratch);
}
