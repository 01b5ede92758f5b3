import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { percent, perplexity } from './format.ts';
import { option } from './options.ts';

interface EvaluateFlags {
  runs: string;
  model: 'best' | 'last';
  part: 'validation' | 'test';
  engine: string;
  threads?: number;
  json?: boolean;
}

export function evaluateCommand(): Command {
  return new Command('evaluate')
    .description('evaluates the best or the last model of a finished run, and adds the result to its log')
    .argument('<run>', 'a run folder, or its name below --runs')
    .addOption(option.runs())
    .addOption(
      new Option('--model <which>', 'of the best epoch, or of the last').choices(['best', 'last']).default('best'),
    )
    .addOption(new Option('--part <part>', 'of the data').choices(['validation', 'test']).default('test'))
    .addOption(option.engine())
    .addOption(option.threads())
    .addOption(option.json('the result as one line of JSON'))
    .addHelpText(
      'after',
      `
Examples:
  sparse-rnn evaluate runs/zaremba-small-dense-fbe4a5561f4a --model last
  sparse-rnn evaluate demo-set-0123456789ab --part validation --json`,
    )
    .action(async (name: string, flags: EvaluateFlags) => {
      const { evaluateRun } = await import('../run/evaluate.ts');
      const below = join(flags.runs, name);
      const line = await evaluateRun(!existsSync(name) && existsSync(below) ? below : name, flags);
      if (flags.json) return console.log(JSON.stringify(line));
      const score =
        line.accuracy === undefined
          ? `perplexity ${perplexity(line.perplexity)}`
          : `accuracy ${percent(line.accuracy)}, macro-F1 ${percent(line.macroF1)}`;
      console.log(`${line.model} model (epoch ${line.epoch}) on the ${line.part} part: ${score}`);
    });
}
