import type { DistancePair, Distances, PlannedExhibit, PlanRow } from '@sparse-rnn/experiments/runlog';
import { describe, expect, it } from 'vitest';
import { csvText } from '../tables/csv.ts';
import { seedDistances } from './distance.ts';
import type { Chart, Figure } from './types.ts';

const row = (method: string, density: number, seeds: number[]): PlanRow => ({
  label: `method=${method}, density=${density}`,
  settings: { method, density },
  runs: seeds.map(seed => ({ run: `${method}-${density}-${seed}`, seed })),
});

const exhibit = (...rows: PlanRow[]): PlannedExhibit => ({
  id: 'figure-7',
  kind: 'figure',
  title: 'Distance between seeds',
  question: 'Do different seeds find the same topology?',
  setting: 'A small LSTM.',
  command: 'npx sparse-rnn reproduce figure-7',
  view: { kind: 'distance' },
  groups: [{ title: 'demo', rows }],
  published: [],
});

/** Distances whose matched values lie .1 below the raw ones. */
const model = (raw: number, matrices: Record<string, number>, expected = 0.95) => {
  const of = (value: number) => ({ raw: value, matched: value - 0.1, expected, randomMatched: expected - 0.1 });
  return { ...of(raw), matrices: Object.entries(matrices).map(([name, value]) => ({ ...of(value), name })) };
};

const pair = (method: string, seeds: [number, number], start: number | null, end: number): DistancePair => {
  const [a, b] = seeds.map(seed => ({ run: `${method}-0.1-${seed}`, seed, epoch: 4 + seed, topology: 'f' }));
  const parts = (raw: number) => model(raw, { embedding: raw - 0.02, 'lstm0.wx': raw + 0.02 });
  return { a, b, start: start === null ? null : parts(start), end: parts(end) };
};

const distances: Distances = {
  schema: 1,
  pairs: [
    pair('set', [1, 2], 0.94, 0.8),
    pair('set', [1, 3], 0.95, 0.82),
    pair('set', [2, 3], 0.96, 0.84),
    pair('gmp', [1, 2], null, 0.7),
    pair('rigl', [1, 2], 0.95, 0.6),
  ],
};

function chartOf(figure: Figure | undefined, variant = 0): Chart {
  if (figure?.kind !== 'chart') throw new Error('not a chart');
  return figure.variants[variant].content;
}

describe('seedDistances', () => {
  const figure = seedDistances(exhibit(row('set', 0.1, [1, 2, 3]), row('gmp', 0.1, [1, 2])), distances);

  it('draws a point per pair, their mean, and where random topologies are, raw and matched', () => {
    const { panels, series, xLabels } = chartOf(figure);
    expect(panels.map(({ title }) => title)).toEqual(['As numbered (raw)', 'After matching units']);
    expect(xLabels).toEqual(['Start', 'End']);
    const of = (panel: number, kind: string) =>
      series.filter(each => each.panel === panel && each.kind === kind && each.group.includes('set'));
    expect(of(0, 'points')).toMatchObject([{ x: [1, 1, 1, 2, 2, 2], y: [0.94, 0.95, 0.96, 0.8, 0.82, 0.84] }]);
    expect(of(0, 'line')).toMatchObject([{ x: [1, 2], y: [0.95, 0.82], legend: true }]);
    expect(of(0, 'dashed')).toMatchObject([{ x: [1, 2], y: [0.95, 0.95] }]);
    expect(of(1, 'line')).toMatchObject([{ x: [1, 2], y: [0.85, 0.72], legend: false }]);
    expect(of(1, 'dashed')).toMatchObject([{ x: [1, 2], y: [0.85, 0.85] }]);
    expect(series.filter(({ legend }) => legend).map(({ group }) => group)).toEqual([
      'method=set, density=0.1',
      'method=gmp, density=0.1',
    ]);
    expect(figure!.caption).toMatch(/Pairs of runs per setting: 1 to 3\.$/);
  });

  it('a method that starts dense is shown at the end alone', () => {
    const gmp = chartOf(figure).series.filter(({ group }) => group.includes('gmp'));
    expect(gmp.map(({ kind, x, y }) => [kind, x, y])).toEqual([
      ['line', [2], [0.7]],
      ['points', [2], [0.7]],
      ['dashed', [1.85, 2.15], [0.95, 0.95]],
      ['line', [2], [0.6]],
      ['points', [2], [0.6]],
      ['dashed', [1.85, 2.15], [0.85, 0.85]],
    ]);
  });

  it('offers the whole model first, then each matrix', () => {
    if (figure?.kind !== 'chart') throw new Error('not a chart');
    expect(figure.variants.map(({ label }) => label)).toEqual(['Whole model', 'embedding', 'lstm0.wx']);
    const [mean] = chartOf(figure, 2).series;
    expect(mean.y).toEqual([0.97, 0.84]);
  });

  it('writes every pair, moment and matrix to the CSV, and no pair of another exhibit', () => {
    const { columns, rows } = figure!.csv;
    // Three pairs at two moments and one at the end, each a model of two matrices.
    expect(rows).toHaveLength((3 * 2 + 1) * 3);
    const cell = (k: number, column: string) => rows[k][columns.indexOf(column)];
    expect(rows.every(each => each.length === columns.length)).toBe(true);
    expect(['run_a', 'seed_b', 'epoch_a', 'moment', 'matrix', 'raw'].map(column => cell(0, column))).toEqual([
      'set-0.1-1',
      2,
      0,
      'start',
      null,
      0.94,
    ]);
    expect(['epoch_a', 'epoch_b', 'moment', 'matrix', 'matched'].map(column => cell(4, column))).toEqual([
      5,
      6,
      'end',
      'embedding',
      0.8 - 0.02 - 0.1,
    ]);
    expect(csvText(figure!.csv)).not.toContain('rigl');
  });

  it('names the group where there are several, and has one style for each row', () => {
    const two = exhibit(row('set', 0.1, [1, 2, 3]));
    two.groups.push({ title: 'other', rows: [row('rigl', 0.1, [1, 2])] });
    const { series } = chartOf(seedDistances(two, distances));
    expect(new Set(series.map(({ group }) => group))).toEqual(
      new Set(['demo: method=set, density=0.1', 'other: method=rigl, density=0.1']),
    );
    expect(new Set(series.map(({ colour }) => colour[0])).size).toBe(2);
  });

  it('is left out where no two runs of a row were compared', () => {
    expect(seedDistances(exhibit(row('set', 0.2, [1, 2]), row('set', 0.1, [1])), distances)).toBeUndefined();
  });
});
