import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { packageFile } from '../packageFile.ts';
import type { StepServerReady, StepServerSettings, StepServerStep } from './stepServer.ts';

/** One training process of the benchmark: `step()` runs one training step in it and answers with its time. */
export interface StepProcess {
  ready: StepServerReady;
  step(): Promise<StepServerStep>;
  stop(): void;
}

/** Starts a training process; it has built its model when the promise resolves. @throws if the process ends early. */
export async function startStepProcess(settings: StepServerSettings): Promise<StepProcess> {
  const script = packageFile('dist/bench/stepServer.js');
  const child = spawn(process.execPath, [script, JSON.stringify(settings)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const read = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`The training process of the benchmark ended early: ${JSON.stringify(settings)}`);
    return JSON.parse(value);
  };
  const ready = await read();
  return {
    ready,
    step() {
      child.stdin.write('\n');
      return read();
    },
    stop() {
      child.stdin.end();
    },
  };
}
