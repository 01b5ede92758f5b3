import type { Method } from '../topology/methods/method.ts';
import type { FlopCount } from './count.ts';

/** Windows that a smoothed gradient looks at. */
export const SMOOTHED_WINDOWS = 10;

/**
 * Windows on which a method takes the gradient of every position, each time that it changes the topology: one for growth by
 * gradient and for pruning by weight times gradient, ten for growth by a smoothed gradient, none for all else.
 */
export function scoreWindows({ update, prune }: Pick<Method, 'update' | 'prune'>): number {
  const growth = { none: 0, gradient: 1, momentum: SMOOTHED_WINDOWS }[update?.grow.scores ?? 'none'];
  return growth + (prune?.needs === 'gradient' ? 1 : 0);
}

/**
 * What a method takes for one change of the topology, in floating-point operations per token of a window, beside those of
 * the gradient steps. For each window a forward pass and the gradients of the inputs with the weights there are, and the
 * gradients of all positions:
 *
 *     scoreWindows * (2 * forward + denseForward)
 *
 * A method that starts dense has every weight then, so that this is `3 * denseForward`.
 *
 * @param flops of the model before the change.
 */
export function methodFlops(
  method: Pick<Method, 'update' | 'prune'>,
  { forward, denseForward }: Pick<FlopCount, 'forward' | 'denseForward'>,
): number {
  return scoreWindows(method) * (2 * forward + denseForward);
}
