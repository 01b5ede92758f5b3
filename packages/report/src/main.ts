import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { buildReport, type Report } from './build.ts';
import { InputError } from './errors.ts';
import { bytes } from './tables/format.ts';

interface Flags {
  runs: string[];
  out: string;
  files?: string;
  singleFile?: boolean;
  images?: boolean;
  json?: boolean;
}

/**
 * The command `sparse-rnn-report`. Sets `process.exitCode` and returns it: 0 done, 2 bad usage or input; any other error
 * is a fault of the program and is thrown.
 *
 * @param argv As `process.argv`: the program's two names first.
 */
export async function main(argv: readonly string[]): Promise<number> {
  const command = new Command('sparse-rnn-report')
    .description('Builds a small HTML site, and files of each table and figure, from raw run logs. It trains nothing.')
    .option('--runs <dir...>', 'folders of run folders (a plan.json in one is followed), or run folders', ['runs'])
    .option(
      '--out <page>',
      'the first page, which all others lie beside: a file .html, or a folder for index.html',
      firstPage,
      'report/index.html',
    )
    .option('--files <dir>', 'folder of tables and figures as files (default: beside the page)')
    .option('--single-file', 'one self-contained HTML file instead of a site')
    .option('--images', 'also draw every figure to SVG and PNG files beside those (needs Chromium)')
    .option('--json', 'tell the result as one line of JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  sparse-rnn-report --runs runs --out report/index.html\n  sparse-rnn-report --runs results/zaremba-small runs --out both.html --files tables\n' +
        '  sparse-rnn-report --single-file --images --out report.html',
    )
    .exitOverride();
  try {
    command.parse(argv as string[]);
    const flags = command.opts<Flags>();
    const report = await buildReport(flags);
    console.log(flags.json ? JSON.stringify(report) : told(report));
    return exit(0);
  } catch (error) {
    // Commander has written its own message.
    if (error instanceof CommanderError) return exit(error.exitCode === 0 ? 0 : 2);
    if (!(error instanceof InputError)) throw error;
    console.error(error.message);
    return exit(2);
  }
}

/** The file itself, or index.html in a folder. `sparse-rnn` reads its `--out` the same way. */
function firstPage(path: string): string {
  return path.endsWith('.html') ? path : join(path, 'index.html');
}

function exit(code: number): number {
  process.exitCode = code;
  return code;
}

function told(report: Report): string {
  const { status, copies, unreadable, damaged, unlinked, files } = report;
  const counts = Object.entries(status).flatMap(([name, count]) => (count === 0 ? [] : [`${count} ${name}`]));
  const { unreadablePlans, images, pages } = report;
  const size = pages.reduce((sum, file) => sum + statSync(file).size, 0);
  const lines = [
    `${report.runs} ${report.runs === 1 ? 'run' : 'runs'} read${counts.length > 0 ? `: ${counts.join(', ')}` : ''}`,
    ...[...unreadable, ...unreadablePlans].map(({ directory, reason }) => `left out: ${directory} (${reason})`),
    ...(copies.length > 0
      ? [
          `${copies.length} of the runs ${copies.length === 1 ? 'has' : 'have'} the setting and seed of another and ${copies.length === 1 ? 'is' : 'are'} not counted as further seeds; the page says which`,
        ]
      : []),
    ...(damaged > 0
      ? [`${damaged} of the logs ${damaged === 1 ? 'has' : 'have'} lines that could not be read; the page says which`]
      : []),
    ...(unlinked > 0
      ? [
          `${unlinked} of the run folders ${unlinked === 1 ? 'does' : 'do'} not lie near the report and ${unlinked === 1 ? 'has' : 'have'} no link in it, so that it names no folder of this machine`,
        ]
      : []),
    `report: ${report.file} (${pages.length > 1 ? `${pages.length} pages, ` : ''}${bytes(size).replace('\u00a0', ' ')})`,
    `tables and figures as CSV, tables as Markdown and LaTeX: ${dirname(files[0])} (${files.length} files)`,
    ...(images === undefined ? [] : imagesTold(images)),
  ];
  return lines.join('\n');
}

function imagesTold({ files, missing }: NonNullable<Report['images']>): string[] {
  return [
    ...(files.length > 0 ? [`figures as SVG and PNG: ${dirname(files[0])} (${files.length} files)`] : []),
    ...(missing === undefined ? [] : [`figures as SVG and PNG: ${missing}`]),
  ];
}
