import type { Panel } from '../../figures/types.ts';

/** What the comparison of two runs is made from, by the page's script. */
export interface CompareData {
  /** Every text that a run has; runs name texts by their index here. */
  texts: string[];
  /** Names of what is compared, in groups, in the order of a run's values. */
  groups: { title: string; names: string[] }[];
  /** Panels of the learning curves of each task. */
  panels: Record<string, Panel[]>;
  /** What a run is judged by, per task: the first measure of the test part. */
  measures: Record<string, { name: string; higherIsBetter: boolean; percent: boolean }>;
  runs: ComparedRun[];
}

/** A run of the comparison. */
export interface ComparedRun {
  id: string;
  /** Id of the run's section; for the page's script its address. */
  anchor: string;
  label: string;
  task: string;
  /** Raw test result; null before the run has finished. */
  test: number | null;
  /** Index of the text of each name; -1 where the run has none. */
  values: number[];
  lines: { panel: number; part: 'validation' | 'training'; x: number[]; y: number[] }[];
}
