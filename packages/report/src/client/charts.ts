// Draws a chart of panels and series with Plotly.
import type { Chart, Series } from '../figures/types.ts';
import { axis, config, escaped, frame, inkColours, type PlotlyObject, pick, plot } from './frame.ts';
import { drawingWidth, goTo } from './page.ts';
import { xScale, yScale } from './scales.ts';

interface PlotlyElement extends HTMLElement {
  on?: (event: string, listener: (event: { points: { data: { meta?: string } }[] }) => void) => void;
  removeAllListeners?: (event: string) => void;
}

/** Fits an upright sheet with the usual margins. */
const PAPER_WIDTH = 680;
const PANEL_HEIGHT = 250;
const ROW_HEIGHT = 340;
const LONE_PANEL_HEIGHT = 430;
const COMPACT_HEIGHT = 240;

/** How a chart's panels are laid out at a width, in pixels. */
function gridOf(chart: Chart, width: number) {
  const most = width < 560 ? 1 : width < 860 || chart.panels.length === 4 ? 2 : 3;
  const columns = Math.min(chart.panels.length, most);
  const rows = Math.ceil(chart.panels.length / columns);
  const legend = legendHeight(chart, width);
  const lone = rows === 1 ? (columns === 1 ? LONE_PANEL_HEIGHT : ROW_HEIGHT) : PANEL_HEIGHT * rows + 40;
  const height = (chart.compact ? COMPACT_HEIGHT * rows : lone) + legend;
  return { columns, rows, legend, height };
}

/** Height that a chart will have: room is kept for it before it is drawn, so that links land where they should. */
export function chartHeight(chart: Chart, width: number): number {
  return gridOf(chart, width).height;
}

/** Draws, or draws anew after a change of size, theme or choice. */
export async function drawChart(element: PlotlyElement, chart: Chart, name: string): Promise<void> {
  const width = drawingWidth(element, PAPER_WIDTH);
  const grid = gridOf(chart, width);
  const layout = frame(name, { width, height: grid.height }, grid.legend);
  const margin = layout['margin'] as { t: number; b: number };
  const gapX = grid.columns === 1 ? 0 : 78 / width;
  const gapY = grid.rows === 1 ? 0 : 66 / (grid.height - margin.t - margin.b);
  const titles: PlotlyObject[] = [];
  chart.panels.forEach((panel, index) => {
    const column = index % grid.columns;
    const row = Math.floor(index / grid.columns);
    const left = column * ((1 + gapX) / grid.columns);
    const top = 1 - row * ((1 + gapY) / grid.rows);
    const x = [left, left + (1 + gapX) / grid.columns - gapX];
    const y = [top - ((1 + gapY) / grid.rows - gapY), top];
    const lowest = index + grid.columns >= chart.panels.length;
    Object.assign(layout, panelAxes(chart, index, { x, y }, { title: column === 0, lowest }));
    if (panel.title !== '') titles.push(panelTitle(panel.title, (x[0] + x[1]) / 2, top));
  });
  layout['annotations'] = titles;
  await plot(element, chart.series.flatMap(traces), layout, config(name));
  element.removeAllListeners?.('plotly_click');
  element.on?.('plotly_click', event => {
    const address = event.points[0]?.data.meta;
    if (address !== undefined) goTo(address);
  });
}

/** The two axes of a panel. Titles stand at the grid's edges only. */
function panelAxes(
  chart: Chart,
  index: number,
  domain: { x: number[]; y: number[] },
  at: { title: boolean; lowest: boolean },
): PlotlyObject {
  const panel = chart.panels[index];
  const suffix = index === 0 ? '' : String(index + 1);
  return {
    [`xaxis${suffix}`]: axis({
      domain: domain.x,
      anchor: `y${suffix}`,
      title: { text: at.lowest ? chart.xTitle : '', standoff: 8 },
      tickformat: chart.xFormat,
      ...xScale(chart, index),
    }),
    [`yaxis${suffix}`]: axis({
      domain: domain.y,
      anchor: `x${suffix}`,
      title: { text: at.title ? panel.yTitle : '', standoff: 10 },
      tickformat: panel.format.endsWith('%') ? '~%' : '~r',
      hoverformat: panel.format,
      automargin: true,
      ...yScale(panel, chart, index),
    }),
  };
}

function panelTitle(text: string, x: number, y: number): PlotlyObject {
  const at = { x, y, xref: 'paper', yref: 'paper', yanchor: 'bottom', yshift: 6 };
  return { text: `<b>${escaped(text)}</b>`, ...at, showarrow: false, font: { size: 13 } };
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
        fillcolor: colour.replace('hsl(', 'hsla(').replace(')', ', 0.16)'),
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

/** Room in pixels that the legend needs above the panels; its entries wrap. */
function legendHeight(chart: Chart, width: number): number {
  const widths = chart.series.filter(series => series.legend).map(series => series.group.length * 7.2 + 52);
  if (widths.length < 2) return 0;
  const total = widths.reduce((a, b) => a + b, 0);
  const perRow = Math.max(1, Math.floor((width - 20) / Math.max(...widths)));
  return total <= width - 20 ? 24 : Math.ceil(widths.length / perRow) * 30 + 4;
}
