import type { Csv } from '../tables/csv.ts';

/** A colour on the light and on the dark page. */
export type Colour = [light: string, dark: string];

/** A line, or the band between two lines. */
export interface Series {
  /** Index of the panel that it is drawn in. */
  panel: number;
  /** What the hover box says. */
  name: string;
  /** Series of one group share a legend entry of this text and are hidden together. */
  group: string;
  /** Whether this series carries the group's legend entry. */
  legend: boolean;
  colour: Colour;
  /** Plotly's name of the marker; a circle where it is left out. */
  symbol?: string;
  kind: 'line' | 'thin' | 'dashed' | 'band' | 'points';
  x: number[];
  /** Lower edge where the series is a band. */
  y: number[];
  /** Upper edge of a band. */
  high?: number[];
  /** Id of the section that a click leads to. */
  anchor?: string;
}

export interface Panel {
  title: string;
  yTitle: string;
  scale: 'linear' | 'log';
  /** Plotly's number format (d3) of the values in hover boxes and ticks. */
  format: string;
  /** Whether the axis starts at 0. */
  fromZero?: boolean;
  /** Least range of a linear axis, as a share of the largest value: what hardly moves is not blown up. */
  leastRange?: number;
  /** Whether the x axis is logarithmic. */
  xLog?: boolean;
}

/** Panels beside each other that share the kind of x axis. */
export interface Chart {
  xTitle: string;
  xFormat: string;
  /** Names of the whole numbers 1, 2, ... on the x axis, where it has no scale. */
  xLabels?: string[];
  panels: Panel[];
  series: Series[];
  /** Whether it stands in the section of a run, where it is lower. */
  compact?: boolean;
}

/** One choice of a figure that shows one run at a time. */
export interface Variant<T> {
  label: string;
  /** Section of the run that is shown. */
  anchor?: string;
  content: T;
}

/** Pictures of one matrix's topology, one per logged epoch, of a window of its positions. */
export interface TopologyPictures {
  matrix: string;
  /** Size of the window, and of the whole matrix. */
  rows: number;
  cols: number;
  matrixRows: number;
  matrixCols: number;
  epochs: number[];
  /** Active positions per epoch: base64 of a bit set, bit `p & 7` of byte `p >> 3` for position p = row * cols + col. */
  active: string[];
}

interface FigureHead {
  /** HTML id and the CSV's file name. */
  id: string;
  title: string;
  caption: string;
  /** What its variants are, beside the box that chooses one. Default `Run`. */
  choice?: string;
  csv: Csv;
}

/** The part of a figure that the page's script needs; `initial` is the index of the variant that is shown first. */
export type FigureData =
  | { kind: 'chart'; initial: number; variants: Variant<Chart>[] }
  | { kind: 'topology'; initial: number; variants: Variant<TopologyPictures>[] };

/** A figure of the report: drawn in the page from compact data, and one CSV file. */
export type Figure = FigureHead & FigureData;
