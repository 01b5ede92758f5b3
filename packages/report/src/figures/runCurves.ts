import type { Run } from '../load/run.ts';
import { CURVES, rounded } from './curves.ts';
import { epochPoints } from './series.ts';
import type { Colour, FigureData, Series } from './types.ts';

const COLOURS: Record<RunLine['part'], Colour> = {
  validation: ['hsl(212 78% 40%)', 'hsl(212 82% 68%)'],
  training: ['hsl(220 8% 46%)', 'hsl(220 8% 66%)'],
};

/** One line of a run's learning curves. */
export interface RunLine {
  /** Index of the panel in the curves of the run's task. */
  panel: number;
  part: 'validation' | 'training';
  x: number[];
  y: number[];
}

/** The lines of a run's learning curves, five significant digits each. */
export function runLines(run: Run): RunLine[] {
  return CURVES[run.task].flatMap(({ validation, training }, panel): RunLine[] => [
    { panel, part: 'validation', ...rounded(epochPoints(run, validation)) },
    ...(training === undefined ? [] : [{ panel, part: 'training' as const, ...rounded(epochPoints(run, training)) }]),
  ]);
}

/** The learning curves that stand in a run's own section; undefined before its first epoch. */
export function runCurves(run: Run): ({ id: string } & FigureData) | undefined {
  if (run.epochs.length === 0) return undefined;
  const panels = CURVES[run.task];
  const series = runLines(run).map(
    ({ panel, part, x, y }): Series => ({
      panel,
      name: part,
      group: part,
      // The panel that has both kinds of lines carries the legend.
      legend: panels[panel].training !== undefined,
      colour: COLOURS[part],
      kind: part === 'validation' ? 'line' : 'dashed',
      x,
      y,
    }),
  );
  const content = {
    xTitle: 'Epoch',
    xFormat: 'd',
    panels: panels.map(({ panel }) => panel),
    series,
    compact: true,
  };
  return { id: `curves-${run.anchor}`, kind: 'chart', initial: 0, variants: [{ label: run.id, content }] };
}
