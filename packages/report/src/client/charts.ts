// Draws a chart of panels and series with Plotly.
import type { Chart, Colour, Panel, Series } from '../figures/types.ts';
import { goTo, isDark } from './page.ts';

type PlotlyObject = Record<string, unknown>;
interface PlotlyElement extends HTMLElement {
  on?: (event: string, listener: (event: { points: { data: { meta?: string } }[] }) => void) => void;
  removeAllListeners?: (event: string) => void;
}
declare const Plotly: {
  react(element: HTMLElement, traces: PlotlyObject[], layout: PlotlyObject, config: PlotlyObject): Promise<void>;
};

const PANEL_HEIGHT = 250;
const LONE_PANEL_HEIGHT = 430;

/** Colours of a chart's frame. */
export function inkColours(): { text: string; grid: string; axis: string; paper: string; card: string } {
  return isDark()
    ? { text: '#c9ced6', grid: '#2b313b', axis: '#5b6472', paper: 'rgba(0,0,0,0)', card: '#1d222a' }
    : { text: '#3a414c', grid: '#e8eaee', axis: '#9aa2ae', paper: 'rgba(0,0,0,0)', card: '#ffffff' };
}

/** Draws, or draws anew after a change of size, theme or choice. */
export async function drawChart(element: PlotlyElement, chart: Chart, name: string): Promise<void> {
  const width = element.clientWidth || 900;
  const most = width < 560 ? 1 : width < 860 || chart.panels.length === 4 ? 2 : 3;
  const columns = Math.min(chart.panels.length, most);
  const rows = Math.ceil(chart.panels.length / columns);
  const legendRows = legendHeight(chart, width);
  const height = (chart.panels.length === 1 ? LONE_PANEL_HEIGHT : PANEL_HEIGHT * rows + 40) + legendRows;
  const layout = frame(name, height, legendRows);
  const margin = layout['margin'] as { t: number; b: number };
  const inner = height - margin.t - margin.b;
  const gapX = columns === 1 ? 0 : 78 / width;
  const gapY = rows === 1 ? 0 : 66 / inner;
  const annotations: PlotlyObject[] = [];
  chart.panels.forEach((panel, index) => {
    const column = index % columns;
    const row = Math.floor(index / columns);
    const left = column * ((1 + gapX) / columns);
    const top = 1 - row * ((1 + gapY) / rows);
    const domain = { x: [left, left + (1 + gapX) / columns - gapX], y: [top - ((1 + gapY) / rows - gapY), top] };
    const suffix = index === 0 ? '' : String(index + 1);
    const lowest = row === rows - 1 || index + columns >= chart.panels.length;
    layout[`xaxis${suffix}`] = axis({
      domain: domain.x,
      anchor: `y${suffix}`,
      title: { text: lowest ? chart.xTitle : '', standoff: 8 },
      tickformat: chart.xFormat,
      ...(chart.xTitle === 'Epoch' ? epochTicks(chart, index) : { rangemode: 'tozero' }),
    });
    layout[`yaxis${suffix}`] = axis({
      domain: domain.y,
      anchor: `x${suffix}`,
      title: { text: column === 0 ? panel.yTitle : '', standoff: 10 },
      tickformat: panel.format.endsWith('%') ? '~%' : panel.format,
      hoverformat: panel.format,
      automargin: true,
      ...yScale(panel, chart, index),
    });
    if (panel.title !== '') {
      const middle = (domain.x[0] + domain.x[1]) / 2;
      annotations.push({
        text: `<b>${escaped(panel.title)}</b>`,
        x: middle,
        y: top,
        xref: 'paper',
        yref: 'paper',
        yanchor: 'bottom',
        yshift: 6,
        showarrow: false,
        font: { size: 13 },
      });
    }
  });
  layout['annotations'] = annotations;
  await Plotly.react(
    element,
    chart.series.flatMap(series => traces(series)),
    layout,
    config(name),
  );
  element.removeAllListeners?.('plotly_click');
  element.on?.('plotly_click', event => {
    const anchor = event.points[0]?.data.meta;
    if (anchor !== undefined) goTo(anchor);
  });
}

/** Layout that all charts share. */
export function frame(name: string, height: number, legendRows: number): PlotlyObject {
  const ink = inkColours();
  return {
    height,
    margin: { l: 66, r: 14, t: 30 + legendRows, b: 48 },
    paper_bgcolor: ink.paper,
    plot_bgcolor: ink.paper,
    font: {
      family: 'system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif',
      size: 12.5,
      color: ink.text,
    },
    hovermode: 'closest',
    hoverlabel: { bgcolor: ink.card, bordercolor: ink.axis, font: { color: ink.text } },
    legend: {
      orientation: 'h',
      xref: 'container',
      yref: 'container',
      x: 0.5,
      xanchor: 'center',
      y: 1,
      yanchor: 'top',
    },
    meta: name,
  };
}

