import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { packageFile } from '../packageFile.ts';
import { UsageError } from '../specs/usageError.ts';
import { option } from './options.ts';

/** The report reads run logs alone and is a program of its own; it is started, not imported. */
const PROGRAM = packageFile('../report/bin/sparse-rnn-report.js');

export function reportCommand(): Command {
  return new Command('report')
    .description('builds a small HTML site, and files of each table and figure, from run logs')
    .option('--runs <dir...>', 'folders of run folders, or run folders', ['runs'])
    .addOption(option.page('--out', 'the first page, which all others lie beside').default('report/index.html'))
    .option('--files <dir>', 'folder of tables and figures as files (default: beside the page)')
    .option('--single-file', 'one self-contained HTML file instead of a site')
    .option('--images', 'also draws every figure to SVG and PNG files beside those (needs Chromium)')
    .option('--json', 'tells the result as one line of JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  sparse-rnn report\n  sparse-rnn report --runs results/zaremba-small runs --out both.html\n' +
        '  sparse-rnn report --single-file --images --out report.html',
    )
    .action((flags: ReportFlags) => {
      process.exitCode = buildReport(flags);
    });
}

interface ReportFlags {
  runs: string[];
  out: string;
  files?: string;
  singleFile?: boolean;
  images?: boolean;
  json?: boolean;
}

/** Builds the report in a process of its own. @returns Its exit code. */
export function buildReport(flags: ReportFlags & { quiet?: boolean }): number {
  if (!existsSync(PROGRAM)) {
    throw new UsageError(
      `The report's program is missing: expected ${PROGRAM}. Run 'npm run setup && npm run build' in the workspace.`,
    );
  }
  const args = ['--runs', ...flags.runs, '--out', flags.out];
  if (flags.files !== undefined) args.push('--files', flags.files);
  if (flags.singleFile) args.push('--single-file');
  if (flags.images) args.push('--images');
  if (flags.json) args.push('--json');
  const { status, error } = spawnSync(process.execPath, [PROGRAM, ...args], {
    stdio: ['ignore', flags.quiet ? 'ignore' : 'inherit', 'inherit'],
  });
  if (error !== undefined) throw error;
  return status ?? 1;
}
