import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { option } from './options.ts';
import { type TrainingFlags, trainOne, withTrainingOptions } from './run.ts';

export function resumeCommand(): Command {
  return withTrainingOptions(new Command('resume'))
    .description('goes on with a run from its last checkpoint')
    .argument('<run>', 'a run folder, or its name below --runs')
    .addOption(option.runs())
    .addHelpText(
      'after',
      `
Examples:
  sparse-rnn resume runs/demo-set-0123456789ab
  sparse-rnn resume demo-set-0123456789ab --threads 1`,
    )
    .action(async (name: string, flags: TrainingFlags & { runs: string }) => {
      const { resume } = await import('../run/runner.ts');
      const below = join(flags.runs, name);
      const directory = !existsSync(name) && existsSync(below) ? below : name;
      await trainOne(options => resume(directory, options), flags);
    });
}
