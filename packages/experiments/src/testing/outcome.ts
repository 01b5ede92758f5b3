import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSnapshot } from '@sparse-rnn/core';
import { hashTensors } from '../run/training.ts';

/** Fields of log lines that tell of the process and not of the training: they may differ from one run of a spec to the next. */
const OF_THE_PROCESS = new Set([
  'commit',
  'jobs',
  'threads',
  'time',
  'tokensPerSecond',
  'stepMs',
  'trainSeconds',
  'evaluationSeconds',
  'wallSeconds',
  'peakRssBytes',
  'peakHeapBytes',
  'bytes',
  // Seals, which change with any of these.
  'after',
  'check',
]);

/** The log's lines that must not depend on how often the run was interrupted: without resume lines and measurements. */
export function logValues(directory: string): Record<string, unknown>[] {
  return readFileSync(join(directory, 'log.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line, (key, value) => (OF_THE_PROCESS.has(key) ? undefined : value)))
    .filter(line => line.type !== 'resume');
}

/** Everything that must be the same after interruptions: log, trainer state, hashes of all arrays. */
export function outcome(directory: string) {
  const checkpoint = readSnapshot(directory, 'checkpoint');
  const best = readSnapshot(directory, 'best');
  const { epoch, lossSum, tokens, best: bestState, trainTokens } = checkpoint.state['run'] as Record<string, unknown>;
  return {
    log: logValues(directory),
    trainer: checkpoint.state['trainer'],
    run: { epoch, lossSum, tokens, bestState, trainTokens },
    arrays: Object.fromEntries(
      Object.entries(checkpoint.tensors).map(([name, tensor]) => [
        name,
        hashTensors({ tensors: { [name]: tensor }, state: {} }),
      ]),
    ),
    best: [best.state['epoch'], hashTensors(best)],
  };
}
