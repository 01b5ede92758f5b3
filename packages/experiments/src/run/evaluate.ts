import type { EvaluationLine } from '../runlog/schema.ts';
import { RunLogWriter } from '../runlog/writer.ts';
import { UsageError } from '../specs/usageError.ts';
import { classScores } from './classScores.ts';
import { commit } from './environment.ts';
import { RunFolder } from './folder.ts';
import { RunLock } from './lock.ts';
import { checkSame } from './runner.ts';
import type { OpenWorkbench, WorkbenchOptions } from './types.ts';

export interface EvaluateOptions extends WorkbenchOptions {
  /** The model of the best epoch (default), or the one that training ended with. */
  model?: 'best' | 'last';
  part?: 'validation' | 'test';
  tick?: (done: number, of: number) => void;
  open?: OpenWorkbench;
}

/**
 * Evaluates a model of a finished run and appends the result to its log. The run itself tests its best model once; the
 * model of the last epoch is what papers report that do not choose by validation.
 *
 * @throws UsageError if the folder holds no finished run with its model files.
 */
export async function evaluateRun(directory: string, options: EvaluateOptions = {}): Promise<EvaluationLine> {
  const { model = 'best', part = 'test' } = options;
  const folder = RunFolder.existing(directory);
  if (!folder.done) {
    throw new UsageError(
      `${directory}: expected a finished run, got one that is not. Go on with it first: sparse-rnn resume.`,
    );
  }
  const lock = RunLock.take(folder.directory);
  try {
    const { trainer, run } = folder.readCheckpoint();
    const epoch = model === 'best' ? run.best!.epoch : folder.spec.epochs;
    const open = options.open ?? (await import('./workbench.ts')).openWorkbench;
    const bench = await open(folder.spec, options);
    try {
      checkSame(folder.directory, run, bench.engine.name, bench.dataset);
      if (model === 'best') bench.trainer.loadModel(folder.readBest(epoch));
      else bench.trainer.restore(trainer);
      const { loss, confusion } = bench.evaluate(part, (done, of) => {
        lock.beat();
        options.tick?.(done, of);
      });
      const line: EvaluationLine = {
        type: 'evaluation',
        time: new Date().toISOString(),
        model,
        epoch,
        part,
        loss,
        perplexity: Math.exp(loss),
        ...(confusion && classScores(confusion)),
        engine: bench.engine.name,
        commit: commit(),
      };
      const path = folder.path('log.jsonl');
      const log = RunLogWriter.open(path, () => lock.check(), RunLogWriter.markOf(path));
      log.append(line);
      log.close();
      return line;
    } finally {
      await bench.dispose();
    }
  } finally {
    lock.release();
  }
}
