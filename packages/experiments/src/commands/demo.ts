import { Command } from 'commander';
import type { RunResult } from '../run/types.ts';
import { readRunLog } from '../runlog/reader.ts';
import { UsageError } from '../specs/usageError.ts';
import { bytes, count, duration, perplexity, shortPath, table } from './format.ts';
import { option } from './options.ts';
import { trainInProcesses } from './processes/children.ts';
import { buildReport } from './report.ts';
import { runArguments, type TrainingFlags } from './run.ts';

interface DemoFlags extends TrainingFlags {
  set: string[];
  runs: string;
  out: string;
}

export function demoCommand(): Command {
  return new Command('demo')
    .description('trains a small sparse LSTM beside its dense twin on real text, and builds the report')
    .addOption(option.runs())
    .addOption(option.page('--out', 'the report').default('report/index.html'))
    .addOption(option.set())
    .addOption(option.engine())
    .addOption(option.threads())
    .addOption(option.fresh('trains again even if the runs are finished'))
    .addOption(option.json('one line of JSON per run on stdout; everything else goes to stderr'))
    .addHelpText('after', '\nExamples:\n  sparse-rnn demo\n  sparse-rnn demo --fresh --threads 1')
    .action(demo);
}

async function demo(flags: DemoFlags): Promise<void> {
  const own = flags.set.filter(text => /^\s*method\s*=/.test(text));
  if (own.length > 0) {
    throw new UsageError(
      `The demo trains dense and set: expected no method, got '${own[0]}'. Use 'sparse-rnn run demo --set ${own[0]}'.`,
    );
  }
  // The dense twin has no density of its own.
  const shared = flags.set.filter(text => !/^\s*density\s*=/.test(text));
  const runs = [
    { label: 'method=dense', settings: shared },
    { label: 'method=set', settings: flags.set },
  ].map(({ label, settings }) => ({ label, args: runArguments('demo', [...settings, label], flags) }));
  const results = await trainInProcesses(runs);
  if (process.exitCode) return;
  const print = (text: string) => (flags.json ? process.stderr : process.stdout).write(`${text}\n`);
  if (results.every(({ reused }) => reused)) print('Both runs were finished before and are reused.');
  const [dense, sparse] = results;
  print(`\n${closingTable(dense, sparse)}\n\n${verdict(dense, sparse)}\n`);
  process.exitCode = buildReport({ runs: [flags.runs], out: flags.out, quiet: true });
  if (process.exitCode === 0) print(`Report: ${shortPath(flags.out)}  (open it in a browser)`);
}

function closingTable(dense: RunResult, sparse: RunResult): string {
  const rows: [string, (result: RunResult) => string][] = [
    ['trained numbers', result => count(result.parameters)],
    ['FLOPs per training token', result => count(flops(result))],
    ['validation perplexity', result => perplexity(result.bestValidationPerplexity)],
    ['test perplexity', result => perplexity(result.testPerplexity)],
    ['tokens per second', result => count(result.tokensPerSecond)],
    ['time', result => duration(result.wallSeconds)],
    ['peak memory of the process', result => bytes(result.peakRssBytes)],
  ];
  const head = ['', 'dense', `sparse (${sparse.method}, density ${sparse.density})`];
  return table([head, ...rows.map(([name, cell]) => [name, cell(dense), cell(sparse)])]);
}

function flops({ runDir }: RunResult): number {
  const log = readRunLog(runDir);
  return 'start' in log ? log.start.flops.training : Number.NaN;
}

/** What the two runs say, whichever is better. */
function verdict(dense: RunResult, sparse: RunResult): string {
  const [a, b] = [dense.testPerplexity, sparse.testPerplexity];
  if (a === null || b === null) return '';
  const share = `${((100 * sparse.parameters) / dense.parameters).toFixed(0)}%`;
  const difference = `${Math.abs((100 * (b - a)) / a).toFixed(1)}% ${b < a ? 'lower (better)' : 'higher (worse)'}`;
  return (
    `With ${share} of the numbers, never more, the sparse LSTM predicts unseen text with a perplexity of ${perplexity(b)}: ` +
    `${difference} than its dense twin. One seed each.`
  );
}
