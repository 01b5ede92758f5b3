import { Command } from 'commander';
import { percent, perplexity, table } from './format.ts';
import { option } from './options.ts';

export function statusCommand(): Command {
  return new Command('status')
    .description('lists all runs: how far each is, and what it reached')
    .addOption(option.runs())
    .addOption(option.json('one line of JSON per run'))
    .addHelpText('after', '\nExamples:\n  sparse-rnn status\n  sparse-rnn status --runs results/zaremba-small --json')
    .action(async (flags: { runs: string; json?: boolean }) => {
      const { runStates } = await import('../run/status.ts');
      const states = runStates(flags.runs);
      if (flags.json) {
        for (const state of states) console.log(JSON.stringify(state));
        return;
      }
      if (states.length === 0) {
        console.log(`No runs in ${flags.runs}. Start one: sparse-rnn run demo`);
        return;
      }
      const head = ['run', 'status', 'epoch', 'validation', 'test'];
      const rows = states.map(state => [
        state.name,
        state.status,
        state.epochs === undefined ? '-' : `${state.epoch}/${state.epochs}`,
        quality(state.bestValidationPerplexity, state.bestValidationAccuracy),
        quality(state.testPerplexity, state.testAccuracy),
      ]);
      console.log(table([head, ...rows]));
      for (const { name, reason } of states) if (reason !== undefined) console.log(`${name}: ${reason}`);
    });
}

/** Accuracy of a classifier, perplexity of a language model. */
function quality(perplexityValue: number | null, accuracy: number | null | undefined): string {
  return accuracy === undefined ? perplexity(perplexityValue) : percent(accuracy);
}
