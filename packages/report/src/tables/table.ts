/** A value with the text that shows it and the place that it comes from. */
export interface Cell {
  /** Raw value, as it goes into the CSV and as the column is sorted by; null where there is none. */
  value: number | string | null;
  text: string;
  /** Id of the section that the value links to: its run, or its block of runs. */
  anchor?: string;
  /** A run folder to link to instead of a section, where it lies near the page. */
  folder?: string;
  /** Whether it stands out as the best of its column. */
  bold?: boolean;
}

export interface Column {
  /** The CSV's column name, with its unit: `peak_rss_bytes`. */
  key: string;
  title: string;
  /** What the column means, where the title alone does not say. */
  hint?: string;
  numeric: boolean;
  /** Whether the page leaves the column out where all its values are the same; the CSV always has it. */
  onlyIfDiffers?: boolean;
  /** Whether the first click sorts it from high to low: the best value comes first. */
  highFirst?: boolean;
  /** Whether the page leaves the column out; the CSV always has it. */
  hidden?: boolean;
  /** Whether its text may break into lines. */
  prose?: boolean;
}

/** A table of the report: one HTML table and one CSV file. */
export interface Table {
  /** HTML id and the CSV's file name. */
  id: string;
  title: string;
  caption: string;
  columns: Column[];
  rows: Cell[][];
}

/** A column and how a row's item fills it. */
export interface Field<T> extends Column {
  cell(item: T): Omit<Cell, 'anchor'>;
}

/** Builds a table by a list of fields; every cell of a row links to the item's anchor, where it has one. */
export function tableOf<T extends { anchor?: string | undefined }>(
  head: Pick<Table, 'id' | 'title' | 'caption'>,
  items: readonly T[],
  fields: readonly Field<T>[],
): Table {
  return {
    ...head,
    columns: fields.map(({ cell: _, ...column }) => column),
    rows: items.map(item => fields.map(field => ({ anchor: item.anchor, ...field.cell(item) }))),
  };
}

/** A column of text. */
export function text<T>(key: string, title: string, value: (item: T) => string): Field<T> {
  return { key, title, numeric: false, cell: item => ({ value: value(item), text: value(item) }) };
}

/** A column of numbers. `hint` says what the number is, with its unit. */
export function number<T>(
  key: string,
  title: string,
  value: (item: T) => number | null,
  format: (value: number | null) => string,
  hint?: string,
): Field<T> {
  return { key, title, hint, numeric: true, cell: item => ({ value: value(item), text: format(value(item)) }) };
}

/** The same column, left out of the page where it says the same in every row. */
export function onlyIfDiffers<T>(field: Field<T>): Field<T> {
  return { ...field, onlyIfDiffers: true };
}

/** The columns that the page shows, by index. */
export function shownColumns(table: Table): number[] {
  return table.columns.flatMap((column, index) =>
    column.hidden || (column.onlyIfDiffers && new Set(table.rows.map(row => row[index].text)).size < 2) ? [] : [index],
  );
}
