import { Command } from 'commander';
import type { BenchRow } from '../bench/index.ts';
import { bytes } from './format.ts';
import { option, wholeNumbers } from './options.ts';

interface BenchFlags {
  json?: boolean;
  quick?: boolean;
  threads?: number[];
  cases?: string;
  peers: boolean;
}

export function benchCommand(): Command {
  return new Command('bench')
    .description(
      'times kernels and whole training steps, each checked before; PyTorch beside them where it is installed',
    )
    .option('--quick', 'small sizes, in seconds: to see that everything works')
    .option('--threads <list>', 'thread counts, such as 1,2', wholeNumbers('thread counts', 1, 64))
    .option('--cases <text>', 'only cases whose name contains the text')
    .option('--no-peers', 'without PyTorch and TensorFlow')
    .addOption(option.json('the whole result as one line of JSON: machine, versions, rows'))
    .addHelpText(
      'after',
      '\nExamples:\n  sparse-rnn bench --quick\n  sparse-rnn bench --cases "training step" --threads 2 --no-peers --json',
    )
    .action(async (flags: BenchFlags) => {
      const { runBench } = await import('../bench/index.ts');
      const { quick, threads, cases, peers } = flags;
      const onRow = flags.json ? undefined : (row: BenchRow) => console.log(rowText(row));
      const result = await runBench({ quick, threads, filter: cases, peers, onRow });
      if (flags.json) return console.log(JSON.stringify(result));
      const { machine, peerMissing, tensorflowMissing } = result;
      console.log(`\n${machine.cpu}, ${machine.cores} cores, ${bytes(machine.memoryBytes)}`);
      console.log(
        Object.entries(result.versions)
          .map(([name, version]) => `${name} ${version}`)
          .join(', '),
      );
      if (peerMissing !== undefined) console.log(`PyTorch did not run: ${peerMissing}`);
      if (tensorflowMissing !== undefined) console.log(`TensorFlow did not run: ${tensorflowMissing}`);
    });
}

function rowText(row: BenchRow): string {
  const ratios = [
    ratio(row.timesFasterThanOwnDense, 'own dense'),
    ratio(row.timesFasterThanTorch, 'PyTorch'),
    ratio(row.timesFasterThanTorchCompiled, 'torch.compile'),
    ratio(row.timesFasterThanTensorflow, 'TensorFlow without dropout'),
    ratio(row.timesFasterThanTensorflowMasked, 'TensorFlow masked without dropout'),
    ratio(row.timesFasterThanOneThread, 'one thread'),
  ];
  const qualifiers = [row.engine === 'simd' ? '' : row.engine, row.withoutDropout ? 'without dropout' : ''];
  return [
    [row.case, ...qualifiers].filter(text => text !== '').join(', '),
    `density ${row.density}`,
    `${row.threads} ${row.threads === 1 ? 'thread' : 'threads'}`,
    `${row.ms.toFixed(2)} ms`,
    `${row.gflops.toFixed(1)} GFLOP/s`,
    ...ratios.filter(text => text !== ''),
    ...(row.peakRssBytes === undefined ? [] : [`peak ${bytes(row.peakRssBytes)}`]),
    ...(row.bytesPerNonzero === undefined ? [] : [`${row.bytesPerNonzero.toFixed(1)} bytes per nonzero`]),
  ].join('  ');
}

function ratio(value: number | undefined, than: string): string {
  return value === undefined ? '' : `${value.toFixed(2)}x ${than}`;
}
