import { type Optimizer, withoutAverage } from './rule.ts';
import { zeroSlots } from './slots.ts';

/**
 * Gradient descent with momentum, heavy-ball form (Polyak 1964; PyTorch's SGD without dampening):
 * `m = momentum * m + scale * g + decay * w`, then `w -= rate * m`.
 *
 * @param settings.momentum in [0, 1); 0.9 is usual.
 */
export function momentum(settings: { momentum: number }): Optimizer {
  return withoutAverage(zeroSlots('momentum'), (engine, w, gradient, [m], options) => {
    engine.momentum(w, gradient, m, { ...options, momentum: settings.momentum });
  });
}
