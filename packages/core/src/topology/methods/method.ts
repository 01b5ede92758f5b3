import type { DropRule } from '../drop/rule.ts';
import type { GrowRule } from '../grow/rule.ts';
import type { RedistributeRule } from '../redistribute/rule.ts';

/** The rules that a topology update is made of. */
export interface UpdateRules {
  readonly drop: DropRule;
  readonly redistribute: RedistributeRule;
  readonly grow: GrowRule;
}

/** A way of training a sparse (or, to compare with, a dense) model. */
export interface Method {
  readonly name: string;
  /** Author, year and title; the empty string where there is nothing to cite. */
  readonly paper: string;
  /** One line for lists and reports. */
  readonly description: string;
  /** True if every matrix stays dense: density and distribution have no meaning. */
  readonly dense: boolean;
  /** True if training starts from dense matrices whatever the density; memory is then that of the dense model. */
  readonly startsDense: boolean;
  /** How the topology changes; absent where it never does. */
  readonly update?: UpdateRules;
}