/** Plotly's settings: no logo, SVG as the picture that its camera saves. */
export function config(name: string): PlotlyObject {
  return {
    displaylogo: false,
    responsive: false,
    displayModeBar: 'hover',
    modeBarButtonsToRemove: ['select2d', 'lasso2d', 'autoScale2d', 'zoomIn2d', 'zoomOut2d'],
    toImageButtonOptions: { format: 'svg', filename: name },
  };
}

export function axis(more: PlotlyObject): PlotlyObject {
  const ink = inkColours();
  return {
    gridcolor: ink.grid,
    linecolor: ink.axis,
    tickcolor: ink.axis,
    showline: true,
    zeroline: false,
    ticks: 'outside',
    ticklen: 4,
    ...more,
  };
}

function yScale(panel: Panel, chart: Chart, index: number): PlotlyObject {
  if (panel.scale === 'linear') {
    if (panel.fromZero) return { rangemode: 'tozero' };
    return evenRange(panel, chart, index);
  }
  const values = chart.series
    .filter(series => series.panel === index)
    .flatMap(series => [...series.y, ...(series.high ?? [])]);
  const low = Math.min(...values.filter(value => value > 0));
  const high = Math.max(...values);
  if (!Number.isFinite(low) || !Number.isFinite(high)) return {};
  const ticks = logTicks(low, high);
  return {
    type: 'log',
    range: [Math.log10(low) - 0.02, Math.log10(high) + 0.02],
    tickvals: ticks,
    ticktext: ticks.map(value => value.toLocaleString('en-GB')),
  };
}

/** A line that does not move must not be blown up to fill the panel: densities get at least a tenth of their value. */
function evenRange(panel: Panel, chart: Chart, index: number): PlotlyObject {
  if (!panel.format.endsWith('%')) return {};
  const values = chart.series.filter(series => series.panel === index).flatMap(series => series.y);
  const low = Math.min(...values);
  const high = Math.max(...values);
  const least = 0.1 * high;
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

function traces(series: Series): PlotlyObject[] {
  const colour = pick(series.colour);
  const suffix = series.panel === 0 ? '' : String(series.panel + 1);
  const common = {
    type: 'scatter',
    x: series.x,
    name: escaped(series.group),
    legendgroup: series.group,
    showlegend: series.legend,
    xaxis: `x${suffix}`,
    yaxis: `y${suffix}`,
    meta: series.anchor,
  };
  if (series.kind === 'band') {
    const edge = { ...common, mode: 'lines', line: { width: 0, color: colour }, hoverinfo: 'skip' };
    return [
      { ...edge, y: series.y },
      {
        ...edge,
        y: series.high,
        fill: 'tonexty',
        fillcolor: colour.replace('hsl(', 'hsla(').replace(/ /g, ', ').replace(')', ', 0.16)'),
      },
    ];
  }
  const hovertemplate = `%{y}<extra>${escaped(series.name)}</extra>`;
  if (series.kind === 'points') {
    return [
      {
        ...common,
        y: series.y,
        mode: 'markers',
        marker: {
          color: colour,
          symbol: series.symbol ?? 'circle',
          size: 11,
          line: { width: 1, color: inkColours().card },
        },
        hovertemplate,
      },
    ];
  }
  const single = series.x.length === 1;
  return [
    {
      ...common,
      y: series.y,
      mode: single ? 'markers' : series.kind === 'line' ? 'lines+markers' : 'lines',
      line: {
        color: colour,
        width: series.kind === 'line' ? 2.2 : series.kind === 'thin' ? 0.9 : 1.4,
        dash: series.kind === 'dashed' ? '5px,4px' : 'solid',
      },
      marker: { color: colour, symbol: series.symbol ?? 'circle', size: single ? 8 : 6 },
      opacity: series.kind === 'thin' ? 0.75 : 1,
      hovertemplate,
    },
  ];
}

/** The colour for the theme of the moment, in the commas that Plotly's parser wants. */
export function pick(colour: Colour): string {
  return colour[isDark() ? 1 : 0].replace(/ /g, ', ');
}

/** Room in pixels that the legend needs above the panels; its entries wrap. */
function legendHeight(chart: Chart, width: number): number {
  const widths = chart.series.filter(series => series.legend).map(series => series.group.length * 7.2 + 52);
  if (widths.length < 2) return 0;
  const total = widths.reduce((a, b) => a + b, 0);
  const perRow = Math.max(1, Math.floor((width - 20) / Math.max(...widths)));
  return (total <= width - 20 ? 1 : Math.ceil(widths.length / perRow)) * 20 + 4;
}

/** Plotly reads a few tags in its texts; a name from a log is none of them. */
export function escaped(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}
