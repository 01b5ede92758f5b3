import { type Optimizer, withoutAverage } from './rule.ts';

/** Stochastic gradient descent: `w -= rate * (scale * g + decay * w)`. No slots. */
export function sgd(): Optimizer {
  return withoutAverage([], (engine, w, gradient, _slots, options) => engine.sgd(w, gradient, options));
}
