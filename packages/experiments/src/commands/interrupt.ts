/** Exit code of a run that was interrupted and can be resumed, whatever the signal. */
export const INTERRUPTED = 130;

/**
 * Turns Ctrl-C and SIGTERM into an aborted signal, so that work can stop where it can be resumed. A second one ends
 * the process at once: the last checkpoint is then the one to go on from.
 */
export async function untilInterrupted<T>(work: (signal: AbortSignal) => Promise<T>, note: string): Promise<T> {
  const controller = new AbortController();
  const stop = () => {
    if (controller.signal.aborted) process.exit(INTERRUPTED);
    process.stderr.write(`\n${note}\n`);
    controller.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  try {
    return await work(controller.signal);
  } finally {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  }
}
