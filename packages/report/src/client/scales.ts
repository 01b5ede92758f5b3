// Ranges and ticks of the axes.
import type { Chart, Panel } from '../figures/types.ts';
import type { PlotlyObject } from './frame.ts';

/** Range and ticks of a panel's x axis. */
export function xScale(chart: Chart, index: number): PlotlyObject {
  const { xLabels, xTitle } = chart;
  if (chart.panels[index].xLog)
    return logScale(
      chart.series.filter(series => series.panel === index).flatMap(series => series.x),
      0.05,
    );
  if (xLabels === undefined) return xTitle === 'Epoch' ? epochTicks(chart, index) : { rangemode: 'tozero' };
  const tickvals = xLabels.map((_, k) => k + 1);
  return { range: [0.5, xLabels.length + 0.5], tickvals, ticktext: xLabels };
}

/** Range and ticks of a panel's y axis. */
export function yScale(panel: Panel, chart: Chart, index: number): PlotlyObject {
  if (panel.scale === 'linear') {
    if (panel.fromZero) return { rangemode: 'tozero' };
    return evenRange(panel, chart, index);
  }
  const values = chart.series
    .filter(series => series.panel === index)
    .flatMap(series => [...series.y, ...(series.high ?? [])]);
  return logScale(values, 0.02);
}

/** @param margin room beyond the outermost values, in decades. */
function logScale(values: readonly number[], margin: number): PlotlyObject {
  const low = Math.min(...values.filter(value => value > 0));
  const high = Math.max(...values);
  if (!Number.isFinite(low) || !Number.isFinite(high)) return {};
  const ticks = logTicks(low, high);
  return {
    type: 'log',
    range: [Math.log10(low) - margin, Math.log10(high) + margin],
    tickvals: ticks,
    ticktext: ticks.map(tickText),
  };
}

/** Counts of millions are shorter with their prefix. */
function tickText(value: number): string {
  return value < 100_000
    ? value.toLocaleString('en-GB')
    : value.toLocaleString('en-GB', { notation: 'compact', maximumSignificantDigits: 3 });
}

/** A line that does not move must not be blown up to fill the panel. */
function evenRange(panel: Panel, chart: Chart, index: number): PlotlyObject {
  if (panel.leastRange === undefined) return {};
  const values = chart.series.filter(series => series.panel === index).flatMap(series => series.y);
  const low = Math.min(...values);
  const high = Math.max(...values);
  const least = panel.leastRange * high;
  if (high - low >= least || values.length === 0) return {};
  const middle = (low + high) / 2;
  return { range: [middle - least / 2, middle + least / 2] };
}

/** Tick values of a log axis: 1, 2, 5 per decade, finer where the range is narrow. */
function logTicks(low: number, high: number): number[] {
  for (const steps of [
    [1, 2, 5],
    [1, 1.5, 2, 3, 4, 5, 7],
    [1, 1.2, 1.4, 1.6, 1.8, 2, 2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9],
  ]) {
    const ticks: number[] = [];
    for (let decade = Math.floor(Math.log10(low)); decade <= Math.ceil(Math.log10(high)); decade++) {
      for (const step of steps) {
        const value = Number((step * 10 ** decade).toPrecision(3));
        if (value >= low * 0.98 && value <= high * 1.02) ticks.push(value);
      }
    }
    if (ticks.length >= 4) return ticks;
  }
  const count = 5;
  return Array.from({ length: count }, (_, index) =>
    Number((low * (high / low) ** (index / (count - 1))).toPrecision(4)),
  );
}

/** Whole epochs only, also where there are few. */
function epochTicks(chart: Chart, panel: number): PlotlyObject {
  const last = Math.max(1, ...chart.series.filter(series => series.panel === panel).flatMap(series => series.x));
  const step = [1, 2, 5, 10, 20, 50, 100, 200, 500].find(candidate => last / candidate <= 8) ?? Math.ceil(last / 8);
  return { dtick: step, tick0: 0 };
}
