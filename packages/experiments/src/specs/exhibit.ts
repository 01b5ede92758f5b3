import type { View } from '../runlog/plan.ts';
import type { StudyRuns } from '../sweep/study.ts';

/**
 * How much is trained. `quick`: seconds a run, to see that everything works. `desk`: hours for all exhibits on two cores.
 * `paper`: the sizes of docs/method.md as published, three seeds.
 */
export const SCALES = ['quick', 'desk', 'paper'] as const;
export type Scale = (typeof SCALES)[number];

/** Runs that may be compared with each other: one preset, one data set. */
export interface Group extends StudyRuns {
  title: string;
}

/** What an exhibit trains at one scale. */
export interface Scaled {
  /** Model, data, epochs and seeds in words, for the report. */
  setting: string;
  groups: readonly Group[];
}

/** A table or figure of the study: what it asks, and the runs that answer. Data alone; the report draws it. */
export interface Exhibit {
  /** `table-1`, `figure-3`. */
  id: string;
  title: string;
  question: string;
  view: View;
  /** Its runs are trained one at a time with every core, as their times are results. */
  alone?: boolean;
  /** Published results to show beside it: files of packages/report/published. */
  published?: readonly string[];
  scales: Readonly<Record<Scale, Scaled>>;
}
