import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { InputError } from './errors.ts';
import { renderFigures } from './images/render.ts';
import { type Loaded, loadRuns } from './load/index.ts';
import { figuresOf } from './pages/blocks.ts';
import { shownExhibits } from './pages/exhibit.ts';
import { nearPath } from './pages/links.ts';
import { type ReportContent, reportPages, surroundOf } from './pages/report.ts';
import { type ReportFiles, singleFile, siteFiles } from './pages/shell.ts';
import type { Place } from './pages/tables.ts';
import { type Block, blockDownloads, partsOf } from './parts.ts';
import { loadSummarise } from './tables/statistics.ts';

/** What a report is made of, and where it goes. */
export interface ReportOptions {
  /** Folders of run folders, or run folders themselves; each may hold a plan.json. */
  runs: string[];
  /** The first page; its folder is made where missing. Other pages and what they share are written beside it. */
  out: string;
  /** Folder of the files of tables and figures. Default: beside the page, named after it (`index.html` -> `index-files`). */
  files?: string;
  /** Whether the report is one file that asks for nothing outside itself. Default: a page per table and figure. */
  singleFile?: boolean;
  /** Whether figures are also drawn to SVG and PNG files beside the CSV files; needs Chromium. */
  images?: boolean;
}

/** What was written, and what could not be read. */
export interface Report {
  /** The first page, as given in `out`. */
  file: string;
  /** All pages, the first one too. */
  pages: string[];
  /** Runs that are in it. */
  runs: number;
  /** Folders of runs that are not summarised, as the run in the folder `of` has the same setting and seed. */
  copies: { directory: string; of: string }[];
  /** Folders whose log could not be read. */
  unreadable: Loaded['unreadable'];
  /** Folders whose plan could not be read. */
  unreadablePlans: Loaded['unreadablePlans'];
  /** Runs with lines that could not be read. */
  damaged: number;
  /** Runs whose folder is named without a link, as it does not lie near the page: see docs/report.md. */
  unlinked: number;
  /** Count of runs per status. */
  status: Record<'finished' | 'failed' | 'unfinished', number>;
  /** Planned tables and figures. */
  exhibits: number;
  /** A CSV file for each table and figure; tables as Markdown and LaTeX too. */
  files: string[];
  /** Pictures of figures; undefined where none were asked for. */
  images?: {
    /** Their paths. */
    files: string[];
    /** Why there are none, or not all. */
    missing?: string;
  };
}

/**
 * Builds the report: reads every run log below some folders and writes a small site, or one self-contained HTML file, and
 * files of each table and figure. Nothing is trained, and no log is changed. Damaged logs are listed on the first
 * page.
 *
 * @throws InputError where a folder is missing, neither a run nor a plan is found, or the output cannot be written.
 * @example
 * const report = await buildReport({ runs: ['runs'], out: 'report/index.html' });
 * console.log(`${report.runs} runs in ${report.file}`);
 */
export async function buildReport(options: ReportOptions): Promise<Report> {
  const { out, singleFile: single = false } = options;
  const loaded = loadRuns(options.runs);
  const stem = basename(out, extname(out));
  const filesFolder = options.files ?? join(dirname(out), `${stem}-files`);
  const content = await contentOf(loaded);
  const blocks = allBlocks(content);
  try {
    const images = options.images ? await renderFigures(figuresOf(blocks), filesFolder) : undefined;
    const place: Place = {
      pageFolder: dirname(resolve(out)),
      filesFolder: resolve(filesFolder),
      single,
      images: images?.files ?? new Map(),
    };
    const pages = reportPages(content, place);
    const names = { index: basename(out), prefix: stem === 'index' ? '' : `${stem}-` };
    const surround = surroundOf(content);
    const files: ReportFiles = single
      ? new Map([[names.index, singleFile(pages, surround)]])
      : siteFiles(pages, names, surround);
    for (const [name, text] of files) write(join(dirname(out), name), text);
    return {
      ...counted(loaded),
      unlinked: loaded.runs.filter(run => nearPath(place.pageFolder, run.directory) === undefined).length,
      file: out,
      pages: [...files.keys()].filter(name => name.endsWith(extname(out))).map(name => join(dirname(out), name)),
      files: blocks.flatMap(blockDownloads).map(({ name, text }) => write(join(filesFolder, name), text)),
      images: images && {
        files: [...images.files.values()].flat().map(name => join(filesFolder, name)),
        missing: images.missing,
      },
    };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    throw new InputError(
      `expected to write "${out}" and "${filesFolder}", got ${(error as Error).message}; choose another --out`,
    );
  }
}

/** Everything that a report of some runs shows, before it is written: the tables of the docs are taken from it. */
export async function contentOf(loaded: Loaded): Promise<ReportContent> {
  const summarise = await loadSummarise();
  const parts = partsOf(loaded.summarised, summarise);
  const taken = new Set(parts.flatMap(({ blocks }) => blocks.map(({ content }) => content.id)));
  return { loaded, summarise, parts, exhibits: shownExhibits(loaded, summarise, taken) };
}

function allBlocks({ parts, exhibits }: ReportContent): Block[] {
  return [...exhibits, ...parts].flatMap(({ blocks }) => blocks);
}

function counted(
  loaded: Loaded,
): Pick<Report, 'runs' | 'copies' | 'unreadable' | 'unreadablePlans' | 'damaged' | 'status' | 'exhibits'> {
  const status = { finished: 0, failed: 0, unfinished: 0 };
  for (const run of loaded.runs) status[run.status]++;
  return {
    runs: loaded.runs.length,
    copies: loaded.copies.map(({ run, of }) => ({ directory: run.directory, of: of.directory })),
    unreadable: loaded.unreadable,
    unreadablePlans: loaded.unreadablePlans,
    damaged: loaded.runs.filter(run => run.damaged.length > 0).length,
    status,
    exhibits: loaded.plans.flatMap(plan => plan.exhibits).length,
  };
}

/** Writes beside and renames, so that a reader never sees half a file. @returns The file. */
function write(file: string, text: string): string {
  mkdirSync(dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, text);
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  return file;
}
