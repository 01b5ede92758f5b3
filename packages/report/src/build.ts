import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { InputError } from './errors.ts';
import { type Loaded, loadRuns } from './load/index.ts';
import { reportPage } from './pages/report.ts';
import { blockCsv, partsOf } from './parts.ts';
import { csvText } from './tables/csv.ts';
import { loadSummarise } from './tables/statistics.ts';

export interface ReportOptions {
  /** Folders of run folders, or run folders themselves. */
  runs: string[];
  /** The HTML file; its folder is made where missing. */
  out: string;
  /** Folder of the CSV files. Default: beside the page, named after it (`index.html` -> `index-csv`). */
  csv?: string;
}

export interface Report {
  /** The page, as given in `out`. */
  file: string;
  /** Runs that are in it, and folders whose log could not be read. */
  runs: number;
  unreadable: Loaded['unreadable'];
  /** Runs with lines that could not be read. */
  damaged: number;
  /** Count of runs per status. */
  status: Record<'finished' | 'failed' | 'unfinished', number>;
  /** The CSV files, one per table and figure. */
  csv: string[];
}

/**
 * Builds the report: reads every run log below some folders and writes one self-contained HTML file and a CSV file for
 * each table and figure. Nothing is trained, and no log is changed. Damaged logs are listed in the page.
 *
 * @throws InputError where a folder is missing, no run is found, or the output cannot be written.
 * @example
 * const report = await buildReport({ runs: ['runs'], out: 'report/index.html' });
 * console.log(`${report.runs} runs in ${report.file}`);
 */
export async function buildReport(options: ReportOptions): Promise<Report> {
  const loaded = loadRuns(options.runs);
  const csvFolder = options.csv ?? join(dirname(options.out), `${basename(options.out, extname(options.out))}-csv`);
  const summarise = await loadSummarise();
  const parts = partsOf(loaded.studies, summarise);
  const csv = new Map(
    parts.flatMap(({ blocks }) => blocks.map(block => [block.content.id, csvText(blockCsv(block))] as const)),
  );
  const page = reportPage(
    { loaded, summarise, parts, csv },
    { pageFolder: dirname(resolve(options.out)), csvFolder: resolve(csvFolder), parts: parts.length > 1 },
  );
  const files: string[] = [];
  try {
    write(options.out, page);
    for (const [id, text] of csv) {
      const file = join(csvFolder, `${id}.csv`);
      write(file, text);
      files.push(file);
    }
  } catch (error) {
    throw new InputError(
      `expected to write "${options.out}" and "${csvFolder}", got ${(error as Error).message}; choose another --out`,
    );
  }
  const status = { finished: 0, failed: 0, unfinished: 0 };
  for (const run of loaded.runs) status[run.status]++;
  return {
    file: options.out,
    runs: loaded.runs.length,
    unreadable: loaded.unreadable,
    damaged: loaded.runs.filter(run => run.damaged.length > 0).length,
    status,
    csv: files,
  };
}

/** Writes beside and renames, so that a reader never sees half a file. */
function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, text);
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
