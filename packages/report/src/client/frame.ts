// What all drawings share: colours, fonts, axes and Plotly's settings.
import type { Colour } from '../figures/types.ts';
import { isDark } from './page.ts';

export type PlotlyObject = Record<string, unknown>;

declare const Plotly: {
  react(element: HTMLElement, traces: PlotlyObject[], layout: PlotlyObject, config: PlotlyObject): Promise<void>;
};
/** The page carries Plotly inside this function. */
declare function startPlotly(): void;

/** Draws, or draws anew. Plotly starts with the first drawing: it takes long, and the figures may never be looked at. */
export function plot(
  element: HTMLElement,
  traces: PlotlyObject[],
  layout: PlotlyObject,
  config: PlotlyObject,
): Promise<void> {
  if (!('Plotly' in window)) startPlotly();
  return Plotly.react(element, traces, layout, config);
}

/** Colours of a chart's frame. */
export function inkColours(): { text: string; grid: string; axis: string; paper: string; card: string } {
  return isDark()
    ? { text: '#c9ced6', grid: '#2b313b', axis: '#5b6472', paper: 'rgba(0,0,0,0)', card: '#1d222a' }
    : { text: '#3a414c', grid: '#e8eaee', axis: '#9aa2ae', paper: 'rgba(0,0,0,0)', card: '#ffffff' };
}

/** Layout that all drawings share; sizes in pixels. */
export function frame(name: string, size: { width: number; height: number }, legendHeight: number): PlotlyObject {
  const ink = inkColours();
  return {
    ...size,
    margin: { l: 66, r: 14, t: 30 + legendHeight, b: 48 },
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
    // Named one by one: Plotly's own set has a button that uploads the chart to a service.
    modeBarButtons: [['toImage', 'zoom2d', 'pan2d', 'resetScale2d']],
    plotlyServerURL: '',
    toImageButtonOptions: { format: 'svg', filename: name },
  };
}

/** An axis with the frame's colours. */
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

/** The colour for the theme of the moment, in the commas that Plotly's parser wants. */
export function pick(colour: Colour): string {
  return colour[isDark() ? 1 : 0].replace(/ /g, ', ');
}

/** Plotly reads a few tags in its texts; a name from a log is none of them. */
export function escaped(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}
