import type { ChildMessage, Progress } from '../../run/types.ts';
import type { ConsoleProgress } from '../consoleProgress.ts';

const PARENT_MS = 1000;

/** Tells whoever started this process as one of several. */
export function tellParent(message: ChildMessage): void {
  // The parent may be gone, and with it the channel.
  if (process.connected) process.send!(message, undefined, undefined, () => {});
}

/** The same progress, of which a parent process hears as well. Without its parent the run stops, with a checkpoint. */
export function tellingParent(progress: ConsoleProgress): Progress {
  if (process.send === undefined) return progress;
  const stop = () => process.kill(process.pid, 'SIGTERM');
  process.once('disconnect', stop);
  if (!process.connected) stop();
  // The listener alone must not keep the process alive.
  process.channel?.unref();
  let told = Number.NEGATIVE_INFINITY;
  return Object.assign(Object.create(progress) as ConsoleProgress, {
    step(this: ConsoleProgress, at: Parameters<ConsoleProgress['step']>[0]) {
      // Not `progress.step(at)`: what `begin` kept is this object's.
      progress.step.call(this, at);
      if (performance.now() - told < PARENT_MS) return;
      told = performance.now();
      tellParent({ progress: { step: at.step, of: at.of } });
    },
  });
}
