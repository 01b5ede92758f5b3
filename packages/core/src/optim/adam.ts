import { type Optimizer, withoutAverage } from './rule.ts';
import { zeroSlots } from './slots.ts';

/**
 * Adam (Kingma & Ba 2015). With `g' = scale * g + decay * w` at step t: `m = beta1 m + (1 - beta1) g'`,
 * `v = beta2 v + (1 - beta2) g'^2`, then `w -= rate * (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon)`.
 * t is the run's step for every weight: those that a topology update put in share it, with m = v = 0.
 *
 * @param settings the paper's are beta1 0.9, beta2 0.999, epsilon 1e-8.
 */
export function adam({ beta1, beta2, epsilon }: { beta1: number; beta2: number; epsilon: number }): Optimizer {
  return withoutAverage(zeroSlots('m', 'v'), (engine, w, gradient, [m, v], options) => {
    const correction1 = 1 - beta1 ** options.step;
    const correction2 = 1 - beta2 ** options.step;
    engine.adam(w, gradient, m, v, { ...options, beta1, beta2, epsilon, correction1, correction2 });
  });
}
