import type { OptimizerSettings } from '../../optim/optimizer.ts';
import type { DropRule } from '../drop/rule.ts';
import type { GrowRule } from '../grow/rule.ts';
import type { Pruning } from '../prune/pruning.ts';
import type { GateSharing } from '../redistribute/gates.ts';
import type { RedistributeRule } from '../redistribute/rule.ts';

/** The rules that a topology update is made of. */
export interface UpdateRules {
  /** Which weights go. */
  readonly drop: DropRule;
  /** How many grow in each matrix. */
  readonly redistribute: RedistributeRule;
  /** Where they grow. */
  readonly grow: GrowRule;
}

/** A way of training a sparse (or, to compare with, a dense) model. */
export interface Method {
  readonly name: string;
  /** Author, year and title; the empty string where there is nothing to cite. */
  readonly paper: string;
  /** One line for lists and reports. */
  readonly description: string;
  /** True if every matrix stays dense: density and distribution have no meaning, unless `small` is set. */
  readonly dense: boolean;
  /** True if training starts from dense matrices whatever the density; memory is then that of the dense model. */
  readonly startsDense: boolean;
  /** True if the model has fewer hidden units, so that it has as many parameters as a sparse one of the given density. */
  readonly small?: boolean;
  /** How the topology changes; absent where it never does. */
  readonly update?: UpdateRules;
  /** How weights go for good; absent where the number of weights is fixed. */
  readonly prune?: Pruning;
  /** What happens to the weights after every gradient step, beside the optimizer's work. */
  readonly rewire?: Rewiring;
  /** Settings that the method's paper prescribes beyond the rules: defaults that a user may override. */
  readonly settings?: MethodSettings;
}

/**
 * The walk of DEEP R (Bellec et al. 2018), taken after each optimizer step by every active weight w of a sparse matrix:
 *
 * - a weight that was 0 before the step is dormant: it stays 0 until an update drops it;
 * - any other becomes `w' = w_opt - rate * l1 * sign(w) + sqrt(2 * rate * temperature) * u`, with w_opt what the optimizer
 *   made of it, w its value before the step, rate the learning rate of the step and u uniform in (-sqrt 3, sqrt 3), so of
 *   variance 1 (`walkDraw`; the paper draws from N(0, 1));
 * - if w' has another sign than w, it becomes 0, and so dormant.
 */
export interface Rewiring {
  /** Strength of the pull toward zero, alpha in the paper. */
  readonly l1: number;
  /** Strength of the noise, T in the paper. */
  readonly temperature: number;
}

/** The settings that a method may prescribe. */
export interface MethodSettings {
  /** Name of the optimizer. */
  readonly optimizer?: OptimizerSettings['name'];
  /** How the first topology shares the density. */
  readonly distribution?: 'uniform' | 'er';
  /** Whether the gates of a stacked matrix compete. */
  readonly gates?: GateSharing;
  /** How the removal rate goes on. */
  readonly schedule?: 'constant' | 'cosine';
  /** Removal rate p at the end of a cosine. */
  readonly endRate?: number;
  /** Standard deviation of new weights. */
  readonly growStd?: number;
}
